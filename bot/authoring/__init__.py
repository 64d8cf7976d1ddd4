"""What administrators of the content work with: checking, explaining, editing, reviewing, measuring, recorded conversations."""
