"""The texts of the content as one spreadsheet, for people who translate and do not write YAML."""
