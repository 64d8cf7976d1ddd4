"""The lines of the audit log in the language of the command line."""

from __future__ import annotations

from bot.announcements.audit_words import ACTIONS, shortened
from bot.announcements.times import format_moment
from bot.cli.command_context import CommandContext
from bot.model import AuditEntry


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
    return context.role(shortened(detail))
