"""What to say: (Incoming, Session, Engine, PersonContext) → Turn. Pure: no clock, no network, no storage."""

from bot.dialogue.compose import one_group, opening_buttons, opening_choices, page_notice
from bot.dialogue.genuine import code_in
from bot.dialogue.person_context import Page, PersonContext, Received, subscription_after
from bot.dialogue.received import KEPT as RECEIVED_FOR
from bot.dialogue.respond import respond

__all__ = [
    "RECEIVED_FOR",
    "Page",
    "PersonContext",
    "Received",
    "code_in",
    "one_group",
    "opening_buttons",
    "opening_choices",
    "page_notice",
    "respond",
    "subscription_after",
]
