"""What an announcement will be like, before it is sent: for `loaban announce FILE`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from bot.announcements.actions import ALONE, NOBODY
from bot.announcements.planning import format_start
from bot.announcements.preview import Obstacle, Preview
from bot.announcements.rendering import render
from bot.announcements.report import held_lines
from bot.announcements.times import format_duration, format_moment
from bot.cli.command_context import CommandContext
from bot.i18n import Words, language_name, mark
from bot.model import Plan, Staff

OBSTACLES: Mapping[Obstacle, str] = {
    "nobody": NOBODY,
    "nobody yet": NOBODY,
    "ends before": mark("Not everybody will get it before it stops being true: send it earlier, or let it last longer."),
    "second": mark("It goes to more than {limit} people, so a second person has to approve it: {people}"),
    "alone": ALONE,
}


def message_lines(plan: Plan, context: CommandContext) -> Iterator[str]:
    """The finished messages, as residents will see them."""
    for lang in (one for one in context.catalogues if one in plan.texts):
        yield f"── {language_name(lang)} " + "─" * 20
        if plan.photo:
            yield context.words.say("[photo: {address}]", address=plan.photo)
        yield render(plan, context.catalogues[lang], "").text
    yield "─" * 30


def fact_lines(preview: Preview, context: CommandContext, now: datetime) -> Iterator[str]:
    """Who gets it, when, how long it takes, and who has to agree."""
    say, words, plan = context.words.say, context.words, preview.plan
    yield say("For: {audience}", audience=context.audience(plan.audience))
    yield _recipients(preview, context)
    yield from held_lines(preview.held, context.names, words)
    yield say("When: {when}", when=format_start(plan, words, now))
    if plan.rule:
        yield say("First time: {time}", time=format_moment(preview.due, words))
    if preview.night:
        yield say("That is in the night, so it goes out from {time} on.", time=format_moment(preview.starts, words))
    yield _stays_true(preview, words)
    if preview.total:
        yield say("Sending takes: {duration}", duration=format_duration(preview.seconds, words))
    if plan.urgent:
        yield say("Urgent: it goes out at night, too.")
    if plan.must:
        yield say("It must reach everybody: after a crash somebody may get it twice.")
    yield from _obstacles(preview, context)


def _people(people: Sequence[Staff], context: CommandContext) -> str:
    """ "staff 2 (owner), staff 5 (officer)" """
    return ", ".join(f"{context.person(one.number)} ({context.role(one.role)})" for one in people)


def _recipients(preview: Preview, context: CommandContext) -> str:
    channels = ", ".join(f"{context.app(channel)} {context.count(count)}" for channel, count in preview.recipients.items())
    if not channels:
        return context.words.say("Recipients: {count}", count=0)
    return context.words.say("Recipients: {count} ({channels})", count=context.count(preview.total), channels=channels)


def _stays_true(preview: Preview, words: Words) -> str:
    duration = format_duration(preview.plan.lasts.total_seconds(), words)
    if preview.plan.rule:
        return words.say("Each time it stays true: {duration}", duration=duration)
    return words.say("It stays true: {duration}, until {time}", duration=duration, time=format_moment(preview.until, words))


def _obstacles(preview: Preview, context: CommandContext) -> Iterator[str]:
    values = {
        "count": context.count(preview.total),
        "limit": context.count(context.actions.rules.approval_above),
        "people": _people(preview.approvers, context),
    }
    return (context.words.say(OBSTACLES[obstacle], **values) for obstacle in preview.obstacles())
