"""Writing YAML and catalogues that people keep: what stands there stays as it is, and nothing is ever half-written."""
