"""*Sức khỏe*: whether Loa Bản does its work, in words, with what is to be done. What fails stands in *Hôm nay*, too.

It shows what the last look found, which is seconds ago: a new one would wait for a disk that is full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_timedelta
from starlette.responses import Response

from bot.i18n import Words, mark
from bot.knowledge.known import Knowledge
from bot.knowledge.render import figure
from bot.knowledge.review_dates import NEAR_DAYS, due_counts
from bot.ports import Transaction
from bot.web.console.asked import Asked
from bot.web.console.rendering import short_moment
from bot.web.console.routes import ConsolePage, StaffRoute, Waiting
from bot.web.health_check import Look, Trouble
from bot.zone import local_day

OLD = timedelta(minutes=2)  # a look is due every twenty seconds
LISTED = 20
LONGEST = 400  # characters of an error that is shown

TITLE = mark("Health")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "well": mark("All is well."),
    "unknown": mark("Loa Bản has just begun; in a minute it is known how it does."),
    "to_do": mark("What to do"),
    "wrong": mark("What is wrong"),
    "channels": mark("Apps"),
    "content": mark("Answers"),
    "machine": mark("Machine"),
    "past": mark("Past their day"),
    "more": mark("and more"),
}
CLOCK = (
    mark("The clock of Loa Bản has stood still for {time}: nothing is sent at its time, and nobody is reminded."),
    mark("Wait five minutes. If it stays so, ask whoever keeps the server to start Loa Bản again."),
)
DATABASE = (
    mark("The database cannot be written. Residents get no answer at the moment. The server says: {why}"),
    mark(
        "Call whoever keeps the server at once: is the disk full, or the database held by another program? Nothing that was "
        "sent is lost; it is answered when it goes on."
    ),
)
DISK_UNKNOWN = mark("The disk of the database cannot be looked at. The server says: {why}")
DISK = (
    mark("Only {megabytes} MB are left on the disk. Questions are answered, but announcements wait."),
    mark("Ask whoever keeps the server to make room. Then announcements go out by themselves."),
)
CHANNEL = (
    mark("{app} has not moved for {time}: what people write there may wait."),
    mark(
        "Write to Loa Bản there yourself. If no answer comes in a minute, ask whoever keeps the server whether the line to the "
        "Internet stands and the token of the bot still holds."
    ),
)
FAILING = (
    mark("Announcements on {app} have failed since {when}. Loa Bản tries again every minute."),
    mark(
        "Nothing is lost; what is too late is listed in the report. If it lasts, ask whoever keeps the server whether {app} "
        "is blocked, and whether the token of the bot still holds."
    ),
)
REFUSED = (
    mark("The new content was refused at {when}: {count} errors. Residents get the answers they got before. The first: {why}"),
    mark("Whoever changed the files mends them and saves; Loa Bản sees it by itself."),
)
DIFFERENT = (
    mark("The machines of Loa Bản answer from different content: {versions}."),
    mark("Ask whoever keeps the servers to bring the same content to all of them."),
)
NO_LOOK = (
    mark("Nobody has looked after Loa Bản since {when}: what stands here is from then."),
    mark("Ask whoever keeps the server to look at the log, and to start Loa Bản again."),
)
REVIEW = mark(
    "Facts and answers past the day when they were to be compared with their sources: {count}. Residents are told so."
)
NEAR = mark("Within {days} days: {count}.")
HOW_REVIEW = mark(
    "Compare each with its source. What holds is confirmed with `loaban confirm`; what does not is corrected first."
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is not as it should be, and what to do."""

    text: str
    to_do: str


@dataclass(frozen=True, slots=True)
class Review:
    """A fact or an answer that is past its day, the earliest first; `more` are not listed."""

    past: int
    near: int
    listed: Sequence[tuple[str, str]]

    @property
    def more(self) -> bool:
        return self.past > len(self.listed)


async def show(asked: Asked) -> Response:
    look, wrong = asked.parts.health(), await asked.look(lambda view: list(_wrong(asked, view)))
    return asked.page(
        "health.html",
        TEXTS,
        wrong=wrong,
        look=look,
        seen=asked.say("Looked at {when}", when=_moment(asked, look.at)) if look else "",
        channels=list(_channels(asked, look)) if look else [],
        machine=list(_machine(asked, look)) if look else [],
        content=_content(asked, look),
        review=_review(asked),
        due=_said_review(asked),
        how=asked.say(HOW_REVIEW),
    )


def waits(asked: Asked, view: Transaction) -> Sequence[Waiting]:
    told = [Waiting(one.text, PAGE.path) for one in _wrong(asked, view)]
    past, _ = due_counts(_knowledge(asked), _today(asked))
    return [*told, *([Waiting(asked.say(REVIEW, count=_number(asked, past)), PAGE.path)] if past else [])]


# --- what is wrong ----------------------------------------------------------------------------------------------------


