"""The server: vendors bring updates to it, and the administrator's own tools ask it how things are."""
