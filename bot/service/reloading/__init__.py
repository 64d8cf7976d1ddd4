"""New content while `loaban run` serves: seen, built in another process, and taken over whole or not at all."""

# Nothing is imported here: the process that builds loads only what building needs.
