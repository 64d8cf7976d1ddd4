"""Several replicas on one PostgreSQL, beside one process on a file: taking in, sending, and moving from one to the other."""
