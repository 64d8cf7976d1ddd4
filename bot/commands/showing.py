"""Announcements that are stored, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.announcements.actions import NEVER
from bot.announcements.report import report_lines, state_word
from bot.announcements.times import Repeat, said_time, said_when
from bot.broadcast import Announcement, Report
from bot.commands.kit import Kit
from bot.commands.output import as_table
from bot.split import shortened

SHOWN_TEXT = 60  # characters of a text in a list


def list_table(announcements: Sequence[Announcement], kit: Kit, now: datetime) -> None:
    say = kit.words.say
    as_table(
        [say("number"), say("state"), say("when"), say("for whom"), say("by"), say("text")],
        [
            [
                str(one.id),
                state_word(one, kit.words, now),
                _when(one, kit),
                kit.audience(one.plan.audience),
                kit.person(one.author),
                shortened(" ".join(one.plan.texts["vi"].split()), SHOWN_TEXT),
            ]
            for one in announcements
        ],
    )


def show_lines(found: Announcement, kit: Kit, now: datetime) -> Iterator[str]:
    """What was decided about an announcement, a line each."""
    say, words, plan = kit.words.say, kit.words, found.plan
    state = state_word(found, words, now)
    yield say("Announcement {number} (code {code}): {state}", number=found.id, code=plan.code, state=state)
    yield say("For: {audience}", audience=kit.audience(plan.audience))
    yield say("When: {when}", when=_when(found, kit))
    if found.expires < NEVER:
        yield say("True until: {time}", time=said_time(found.expires, words))
    yield say("Written by: {person}, {time}", person=kit.person(found.author), time=said_time(found.created, words))
    if found.approver is not None:
        yield say("Approved by: {person}", person=kit.person(found.approver))
    if found.parent is not None:
        yield say("It is one time of announcement {number}, which is repeated.", number=found.parent)
    if plan.urgent:
        yield say("Urgent: it goes out at night, too.")
    if plan.must:
        yield say("It must reach everybody: after a crash somebody may get it twice.")


def all_report_lines(reports: Sequence[tuple[Announcement, Report]], kit: Kit, now: datetime) -> Iterator[str]:
    """The first is the announcement itself, the others are the times that it was sent, where it is a repeated one."""
    found, counts = reports[0]
    yield kit.words.say("Announcement {number} (code {code})", number=found.id, code=found.plan.code)
    yield from report_lines(found, counts, kit.words, now)
    for one, counts in reports[1:]:
        yield ""
        yield f"{said_time(one.due, kit.words)} ({kit.words.say('announcement {number}', number=one.id)})"
        yield from report_lines(one, counts, kit.words, now)


def _when(announcement: Announcement, kit: Kit) -> str:
    if announcement.plan.rule and announcement.parent is None:
        return said_when(Repeat(announcement.plan.rule), kit.words)
    return said_time(announcement.due, kit.words)
