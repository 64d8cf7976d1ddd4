"""`loaban migrate`: all that is stored, from a file to a server or back."""

from __future__ import annotations

from decimal import Decimal

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings, as_database


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.pass_obj
@reports_errors
def migrate(settings: Settings, source: str, target: str) -> None:
    """Move all that is stored FROM one database TO another, which is empty: SQLite files and PostgreSQL addresses, either way.

    Stop `loaban run` everywhere first. FROM stays as it is. All is counted and compared before it is there; where anything
    goes wrong, nothing has changed, and it can be done again.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from bot.stores import move_all

    words = words_of(settings)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("", total=1)

        def told(table: str, done: int, total: int) -> None:
            progress.update(bar, description=table, completed=done, total=max(total, 1))

        moved = move_all(source, target, told)
    click.echo(words.say("Moved, counted and compared: {rows} rows, no difference.", rows=words.number(Decimal(moved))))
    click.echo(
        words.say(
            "Now set LOABAN_DB to {target} and start `loaban run`. {source} stays as it is, with personal data: delete it when "
            "all is well, after {days} days at most.",
            target=as_database(target),
            source=as_database(source),
            days=7,
        )
    )
