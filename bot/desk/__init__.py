"""The desk: where commune staff write announcements and follow them, in their own chat."""

from bot.desk.desk import Desk

__all__ = ["Desk"]
