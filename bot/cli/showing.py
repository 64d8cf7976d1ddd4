"""Announcements that are stored, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.announcements.actions import NEVER
from bot.announcements.report import report_lines, state_word
from bot.announcements.times import Repeat, format_moment, format_schedule
from bot.cli.command_context import CommandContext
from bot.cli.output import as_table
from bot.model import Announcement, DeliveryReport
from bot.text.splitting import shortened

SHOWN_TEXT = 60  # characters of a text in a list


def list_table(announcements: Sequence[Announcement], context: CommandContext, now: datetime) -> None:
    say = context.words.say
    as_table(
        [say("number"), say("state"), say("when"), say("for whom"), say("by"), say("text")],
        [
            [
                str(one.id),
                state_word(one, context.words, now),
                _when(one, context),
                context.audience(one.plan.audience),
                context.person(one.author),
                shortened(" ".join(one.plan.texts["vi"].split()), SHOWN_TEXT),
            ]
            for one in announcements
        ],
    )


def show_lines(found: Announcement, context: CommandContext, now: datetime) -> Iterator[str]:
    """What was decided about an announcement, a line each."""
    say, words, plan = context.words.say, context.words, found.plan
    state = state_word(found, words, now)
    yield say("Announcement {number} (code {code}): {state}", number=found.id, code=plan.code, state=state)
    yield say("For: {audience}", audience=context.audience(plan.audience))
    yield say("When: {when}", when=_when(found, context))
    if found.expires < NEVER:
        yield say("True until: {time}", time=format_moment(found.expires, words))
    yield say("Written by: {person}, {time}", person=context.person(found.author), time=format_moment(found.created, words))
    if found.approver is not None:
        yield say("Approved by: {person}", person=context.person(found.approver))
    if found.parent is not None:
        yield say("It is one time of announcement {number}, which is repeated.", number=found.parent)
    if plan.urgent:
        yield say("Urgent: it goes out at night, too.")
    if plan.must:
        yield say("It must reach everybody: after a crash somebody may get it twice.")


def all_report_lines(
    reports: Sequence[tuple[Announcement, DeliveryReport]], context: CommandContext, now: datetime
) -> Iterator[str]:
    """The first is the announcement itself, the others are the times that it was sent, where it is a repeated one."""
    found, counts = reports[0]
    yield context.words.say("Announcement {number} (code {code})", number=found.id, code=found.plan.code)
    yield from report_lines(found, counts, context.names, context.words, now)
    for one, counts in reports[1:]:
        yield ""
        yield f"{format_moment(one.due, context.words)} ({context.words.say('announcement {number}', number=one.id)})"
        yield from report_lines(one, counts, context.names, context.words, now)


def _when(announcement: Announcement, context: CommandContext) -> str:
    if announcement.plan.rule and announcement.parent is None:
        return format_schedule(Repeat(announcement.plan.rule), context.words)
    return format_moment(announcement.due, context.words)
