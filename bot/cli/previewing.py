"""What an announcement will be like, before it is sent: for `loaban announce FILE`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.announcements.actions import ALONE, NOBODY, Preview
from bot.announcements.rendering import rendered
from bot.announcements.report import held_lines
from bot.announcements.times import Once, Repeat, said_duration, said_time, said_when
from bot.cli.command_context import CommandContext
from bot.i18n import Words, language_name
from bot.model import Plan, Staff


def message_lines(plan: Plan, context: CommandContext) -> Iterator[str]:
    """The finished messages, as residents will see them."""
    for lang in (one for one in context.catalogues if one in plan.texts):
        yield f"── {language_name(lang)} " + "─" * 20
        if plan.photo:
            yield context.words.say("[photo: {address}]", address=plan.photo)
        yield rendered(plan, context.catalogues[lang], "").text
    yield "─" * 30


def fact_lines(preview: Preview, asked: Sequence[Staff], context: CommandContext, now: datetime) -> Iterator[str]:
    """Who gets it, when, how long it takes, and who has to agree. `asked` are those who may approve it."""
    say, words, plan = context.words.say, context.words, preview.plan
    lasts = said_duration(plan.lasts.total_seconds(), words)
    start = context.actions.start(plan, now)
    yield say("For: {audience}", audience=context.audience(plan.audience))
    yield _recipients(preview, context)
    yield from held_lines(preview.held, context.names, words)
    yield say("When: {when}", when=said_when(Repeat(plan.rule) if plan.rule else Once(plan.due), words))
    if plan.rule:
        yield say("First time: {time}", time=said_time(start, words))
    if preview.starts > start:
        yield say("That is in the night, so it goes out from {time} on.", time=said_time(preview.starts, words))
    yield say("Each time it stays true: {duration}", duration=lasts) if plan.rule else _stays_true(plan, start, lasts, words)
    if preview.total:
        yield say("Sending takes: {duration}", duration=said_duration(preview.seconds, words))
    if plan.urgent:
        yield say("Urgent: it goes out at night, too.")
    if plan.must:
        yield say("It must reach everybody: after a crash somebody may get it twice.")
    yield from _obstacles(preview, asked, context)


def said_people(people: Sequence[Staff], context: CommandContext) -> str:
    """ "staff 2 (owner), staff 5 (officer)" """
    return ", ".join(f"{context.person(one.number)} ({context.role(one.role)})" for one in people)


def _recipients(preview: Preview, context: CommandContext) -> str:
    channels = ", ".join(f"{context.app(channel)} {context.count(count)}" for channel, count in preview.recipients.items())
    if not channels:
        return context.words.say("Recipients: {count}", count=0)
    return context.words.say("Recipients: {count} ({channels})", count=context.count(preview.total), channels=channels)


def _stays_true(plan: Plan, start: datetime, lasts: str, words: Words) -> str:
    return words.say("It stays true: {duration}, until {time}", duration=lasts, time=said_time(start + plan.lasts, words))


def _obstacles(preview: Preview, asked: Sequence[Staff], context: CommandContext) -> Iterator[str]:
    say, limit = context.words.say, context.actions.rules.approval_above
    if not preview.total:
        yield say(NOBODY)
    if preview.ends_before:
        yield say("Not everybody will get it before it stops being true: send it earlier, or let it last longer.")
    if preview.second and asked:
        yield say(
            "It goes to more than {limit} people, so a second person has to approve it: {people}",
            limit=context.count(limit),
            people=said_people(asked, context),
        )
    elif preview.second:
        yield say(ALONE, count=context.count(preview.total), limit=context.count(limit))
