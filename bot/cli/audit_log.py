"""The lines of the audit log in the language of the command line."""

from __future__ import annotations

from bot.announcements.times import format_moment
from bot.cli.command_context import CommandContext
from bot.i18n import mark
from bot.model import AuditEntry

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
    "turned down because": mark("said why it was turned down"),
    "paused": mark("paused"),
    "resumed": mark("resumed"),
    "cancelled": mark("cancelled"),
    "restored": mark("restored from a backup"),
    "case taken": mark("took a case"),
    "case closed": mark("closed a case"),
    "case given back": mark("gave a case back"),
    "console code": mark("printed a code for the console"),
    "console opened": mark("opened the console"),
    "console closed": mark("closed the console"),
    "console closed everywhere": mark("closed the console everywhere"),
    "proposal written": mark("proposed a change of the content"),
    "proposal changed": mark("changed a proposal"),
    "proposal dropped": mark("dropped a proposal"),
    "proposal taken": mark("took a proposal in"),
    "proposal taken back": mark("took a proposal back"),
    "group linked": mark("linked a group"),
    "group unlinked": mark("unlinked a group"),
}


def log_row(entry: AuditEntry, context: CommandContext) -> list[str]:
    """When, who, did what, with what, and the rest."""
    return [
        format_moment(entry.at, context.words),
        context.person(entry.actor),
        context.words.say(ACTIONS.get(entry.action, entry.action)),
        _subject(entry.subject, context),
        _detail(entry.detail, context),
    ]


def _subject(subject: str, context: CommandContext) -> str:
    """ "announcement 7", "staff 3" or a role, as the log has it."""
    kind, _, number = subject.partition(" ")
    if kind == "announcement":
        return context.words.say("announcement {number}", number=number)
    if kind == "proposal":
        return context.words.say("proposal {number}", number=number)
    if kind == "case":
        return context.words.say("case {number}", number=number)
    return context.person(int(number)) if kind == "staff" and number.isdigit() else context.role(subject)


def _detail(detail: str, context: CommandContext) -> str:
    """Communes by name, a fingerprint by its beginning, a role in words; anything else as it is."""
    words = detail.split()
    if words and all(word in context.gazetteer.by_code for word in words):
        return ", ".join(context.place(code) for code in words)
    return context.role(detail[:SHOWN] if len(detail) == FINGERPRINT else detail)
