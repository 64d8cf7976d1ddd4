"""*Số liệu*: the figures of `loaban stats`, of a week, a month or a span. Nobody's wording is shown to officers."""

from __future__ import annotations

import asyncio
import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from starlette.responses import Response

from bot.authoring.reviewing.findings import largest
from bot.i18n import Words, mark
from bot.model import UnansweredQuestion
from bot.stats.gathering import WEEK, Stats, UnansweredGroup, gather_known, monday
from bot.stats.html_page import aria_label, bar
from bot.stats.labels import Labels
from bot.stats.sections import overview, sections
from bot.stats.suppression import CommuneCounts
from bot.web.console.asked import Asked
from bot.web.console.routes import ConsolePage, StaffRoute
from bot.zone import local_day

FIRST_YEAR, LAST_YEAR = 2020, 2100  # beyond them a date was mistyped
NO_COMMUNES = CommuneCounts({}, (), 0, 0)

TITLE = mark("Figures")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "choose": mark("Choose the days"),
    "from": mark("From"),
    "to": mark("Until"),
    "show": mark("Show"),
    "nothing": mark("Nothing was counted in these days."),
    "groups": mark("Show the largest groups of unanswered questions, too (takes some seconds)"),
    "weekly": mark(
        "By commune there are figures of a whole week that is over, and of nothing else: of days that overlap, one "
        "could compute what few people asked."
    ),
}
LAST_WEEK, THIS_WEEK = mark("Last week"), mark("This week")
LAST_MONTH, THIS_MONTH = mark("Last month"), mark("This month")
ALL = mark("From the beginning")
BEFORE, AFTER = mark("← Earlier"), mark("Later →")
NO_DAY = mark("Write the day as 30/11/2026.")
BACKWARDS = mark("The last day is before the first one.")

TYPED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are shown, both included; None where that end is open."""

    since: date | None
    until: date | None
    kind: Literal["week", "month", "days"] = "days"

    @property
    def query(self) -> str:
        if self.since is None or self.until is None:
            return "tat-ca=1"
        match self.kind:
            case "week":
                return f"tuan={self.since}"
            case "month":
                return f"thang={self.since:%Y-%m}"
        return f"tu={self.since}&den={self.until}"

    def is_finished_week(self, today: date) -> bool:
        return self.kind == "week" and self.until is not None and self.until < today


@dataclass(frozen=True, slots=True)
class Way:
    """A link to other days; `here` for those that are shown."""

    text: str
    href: str
    here: bool = False


def week(day: date) -> Span:
    first = monday(day)
    return Span(first, first + timedelta(days=6), "week")


def month(day: date) -> Span:
    return Span(day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]), "month")


async def show(asked: Asked) -> Response:
    today = local_day(asked.parts.now())
    span, errors = _asked_for(asked, today)
    wants_groups = asked.may("admin") and asked.request.query_params.get("nhom") == "1"
    found, labels = await asyncio.to_thread(_gathered, asked, span, wants_groups), _labels(asked)
    hides_communes = not asked.may("admin") and not span.is_finished_week(today)
    if hides_communes:
        found = replace(found, communes=NO_COMMUNES)
    return asked.page(
        "figures.html",
        TEXTS,
        status=422 if errors else 200,
        heading=_heading(span, today, labels),
        ways=_ways(span, today, asked.words),
        values=_values(asked, span),
        errors=errors,
        overview=overview(found, labels),
        sections=[one for one in sections(found, labels) if one.key != "overview"],
        bar=bar,
        aria_label=aria_label,
        weekly=hides_communes,
        more=f"/so-lieu?{span.query}&nhom=1" if asked.may("admin") and found.unanswered and not wants_groups else "",
    )


def _gathered(asked: Asked, span: Span, wants_groups: bool) -> Stats:
    """In a thread: it looks through much. What takes seconds is done when the view is closed."""
    engine = asked.parts.desk().engine
    kept: Sequence[UnansweredQuestion] = ()
    with asked.parts.sums() as records:
        found = gather_known(records, engine.knowledge, span.since, span.until)
        if wants_groups:
            kept = records.kept_questions(span.since, span.until)
    return replace(found, groups=[UnansweredGroup(*group) for group in largest(kept, engine)])


# --- which days -------------------------------------------------------------------------------------------------------


def _asked_for(asked: Asked, today: date) -> tuple[Span, dict[str, str]]:
    """What the address asks for, and what is wrong with it; last week for anything else."""
    given, usual = asked.request.query_params, week(today - WEEK)
    if given.get("tu") or given.get("den"):
        return _typed(asked, usual)
    if given.get("tat-ca"):
        return Span(None, None), {}
    if (day := _day(given.get("tuan", ""))) is not None:
        return week(day), {}
    if (day := _day(f"{given.get('thang', '')}-01")) is not None:
        return month(day), {}
    return usual, {}


def _typed(asked: Asked, usual: Span) -> tuple[Span, dict[str, str]]:
    """An end that is left empty is open."""
    given, errors, days = asked.request.query_params, {}, {}
    for name in ("tu", "den"):
        text = given.get(name, "").strip()
        days[name] = _day(text)
        if text and days[name] is None:
            errors[name] = asked.say(NO_DAY)
    since, until = days["tu"], days["den"]
    if since and until and since > until:
        errors["den"] = asked.say(BACKWARDS)
    return (usual if errors else Span(since, until)), errors


def _day(text: str) -> date | None:
    """As browsers send it, or as people here write it; None for what is no day."""
    try:
        if found := TYPED.fullmatch(text):
            day = date(int(found[3]), int(found[2]), int(found[1]))
        else:
            day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _heading(span: Span, today: date, labels: Labels) -> str:
    known = {span: name for name, span in _usual(today)}
    dates = labels.date_range(span.since, span.until)
    name = labels.words.say(known[span]) if span in known else ""
    return ": ".join(part for part in (name, dates) if part)


def _usual(today: date) -> list[tuple[str, Span]]:
    return [
        (LAST_WEEK, week(today - WEEK)),
        (THIS_WEEK, week(today)),
        (LAST_MONTH, month(today.replace(day=1) - timedelta(days=1))),
        (THIS_MONTH, month(today)),
        (ALL, Span(None, None)),
    ]


def _ways(span: Span, today: date, words: Words) -> list[Way]:
    """The usual ones, and the neighbours of a week or month."""
    found = [Way(words.say(name), f"/so-lieu?{one.query}", one == span) for name, one in _usual(today)]
    if span.since is None or span.until is None or span.kind == "days":
        return found
    step = week if span.kind == "week" else month
    earlier, later = step(span.since - timedelta(days=1)), step(span.until + timedelta(days=1))
    found.append(Way(words.say(BEFORE), f"/so-lieu?{earlier.query}"))
    if span.until < today:
        found.append(Way(words.say(AFTER), f"/so-lieu?{later.query}"))
    return found


def _values(asked: Asked, span: Span) -> Mapping[str, str]:
    """What was typed; else the days that are shown."""
    given = asked.request.query_params
    if given.get("tu") or given.get("den"):
        return {name: given.get(name, "") for name in ("tu", "den")}
    return {"tu": span.since.isoformat() if span.since else "", "den": span.until.isoformat() if span.until else ""}


def _labels(asked: Asked) -> Labels:
    return Labels.of(asked.words, asked.names, asked.parts.desk().engine.knowledge)


PAGE = ConsolePage(TITLE, "/so-lieu", "officer", (StaffRoute("figures", "GET", "/so-lieu", "officer", show),))
