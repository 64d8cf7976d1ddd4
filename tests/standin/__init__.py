"""A Bot API server that nobody here wrote, and what it takes to poll it."""
