"""The lines of the audit log in the language of the command line."""

from __future__ import annotations

from bot.announcements.times import said_time
from bot.broadcast import Entry
from bot.commands.kit import Kit
from bot.i18n import mark

FINGERPRINT = 64  # digits; the first few are shown
SHOWN = 12
ACTIONS = {
    "invited": mark("invited"),
    "joined": mark("joined"),
    "revoked": mark("revoked"),
    "left": mark("left"),
    "confirmed": mark("confirmed"),
    "approved": mark("approved"),
    "turned down": mark("turned down"),
    "paused": mark("paused"),
    "resumed": mark("resumed"),
    "cancelled": mark("cancelled"),
    "restored": mark("restored from a backup"),
    "case taken": mark("took a case"),
    "case closed": mark("closed a case"),
    "case given back": mark("gave a case back"),
    "group linked": mark("linked a group"),
    "group unlinked": mark("unlinked a group"),
}


def log_row(entry: Entry, kit: Kit) -> list[str]:
    """When, who, did what, with what, and the rest."""
    return [
        said_time(entry.at, kit.words),
        kit.person(entry.actor),
        kit.words.say(ACTIONS.get(entry.action, entry.action)),
        _subject(entry.subject, kit),
        _detail(entry.detail, kit),
    ]


def _subject(subject: str, kit: Kit) -> str:
    """ "announcement 7", "staff 3" or a role, as the log has it."""
    kind, _, number = subject.partition(" ")
    if kind == "announcement":
        return kit.words.say("announcement {number}", number=number)
    if kind == "case":
        return kit.words.say("case {number}", number=number)
    return kit.person(int(number)) if kind == "staff" and number.isdigit() else kit.role(subject)


def _detail(detail: str, kit: Kit) -> str:
    """Communes by name, a fingerprint by its beginning, a role in words; anything else as it is."""
    words = detail.split()
    if words and all(word in kit.gazetteer.by_code for word in words):
        return ", ".join(kit.place(code) for code in words)
    return kit.role(detail[:SHOWN] if len(detail) == FINGERPRINT else detail)
