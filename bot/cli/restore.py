"""`loaban restore`: a backup in the place of the database, and what to do about everything that happened since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.backup import KEEP_DAYS, contents
from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.i18n import Words
    from bot.stores.records.adjusting import Restored
    from bot.stores.sqlite.backup import BackupContents


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--adjust", is_flag=True, help="After pg_restore: put right what came out of a dump of PostgreSQL.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--forget-unknown", is_flag=True, help="Leave out people whom the database of today does not know.")
@click.pass_obj
@reports_errors
def restore(settings: Settings, file: Path | None, adjust: bool, yes: bool, forget_unknown: bool) -> None:
    """Put the backup FILE in the place of the database. Stop `loaban run` first.

    The database of today is kept beside it under another name, and FILE stays as it is. What was on its way when the backup
    was made is not sent again by itself: announcements are paused, replies are dropped.
    """
    from bot.stores import adjusted, database_file
    from bot.stores.sqlite.backup import examine
    from bot.stores.sqlite.restore import refuse_while_used, unknown_today
    from bot.stores.sqlite.restore import restore as put_back

    words, now = words_of(settings), datetime.now(UTC)
    if adjust:
        click.echo("\n".join(_adjustments(adjusted(settings, now), words)))
        return
    if file is None:
        raise click.UsageError(words.say("Name the backup: loaban restore FILE"))
    db = database_file(settings, "loaban restore FILE", "pg_restore, loaban restore --adjust")
    found = examine(file)
    refuse_while_used(db)
    unknown = unknown_today(db, file)
    click.echo("\n".join(_before(file, db, found, unknown, now, words, forgetting=forget_unknown)))
    if not yes:
        click.confirm(words.say("Put it in the place of {file}?", file=db), abort=True)
    done = put_back(file, db, now, forget_unknown=forget_unknown)
    click.echo("\n".join(_after(done, db, words)))


def _before(
    file: Path, db: Path, found: BackupContents, unknown: int | None, now: datetime, words: Words, *, forgetting: bool
) -> Iterator[str]:
    from bot.announcements.times import format_moment

    say = words.say
    when = format_moment(found.at, words) if found.at else say("at a time nobody knows")
    yield say("{file}, made {time}: {contents}.", file=file, time=when, contents=contents(found, words))
    yield say("Whatever happened since then is not in it.")
    if found.at and now - found.at > timedelta(days=KEEP_DAYS):
        yield say("It is {days} days old, older than a backup should get.", days=(now - found.at).days)
    if unknown is None:
        yield say(
            "Whoever asked to be forgotten since then comes back with it: there is no readable {file} to compare it with.",
            file=db,
        )
    elif unknown and not forgetting:
        yield say(
            "{count} people in it are unknown to the database of today: they asked to be forgotten, or their rows are what was "
            "lost. In the first case restore with --forget-unknown, which leaves them out.",
            count=unknown,
        )


def _after(done: Restored, db: Path, words: Words) -> Iterator[str]:
    say = words.say
    yield say("The backup is now {file}.", file=db)
    if done.kept:
        yield say("The database before it is kept as {file}; delete it when all is well.", file=done.kept)
    yield from _adjustments(done, words)


def _adjustments(done: Restored, words: Words) -> Iterator[str]:
    say = words.say
    for count, message in (
        (done.forgotten, say("Left out, because the database before it did not know them: {count}", count=done.forgotten)),
        (done.stopped, say("Stopped announcements since then, and stay without them: {count}", count=done.stopped)),
        (done.revoked, say("Lost their right to send since then, and stay without it: {count}", count=done.revoked)),
        (done.dropped, say("Replies that were on their way, dropped: {count}", count=done.dropped)),
    ):
        if count:
            yield message
    if done.paused:
        yield say(
            "Paused announcements: {numbers}. They were on their way, or repeated, when the backup was made; people may have "
            "had them since. Look at each with `loaban announce show`, then resume it, which sends it to all who had not got "
            "it by then, or cancel it.",
            numbers=", ".join(map(str, done.paused)),
        )
    if done.waiting:
        yield say(
            "Announcements that wait for a second person: {numbers}. They may have been approved and sent since.",
            numbers=", ".join(map(str, done.waiting)),
        )
    if done.cases:
        yield say(
            "Questions that are with officers: {numbers}. They may have been answered since; the officers hear of them again.",
            numbers=", ".join(map(str, done.cases)),
        )
    if done.unreadable:
        yield say(
            "Announcements whose plan cannot be read: {numbers}. They reach nobody; write them anew.",
            numbers=", ".join(map(str, done.unreadable)),
        )
    for channel in done.tokens:
        yield say("The tokens of {channel} can be used only once, and were: run `loaban {channel} login`.", channel=channel)
    yield say("Invitations do not count any more. Look with `loaban staff list` whether these are still the right people.")
    yield say("Now start `loaban run`.")
