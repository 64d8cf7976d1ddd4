"""The figures as one page that needs nothing else: no network, no scripts. It can be read on a phone, sent, and printed."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from bot.announcements.times import format_moment
from bot.stats.gathering import Stats
from bot.stats.labels import Labels
from bot.stats.sections import Row, Section, overview, sections

SCALE = 1000  # length of the longest bar


def page(stats: Stats, labels: Labels, now: datetime) -> str:
    """The page as HTML, in the language of `labels`."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template, style = (files("bot.stats").joinpath(name).read_text("utf-8") for name in ("page.html", "page.css"))
    say = labels.words.say
    return environment.from_string(template).render(
        lang=labels.words.lang,
        title=say("Loa Bản in figures"),
        style=Markup(style),  # noqa: S704 - a file of ours
        span=labels.span(stats.since or stats.first, stats.until or stats.last),
        made=say("as of {time}", time=format_moment(now, labels.words)),
        nothing=say("Nothing was counted in these days."),
        overview=overview(stats, labels),
        sections=[section for section in sections(stats, labels) if section.key != "overview"],
        bar=bar,
        heard=heard,
    )


def bar(row: Row, longest: int) -> list[tuple[int, int, int]]:
    """The parts of a bar that are to be seen, as (number, start, length); SCALE is as long as the longest bar of all."""
    ends = [sum(row.parts[:number]) * SCALE // longest for number in range(len(row.parts) + 1)]
    return [(number, ends[number], ends[number + 1] - ends[number]) for number, n in enumerate(row.parts) if n]


def heard(row: Row, section: Section) -> str:
    """A bar for who cannot see it: "16/11/2026 · 47: Answered 12 (80%), Asked back 3 (20%)"."""
    parts = (f"{name} {cell}" for name, cell in zip(section.series, row.cells, strict=False))
    return f"{row.label}: {', '.join(parts)}"
