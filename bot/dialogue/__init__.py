"""What to say: (Incoming, Session, Engine, PersonContext) → Turn. Pure: no clock, no network, no storage."""

from bot.dialogue.compose import one_group
from bot.dialogue.genuine import code_in
from bot.dialogue.person_context import PersonContext, Received, subscription_after
from bot.dialogue.received import KEPT as RECEIVED_FOR
from bot.dialogue.respond import respond

__all__ = ["RECEIVED_FOR", "PersonContext", "Received", "code_in", "one_group", "respond", "subscription_after"]
