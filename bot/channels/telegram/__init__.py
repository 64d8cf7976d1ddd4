"""Telegram, by long polling or by webhook."""

from bot.channels.telegram.descriptor import TELEGRAM

__all__ = ["TELEGRAM"]
