"""The verbs of `loaban` for staff and announcements. `bot/cli.py` is their root."""
