"""What the code itself names: intents, facts and a topic of the content, and ids that are stored with people's rows.

`loaban check` refuses content that lacks one of the intents and facts. A stored id never changes its text.
"""

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

RECORDING = "recording"  # how `Reply.file` begins where it is a recording of an answer: `recording:vi/emergency.ogg`

WEB = "web"  # the channel that is our own page

STAFF_PAGE = "staff-page"  # no channel: what somebody of the staff writes on the console is kept under it, by staff number

SYSTEM = "system"  # the topic of intents about the bot itself; not in the menu

MAIN_LANGUAGE = "vi"  # every announcement has it; whoever reads none of its other languages gets this one

# What people are told, or agree to, on record.
CONVERSATION_CONSENT = "conversation"  # told at the first contact
HANDOVER_CONSENT = "handover"  # of whoever passes a question on to officers
ANNOUNCEMENTS_CONSENT = "announcements"  # of whoever subscribes; /stop withdraws it

CHOICE_PREFIX = "staff:"  # how the choices of the desk begin

CASE_TAKEN = "case taken"  # in the audit log: somebody became the owner of a case
