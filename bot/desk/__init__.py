"""The desk: where commune staff write announcements and follow them, in their own chat."""

from bot.desk.group import is_talk
from bot.desk.staff_chat import StaffChat

__all__ = ["StaffChat", "is_talk"]
