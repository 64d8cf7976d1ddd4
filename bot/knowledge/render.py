"""Answers with their figures filled in.

`{fact-id}` prints qualifier, value and unit; `{fact-id.value}` leaves the qualifier out, `{fact-id.period}` prints when it
holds, `{fact-id.source}` names the source. So the Vietnamese and the English text cannot disagree on a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from bot.errors import LoabanError
from bot.i18n import Words, mark
from bot.model import Fact, Source
from bot.model.periods import Moment, parse_period

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PARTS = ("value", "period", "source")

QUALIFIERS = {
    "more-than": mark("more than {figure}"),
    "nearly": mark("nearly {figure}"),
    "about": mark("about {figure}"),
    "up-to": mark("up to {figure}"),
    "at-least": mark("at least {figure}"),
}
PER = {
    "month": mark("{figure} a month"),
    "year": mark("{figure} a year"),
    "day": mark("{figure} a day"),
    "person": mark("{figure} a person"),
    "course": mark("{figure} a course"),
}


UNITS = {
    "percent": mark("{number}%"),
    "points": mark("{number} percentage points"),
    "area": mark("{number} hectares"),
}


class UnknownFact(LoabanError):
    """A placeholder names no fact. Content that passed its check has none of these."""

    def __init__(self, placeholder: str) -> None:
        super().__init__(f"there is no fact {{{placeholder}}}")


def fill(template: str, facts: Mapping[str, Fact], sources: Mapping[str, Source], words: Words) -> str:
    """The template with every placeholder printed in the language of `words`. Raises UnknownFact."""

    def printed(found: re.Match[str]) -> str:
        fact_id, _, part = found[1].partition(".")
        fact = facts.get(fact_id)
        if fact is None or (part and part not in PARTS):
            raise UnknownFact(found[1])
        if part == "period":
            return words.period(fact.period)
        if part == "source":
            return sources[fact.sources[0]].name[words.lang]
        return figure(fact, words, qualified=part != "value")

    return PLACEHOLDER.sub(printed, template).strip()


def placeholders(template: str) -> list[str]:
    """Ids of the facts a template prints, in order, each once."""
    return list(dict.fromkeys(name.partition(".")[0] for name in PLACEHOLDER.findall(template)))


def figure(fact: Fact, words: Words, *, qualified: bool = True) -> str:
    """A fact in words: "hơn 6.600 tỷ đồng", "20-30 triệu đồng mỗi tháng", "17,66%"."""
    text = _bare(fact, words)
    if fact.per:
        text = words.say(PER[fact.per], figure=text)
    if qualified and fact.qualifier != "exact":
        text = words.say(QUALIFIERS[fact.qualifier], figure=text)
    return text


def _bare(fact: Fact, words: Words) -> str:
    if fact.kind == "text":
        return fact.text[words.lang]
    if fact.kind == "list":
        return words.join(fact.items[words.lang])
    if fact.kind == "period":
        assert fact.span is not None  # noqa: S101 - the schema requires it
        return words.period(fact.span)
    assert fact.number is not None  # noqa: S101 - the schema requires it
    if fact.kind == "money":
        return words.money(fact.number, fact.to)
    number = _range(words.number, fact.number, fact.to)
    return words.say(UNITS[fact.kind], number=number) if fact.kind in UNITS else number


def _range(write: Callable[[Decimal], str], low: Decimal, high: Decimal | None) -> str:
    return write(low) if high is None else f"{write(low)}-{write(high)}"


def source_line(facts: Iterable[Fact], sources: Mapping[str, Source], words: Words, width: int | None = None) -> str:
    """The line "Nguồn: Báo Điện Biên Phủ, 11/2025; Nghị định 338/2025/NĐ-CP": each name once, with its month, or its years.

    It is as short as it can be; which months are only about right, and where all this can be read, the list of sources tells.
    `width`: as many names as fit into so many characters, one at least, and three dots for the others. Without it, a decree
    that is only known from reports is marked as such.
    """
    dates: dict[str, list[str]] = {}
    cited_ids = {source_id for fact in facts for source_id in fact.sources}
    for source_id, source in sources.items():
        if source_id in cited_ids:
            name = source.name[words.lang]
            if source.reported and width is None:
                name = words.say("{source} (as reported)", source=name)
            dates.setdefault(name, []).extend([] if source.kind == "decree" else [source.date])
    if not dates:
        return ""
    cited = [f"{name}, {_short_date(found)}" if found else name for name, found in dates.items()]
    line = words.say("Source: {cited}", cited="; ".join(cited))
    shown = len(cited)
    while width and shown > 1 and len(line) > width:
        shown -= 1
        line = words.say("Source: {cited}", cited="; ".join([*cited[:shown], "..."]))
    return line


def _short_date(dates: Iterable[str]) -> str:
    """ "11/2025" where all of it is of one month, else "2025" or "2025-2026"."""
    moments = sorted((one for date in dates for one in parse_period(date) if one), key=Moment.first_day)
    first, last = moments[0], moments[-1]
    if first.month and (first.year, first.month) == (last.year, last.month):
        return f"{first.month}/{first.year}"
    return str(first.year) if first.year == last.year else f"{first.year}-{last.year}"
