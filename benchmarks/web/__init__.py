"""What the page for residents takes, beside a bare Starlette page on the same server: `make bench-web`."""
