"""Intents, facts and the topic that the code itself names; `loaban check` refuses content that lacks one of them."""

from __future__ import annotations

GREETING = "greeting"
MENU = "what-can-you-do"
LANGUAGE = "language-switch"
PRIVACY = "privacy-data"
SOURCES = "info-source-date"
OUT_OF_SCOPE = "out-of-scope"  # its answer is the refusal; what is refused stands in foreign.yaml, so it has no phrasings
UNCLEAR = "unclear-fallback"  # questions that name no subject: "bao nhiêu tiền"
PLACE = "admin-merger-commune"
ANNOUNCEMENTS = "announcements-manage"
CONTACT = "contact-official"
INTENTS = (GREETING, MENU, LANGUAGE, PRIVACY, SOURCES, OUT_OF_SCOPE, UNCLEAR, PLACE, ANNOUNCEMENTS, CONTACT)
THANKS = "thanks-goodbye"  # content can do without it

NO_DISTRICTS = "ext-admin-1661"  # since when there are no districts
EMERGENCY_NUMBERS = "ext-emergency"
FACTS = (NO_DISTRICTS, EMERGENCY_NUMBERS)

SYSTEM = "system"  # the topic of intents about the bot itself; not in the menu
