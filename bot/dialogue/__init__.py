"""What to say: (Incoming, Session, Mind) → Turn. Pure: no clock, no network, no storage."""

from bot.dialogue.mind import Mind
from bot.dialogue.respond import respond

__all__ = ["Mind", "respond"]
