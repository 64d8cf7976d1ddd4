"""The Zalo Bot Platform, by long polling or by webhook, in private chats only."""

from bot.channels.zalo_bot.channel import ZaloBotChannel

__all__ = ["ZaloBotChannel"]
