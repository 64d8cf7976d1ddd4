"""New content while `loaban run` serves: seen, built in another process, and taken over whole or not at all."""

from bot.service.reloading.build_result import RejectedContent
from bot.service.reloading.reloader import Reloader

__all__ = ["RejectedContent", "Reloader"]
