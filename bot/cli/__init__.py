"""The verbs of the `loaban` command: each only parses, calls and prints."""

from bot.cli.root import main

__all__ = ["main"]
