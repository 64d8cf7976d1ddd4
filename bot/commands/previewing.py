"""What an announcement will be like, before it is sent: for `loaban announce FILE`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.announcements.actions import ALONE, NOBODY, Preview
from bot.announcements.naming import app_name
from bot.announcements.rendering import rendered
from bot.announcements.report import held_lines
from bot.announcements.times import Once, Repeat, said_duration, said_time, said_when
from bot.broadcast import Plan, Staff
from bot.commands.kit import Kit
from bot.i18n import Words, language_name


def message_lines(plan: Plan, kit: Kit) -> Iterator[str]:
    """The finished messages, as residents will see them."""
    for lang in (one for one in kit.catalogues if one in plan.texts):
        yield f"── {language_name(lang)} " + "─" * 20
        if plan.photo:
            yield kit.words.say("[photo: {address}]", address=plan.photo)
        yield rendered(plan, kit.catalogues[lang], "").text
    yield "─" * 30


def fact_lines(preview: Preview, asked: Sequence[Staff], kit: Kit, now: datetime) -> Iterator[str]:
    """Who gets it, when, how long it takes, and who has to agree. `asked` are those who may approve it."""
    say, words, plan = kit.words.say, kit.words, preview.plan
    lasts = said_duration(plan.lasts.total_seconds(), words)
    start = kit.actions.start(plan, now)
    yield say("For: {audience}", audience=kit.audience(plan.audience))
    yield _recipients(preview, kit)
    yield from held_lines(preview.held, words)
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
    yield from _obstacles(preview, asked, kit)


def said_people(people: Sequence[Staff], kit: Kit) -> str:
    """ "staff 2 (owner), staff 5 (officer)" """
    return ", ".join(f"{kit.person(one.number)} ({kit.role(one.role)})" for one in people)


def _recipients(preview: Preview, kit: Kit) -> str:
    channels = ", ".join(f"{app_name(channel)} {kit.count(count)}" for channel, count in preview.recipients.items())
    if not channels:
        return kit.words.say("Recipients: {count}", count=0)
    return kit.words.say("Recipients: {count} ({channels})", count=kit.count(preview.total), channels=channels)


def _stays_true(plan: Plan, start: datetime, lasts: str, words: Words) -> str:
    return words.say("It stays true: {duration}, until {time}", duration=lasts, time=said_time(start + plan.lasts, words))


def _obstacles(preview: Preview, asked: Sequence[Staff], kit: Kit) -> Iterator[str]:
    say, limit = kit.words.say, kit.actions.rules.approval_above
    if not preview.total:
        yield say(NOBODY)
    if preview.ends_before:
        yield say("Not everybody will get it before it stops being true: send it earlier, or let it last longer.")
    if preview.second and asked:
        yield say(
            "It goes to more than {limit} people, so a second person has to approve it: {people}",
            limit=kit.count(limit),
            people=said_people(asked, kit),
        )
    elif preview.second:
        yield say(ALONE, count=kit.count(preview.total), limit=kit.count(limit))
