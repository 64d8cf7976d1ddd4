"""Our own page, on which residents ask in a browser. No vendor carries anything: `bot/web/chat` serves it."""

from bot.channels.web_chat.descriptor import WEB_CHAT

__all__ = ["WEB_CHAT"]
