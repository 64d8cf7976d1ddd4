"""What to say: (Incoming, Session, Mind, Standing) → Turn. Pure: no clock, no network, no storage."""

from bot.dialogue.codes import code_in
from bot.dialogue.compose import one_group
from bot.dialogue.mind import Mind
from bot.dialogue.respond import respond
from bot.dialogue.standing import Standing, subscription_after

__all__ = ["Mind", "Standing", "code_in", "one_group", "respond", "subscription_after"]
