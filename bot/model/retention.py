"""How long what is stored is kept. Privacy is decided here; a store only deletes what is older."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MOST_SHOWN = 200  # messages of one person on our own page: who writes without end fills no disk, and costs no long look


@dataclass(frozen=True, slots=True)
class Retention:
    """Each a span since something was last touched; `Store.purge` says what counts as that.

    handled     which updates were handled: Telegram repeats one for a day at most
    sessions    what is remembered of a conversation
    question    the last question, beside the session
    told        what somebody told of themselves, beside the session: as long as a conversation goes on
    answered    replies that went out in a response: so long a vendor repeats what it saw no answer to, also while we are down
    drafts      announcements that somebody was writing: open for a day in a chat, for all of it on a page
    questions   unanswered questions, without the person
    cases       closed cases, with all that was said in them
    deliveries  a row a recipient, since the announcement's time was over; then counts
    set_aside   updates and rows that nobody could handle
    shown       what was said on our own page
    devices     browsers in which staff opened the console: after that they come with a new code
    idle_devices  the same where nobody looked at a page
    unseen      the same of what came without having been asked for, and nobody has seen yet
    """

    handled: timedelta = timedelta(days=7)
    sessions: timedelta = timedelta(days=180)
    question: timedelta = timedelta(days=1)
    told: timedelta = timedelta(minutes=30)
    answered: timedelta = timedelta(days=1)
    drafts: timedelta = timedelta(days=7)
    questions: timedelta = timedelta(days=90)
    cases: timedelta = timedelta(days=30)
    deliveries: timedelta = timedelta(days=60)
    set_aside: timedelta = timedelta(days=90)
    shown: timedelta = timedelta(days=1)
    unseen: timedelta = timedelta(days=30)
    devices: timedelta = timedelta(hours=12)
    idle_devices: timedelta = timedelta(hours=2)


KEEP = Retention()
