"""The Zalo Bot Platform, by long polling or by webhook, in private chats only."""

from bot.channels.zalo_bot.descriptor import ZALO_BOT

__all__ = ["ZALO_BOT"]
