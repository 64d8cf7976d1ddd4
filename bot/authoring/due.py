"""What is to be compared with its sources soon, in the order in which somebody works through it: source by source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.i18n import Words
from bot.knowledge.load import build_fact
from bot.knowledge.reading import Reading
from bot.knowledge.render import figure
from bot.knowledge.review_dates import ToReview, reviews


@dataclass(frozen=True, slots=True)
class DueItem:
    """A fact with the `text` that answers print and its `further` sources; an answer with its question."""

    review: ToReview
    text: str
    further: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class DueGroup:
    """Facts of one source, or (without an address) answers of one topic; the earliest first."""

    name: str
    title: str
    address: str
    items: Sequence[DueItem]


def due(reading: Reading, today: date, within: int, words: Words) -> list[DueGroup]:
    """All whose day has passed on `today` or comes `within` so many days: the sources first, then the topics."""
    groups: dict[tuple[str, str], list[DueItem]] = {}
    for one in reviews(reading):
        if one.day > today + timedelta(days=within):
            break
        if one.kind == "fact":
            fact = build_fact(one.id, reading.facts[one.id][0])
            item = DueItem(one, figure(fact, words), fact.sources[1:])
            groups.setdefault(("source", fact.sources[0]), []).append(item)
        else:
            intent = reading.intents[one.id][0]
            groups.setdefault(("topic", intent.topic), []).append(DueItem(one, intent.question.get(words.lang, "")))
    return [_group(kind, name, items, reading) for (kind, name), items in sorted(groups.items())]


def _group(kind: str, name: str, items: Sequence[DueItem], reading: Reading) -> DueGroup:
    source = reading.sources[0].sources.get(name) if kind == "source" and reading.sources else None
    return DueGroup(name, source.title if source else "", source.address if source else "", items)
