"""New content while `loaban run` serves: seen, built in another process, and taken over whole or not at all."""

from bot.reloading.handover import Refused
from bot.reloading.reloader import Reloader

__all__ = ["Refused", "Reloader"]
