"""`loaban stats`: what was asked and what became of it."""

from __future__ import annotations

from contextlib import nullcontext, redirect_stdout
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors
from bot.errors import SettingsError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.engine import Engine
    from bot.stats.gathering import Stats
    from bot.stats.labels import Labels

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--since", type=DAY, metavar="DATE", help="The first day, as 2026-11-30; without it, from the beginning.")
@click.option("--until", type=DAY, metavar="DATE", help="The last day; without it, until now.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV: one table, a figure a line.")
@click.option("--html", "form", flag_value="html", help="Print a page with charts, which needs no network.")
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE instead.")
@click.pass_obj
@reports_errors
def stats(settings: Settings, since: datetime | None, until: datetime | None, form: str | None, output: Path | None) -> None:
    """Tell what was asked by topic, answer, language, app, commune and week, and what became of it.

    Also: what people thought of answers, unanswered questions, questions passed on to officers, announcements. Counts under 5
    are hidden for a commune. What each figure and each key means stands in docs/statistics.md.
    """
    from bot.engine import build_engine

    first, last = (day.date() if day else None for day in (since, until))
    engine = build_engine(settings)
    labels = _labels(engine, settings)
    say = labels.words.say
    if first and last and first > last:
        raise SettingsError("loaban stats: {said}", said=say("--since is after --until"))
    found = _gather(settings, engine, first, last)
    with redirect_stdout(StringIO()) if output else nullcontext() as printed:
        _show(found, labels, form, datetime.now(UTC))
    if output and printed:
        _write(output, printed.getvalue().encode())
        click.echo(say("Written to {file}.", file=output), err=True)


def _labels(engine: Engine, settings: Settings) -> Labels:
    from bot.announcements.display_names import DisplayNames
    from bot.channels.registry import APPS
    from bot.stats.labels import Labels

    knowledge = engine.knowledge
    names = DisplayNames({place.code: place for place in knowledge.places}, knowledge.topics, APPS)
    return Labels.of(engine.words(settings.lang), names, knowledge)


def _gather(settings: Settings, engine: Engine, since: date | None, until: date | None) -> Stats:
    """Raises StoreError."""
    from bot.authoring.reviewing.findings import largest
    from bot.stats.gathering import UnansweredGroup, gather_known
    from bot.stores import reading

    with reading(settings) as records:
        found = gather_known(records, engine.knowledge, since, until)
        questions = records.kept_questions(since, until)
    return replace(found, groups=[UnansweredGroup(*group) for group in largest(questions, engine)])


def _show(found: Stats, labels: Labels, form: str | None, now: datetime) -> None:
    from bot.cli.output import as_csv, as_json
    from bot.stats.export import COLUMNS, as_data, rows
    from bot.stats.html_page import page

    if form == "json":
        as_json(as_data(found, labels))
    elif form == "csv":
        click.echo("\ufeff", nl=False)  # or Excel takes the file for one of an older code page
        as_csv(COLUMNS, list(rows(found, labels)))
    elif form == "html":
        click.echo(page(found, labels, now))
    else:
        _tables(found, labels)


def _tables(found: Stats, labels: Labels) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bot.stats.sections import sections

    say, console = labels.words.say, Console(highlight=False, markup=False)
    date_range = labels.date_range(found.since or found.first, found.until or found.last)
    console.print(say("Loa Bản in figures") + (f", {date_range}" if date_range else ""), style="bold")
    if found.empty:
        if found.since or found.until:
            console.print(say("Nothing was counted in these days."))
        else:
            console.print(say("Nothing has been counted yet. It begins with the first message that a resident writes."))
    for section in sections(found, labels):
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(section.columns[0])
        for column in section.columns[1:]:
            table.add_column(column, justify="right")
        for row in section.rows:
            table.add_row(Text(row.label), *(Text(str(cell)) for cell in row.cells))  # Text: what people wrote is no markup
        console.print()
        console.print(section.title, style="bold")
        console.print(table, end="")
        for note in section.notes:
            console.print(note, style="dim")


def _write(path: Path, data: bytes) -> None:
    """The whole file or nothing of it; what is no file, as a terminal or a pipe, is written as it is."""
    from bot.atomic import write

    path.parent.stat()  # a folder that is not there is rather a mistake than a wish
    if path.exists() and not path.is_file():
        path.write_bytes(data)
    else:
        write(path.resolve(), data)
