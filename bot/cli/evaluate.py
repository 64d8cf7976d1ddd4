"""`loaban evaluate`, and what `loaban check --strict` adds: what a change of the content won and lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.authoring.evaluating.tables import EvaluationTable
    from bot.i18n import Words

WORST = 5  # questions and conversations that `check --strict` names

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--against", metavar="REV", help="Compare with the content at a revision of git: HEAD, HEAD~3, a branch.")
@click.option("--all", "everything", is_flag=True, help="Every intent and every pair, not only what changed or matters most.")
@click.option("--html", type=FILE, help="Write one page to look at offline.")
@click.option("--json", "data", type=FILE, help="Write the figures for programs.")
@click.option(
    "--questions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="File of questions instead of tests/data/residents_*.tsv; may be given several times.",
)
@click.pass_obj
@reports_errors
def evaluate(
    settings: Settings, against: str | None, everything: bool, html: Path | None, data: Path | None, questions: tuple[Path, ...]
) -> None:
    """Measure what the content answers, and with --against what its change won and lost.

    It asks the residents' questions in tests/data and plays the conversations in tests/conversations. What counts how much
    is told in docs/evaluating.md.
    """
    from bot.atomic import write
    from bot.authoring.evaluating import changed_since, material_of, measure_home
    from bot.authoring.evaluating.data import as_data
    from bot.authoring.evaluating.page import page
    from bot.authoring.evaluating.tables import heading, sheets, verdict

    words = words_of(settings)
    material = material_of(settings.home, questions)
    comparison = None if against is None else changed_since(settings, against, material)
    after = comparison.after if comparison else measure_home(settings, material)
    click.echo(heading(words, after, comparison))
    for sheet in sheets(words, after, comparison, everything=everything):
        _print(sheet)
    for intent, count in after.missing.items():
        click.echo(words.say("{count} questions expect the intent {intent}, which does not exist", count=count, intent=intent))
    if html:
        write(html, page(words, after, comparison, everything=everything).encode())
    if data:
        write(data, (json.dumps(as_data(after, comparison), ensure_ascii=False, indent=2) + "\n").encode())
    if comparison:
        click.echo(verdict(words, comparison))
    elif against is not None:
        click.echo(_same(words, against))


def strictly(settings: Settings, against: str) -> bool:
    """Whether the content of `settings.home` won at least as much as it lost since a revision; says so, with the worst of it.

    Raises Refusal where it cannot be compared, ContentError.
    """
    from bot.authoring.evaluating import changed_since, material_of
    from bot.authoring.evaluating.tables import regressions, verdict

    words = words_of(settings)
    comparison = changed_since(settings, against, material_of(settings.home))
    if comparison is None:
        click.echo(_same(words, against))
        return True
    click.echo(verdict(words, comparison))
    if comparison.verdict != "loss":
        return True
    lines = regressions(words, comparison)
    click.echo(words.say("Since {revision} the content lost more than it won. Worst of all:", revision=against))
    for line in lines[:WORST]:
        click.echo(f"  {line}")
    more = len(lines) - WORST
    if more > 0:
        click.echo("  " + words.say("... and {count} more", count=more))
    command = f"loaban evaluate --against {against}"
    click.echo(words.say("All of it: {command}", command=command))
    return False


def _same(words: Words, revision: str) -> str:
    return words.say("The content is the same as at {revision}.", revision=revision)


def _print(sheet: EvaluationTable) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=sheet.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    first_number = len(sheet.columns) - sheet.numbers
    for number, name in enumerate(sheet.columns):
        figures = number >= first_number
        ids = not figures and not any(" " in row.cells[number] for row in sheet.rows)  # sentences make room for them
        table.add_column(name, justify="right" if figures else "left", overflow="fold", no_wrap=ids)
    colours = {"better": "green", "worse": "red", "": ""}
    for row in sheet.rows:  # Text: nothing that people wrote is markup
        table.add_row(*(Text(cell) for cell in row.cells[:-1]), Text(row.cells[-1], style=colours[row.tone]))
    Console(highlight=False).print(table)
