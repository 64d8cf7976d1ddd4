"""`loaban aspects`: which aspects of which topics are answered, for whoever plans what to write next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

    from bot.authoring.aspect_matrix import AspectMatrix

MAIN, ALSO = "●", "○"
SIDE_BY_SIDE = 2  # signs that fit into a cell


@click.command()
@click.pass_obj
@reports_errors
def aspects(settings: Settings) -> None:
    """Print which aspects of each topic are answered (● an intent of its own, ○ along with something else).

    Below the table stand the holes, which people will ask about, and the doubles, two intents of a topic for one aspect.
    """
    from rich.console import Console

    from bot.authoring.aspect_matrix import DOUBLE, HOLE, AspectMatrix
    from bot.knowledge.load import load_knowledge

    say = words_of(settings).say
    matrix = AspectMatrix.of(load_knowledge(settings.home, settings.lang))
    Console(highlight=False).print(_table(matrix, say("aspect")))
    for topic, aspect in matrix.holes():
        click.echo(say(HOLE, topic=topic, aspect=aspect))
    for topic, aspect, intents in matrix.doubles():
        click.echo(say(DOUBLE, aspect=aspect, topic=topic, intents=", ".join(intents)))


def _table(matrix: AspectMatrix, corner: str) -> Table:
    from rich import box
    from rich.table import Column, Table

    table = Table(Column(corner, no_wrap=True), box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for topic in matrix.topics:
        table.add_column(topic, overflow="fold", justify="center")
    for aspect in matrix.aspects:
        table.add_row(aspect, *(_cell(matrix, topic, aspect) for topic in matrix.topics))
    return table


def _cell(matrix: AspectMatrix, topic: str, aspect: str) -> str:
    """ "●", "●○", from three on "7●"."""
    counts = ((sign, len(marked.get(topic, {}).get(aspect, ()))) for sign, marked in ((MAIN, matrix.main), (ALSO, matrix.also)))
    return "".join(f"{count}{sign}" if count > SIDE_BY_SIDE else sign * count for sign, count in counts)
