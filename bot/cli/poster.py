"""`loaban poster`: a page of A4 for a commune, to be printed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors
from bot.errors import Refusal
from bot.i18n import mark
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.authoring.poster import Way
    from bot.i18n import Words

NO_WAY = mark("A poster leads somewhere: set LOABAN_WEB_URL, LOABAN_ZALO_URL or LOABAN_TELEGRAM_NAME first.")


@click.command()
@click.option("--place", metavar="NAME", required=True, help="The commune it hangs in, by any name.")
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write to FILE instead.")
@click.pass_obj
@reports_errors
def poster(settings: Settings, place: str, output: Path | None) -> None:
    """Print a poster of a commune as a page of HTML: large words, and QR codes of the page, Zalo and Telegram.

    Open it in a browser and print it on A4. Whoever comes by the code of the page need not tell the commune.
    """
    from bot.authoring.poster import poster as made
    from bot.cli.command_context import CommandContext
    from bot.cli.names_given import place_named
    from bot.engine import build_engine
    from bot.model.well_known import EMERGENCY_NUMBERS

    context = CommandContext.of(settings)
    named = place_named(place, context)
    words, known = context.words, build_engine(settings).knowledge
    ways = tuple(_ways(settings, words, named.code))
    if not ways:
        raise Refusal(NO_WAY)
    called = words.place(named.kind, named.name)
    topics = [names[words.lang] for names in known.topics.values()]
    html = made(words, called[0].upper() + called[1:], topics, known.facts[EMERGENCY_NUMBERS].items[words.lang], ways)
    if output is None:
        click.echo(html)
    else:
        output.write_text(html, "utf-8")


def _ways(settings: Settings, words: Words, place: str) -> Iterator[Way]:
    from bot.authoring.poster import Way

    if settings.web_url:
        yield Way(words.say("Web page"), words.say("needs no account"), f"{settings.web_url}/?x={place}")
    if settings.zalo_url:
        yield Way("Zalo", words.say("with announcements of the commune"), settings.zalo_url)
    if settings.telegram_name:
        name = f"https://t.me/{settings.telegram_name}"
        yield Way("Telegram", words.say("with announcements of the commune"), name)
