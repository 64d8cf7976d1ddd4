"""`loaban backup`: a copy of the database while `loaban run` is at work."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.i18n import Words
    from bot.stores.sqlite.backup import BackupContents

KEEP_DAYS = 7  # whoever asked to be forgotten is to be forgotten everywhere by then
MEGABYTE = 1_000_000


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@click.pass_obj
@reports_errors
def backup(settings: Settings, file: Path, force: bool) -> None:
    """Copy the database into FILE. `loaban run` goes on meanwhile, and nobody waits.

    FILE is one whole database, looked through before it gets its name, and readable by you alone: it holds personal data.
    It is also what to give a person who is to look at the database. `loaban restore FILE` puts it back.
    """
    from bot.stores import database_file
    from bot.stores.sqlite.backup import backup as copy

    words = words_of(settings)
    db = database_file(settings, "loaban backup", "pg_dump -Fc")
    found = copy(db, file, datetime.now(UTC), force=force)
    click.echo(words.say("{file} is written and was looked through: {contents}.", file=file, contents=contents(found, words)))
    click.echo(
        words.say(
            "It holds personal data: keep it where nobody else can read it, and delete it after {days} days.", days=KEEP_DAYS
        )
    )


def contents(found: BackupContents, words: Words) -> str:
    """How much is in a database, on one line."""
    return words.say(
        "{megabytes} MB, {sessions} conversations, {subscribers} subscribers, {announcements} announcements",
        megabytes=words.number((Decimal(found.size) / MEGABYTE).quantize(Decimal("0.1"))),
        sessions=words.number(Decimal(found.sessions)),
        subscribers=words.number(Decimal(found.subscribers)),
        announcements=words.number(Decimal(found.announcements)),
    )