def _wrong(asked: Asked, view: Transaction) -> Iterator[Wrong]:
    look = asked.parts.health()
    if look is not None:
        if asked.parts.now() - look.at > OLD:
            yield _said(asked, NO_LOOK, when=_moment(asked, look.at))
        yield from (_trouble(asked, trouble) for trouble in look.troubles)
        yield from _of_content(asked, look)
    for name in asked.parts.desk().actions.rules.channels:
        since = view.channel_state(name).failing_since
        if since is not None:
            yield _said(asked, FAILING, app=_app(asked, name), when=_moment(asked, since))


def _trouble(asked: Asked, trouble: Trouble) -> Wrong:
    why = trouble.text.partition(": ")[2][:LONGEST]
    match trouble.part:
        case "clock":
            return _said(asked, CLOCK, time=_length(trouble.figure, asked.words))
        case "database":
            return _said(asked, DATABASE, why=why)
        case "disk" if trouble.figure:
            return _said(asked, DISK, megabytes=_number(asked, trouble.figure))
        case "disk":
            return _said(asked, (DISK_UNKNOWN, DISK[1]), why=why)
    return _said(asked, CHANNEL, app=_app(asked, trouble.name), time=_length(trouble.figure, asked.words))


def _of_content(asked: Asked, look: Look) -> Iterator[Wrong]:
    refused, versions = look.shown.get("content_refused"), look.shown.get("replicas")
    if isinstance(refused, Mapping):
        when, why = _moment(asked, datetime.fromisoformat(str(refused["at"]))), str(refused["first"])[:LONGEST]
        yield _said(asked, REFUSED, when=when, count=_number(asked, int(refused["problems"])), why=why)
    if isinstance(versions, Mapping) and len(set(versions.values())) > 1:
        told = ", ".join(f"{name} ({version})" for name, version in sorted(versions.items()))
        yield _said(asked, DIFFERENT, versions=told)


def _said(asked: Asked, messages: tuple[str, str], **values: object) -> Wrong:
    text, to_do = (asked.say(message, **values) for message in messages)
    return Wrong(text, to_do)


# --- how it is --------------------------------------------------------------------------------------------------------


def _channels(asked: Asked, look: Look) -> Iterator[str]:
    channels: Any = look.shown.get("channels", {})
    for name, state in channels.items():
        app, pause = _app(asked, name), float(state.get("pause_seconds", 0))
        if "open" in state:
            yield asked.say("{app}: open pages: {count}", app=app, count=_number(asked, state["open"]))
        elif pause:
            yield asked.say("{app}: asked Loa Bản to wait for {time}", app=app, time=_length(pause, asked.words))
        else:
            yield asked.say("{app}: at work", app=app)


def _machine(asked: Asked, look: Look) -> Iterator[str]:
    shown: Mapping[str, Any] = look.shown
    yield asked.say("Left on the disk: {megabytes} MB", megabytes=_number(asked, shown["free_disk_mb"]))
    waits_for = shown["oldest_due_delivery_seconds"]
    if waits_for:
        yield asked.say("The oldest announcement that is due waits for {time}", time=_length(waits_for, asked.words))


def _content(asked: Asked, look: Look | None) -> str:
    version, since = _knowledge(asked).version, (look.shown.get("content_since") if look else None)
    if not since:
        return asked.say("Version {version}", version=version)
    when = _moment(asked, datetime.fromisoformat(str(since)))
    return asked.say("Version {version}, in use since {when}", version=version, when=when)


def _review(asked: Asked) -> Review:
    knowledge, today, words = _knowledge(asked), _today(asked), asked.words
    past, near = due_counts(knowledge, today)
    answers = [(one.review, one.question.get(words.lang) or one.id) for one in knowledge.intents.values() if one.review < today]
    facts = [(one.review, f"{one.id}: {figure(one, words)}") for one in knowledge.facts.values() if one.review < today]
    listed = sorted([*answers, *facts])[:LISTED]
    return Review(past, near, [(_day(day, words), text) for day, text in listed])


def _said_review(asked: Asked) -> list[str]:
    past, near = due_counts(_knowledge(asked), _today(asked))
    told = [asked.say(REVIEW, count=_number(asked, past))] if past else []
    return [*told, asked.say(NEAR, days=NEAR_DAYS, count=_number(asked, near))]


# --- the pieces -------------------------------------------------------------------------------------------------------


def _knowledge(asked: Asked) -> Knowledge:
    return asked.parts.desk().engine.knowledge


def _today(asked: Asked) -> date:
    return local_day(asked.parts.now())


def _app(asked: Asked, name: str) -> str:
    return asked.names.app(name, asked.words)


def _moment(asked: Asked, at: datetime) -> str:
    return short_moment(at, asked.parts.now(), asked.words)


def _number(asked: Asked, n: int) -> str:
    return asked.words.number(Decimal(n))


def _day(day: date, words: Words) -> str:
    return f"{day.day}/{day.month}/{day.year}" if words.lang == "vi" else f"{day:%d %b %Y}"


def _length(seconds: float, words: Words) -> str:
    return str(format_timedelta(timedelta(seconds=seconds), threshold=2, locale=words.lang))


PAGE = ConsolePage(TITLE, "/suc-khoe", "admin", (StaffRoute("health", "GET", "/suc-khoe", "admin", show),), waits)
