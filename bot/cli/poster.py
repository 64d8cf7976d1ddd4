"""`loaban poster`: a page of A4 for a commune, to be printed."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.reporting_errors import reports_errors
from bot.settings import Settings


@click.command()
@click.option("--place", metavar="NAME", required=True, help="The commune it hangs in, by any name.")
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE instead.")
@click.pass_obj
@reports_errors
def poster(settings: Settings, place: str, output: Path | None) -> None:
    """Print a poster of a commune as a page of HTML: large words, and QR codes of the page, Zalo and Telegram.

    Open it in a browser and print it on A4. Whoever comes by the code of the page need not tell the commune.
    """
    from bot.authoring.poster import poster_of, ways
    from bot.cli.command_context import CommandContext
    from bot.cli.names_given import place_named
    from bot.engine import build_engine

    context = CommandContext.of(settings)
    named = place_named(place, context)
    html = poster_of(named, context.words, build_engine(settings).knowledge, ways(settings, context.words, named.code))
    if output is None:
        click.echo(html)
    else:
        output.write_text(html, "utf-8")
