"""After an announcement was confirmed: what happens next is said, and watched where it happens now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import click

from bot.announcements.report import report_lines
from bot.announcements.times import format_moment
from bot.cli.command_context import CommandContext
from bot.cli.watching import watch
from bot.errors import StoreError
from bot.model import Announcement
from bot.ports import Store
from bot.settings import Settings


def follow(store: Store, sent: Announcement, starts: datetime, context: CommandContext, *, wait: bool) -> None:
    """Say what happens next, and watch it where it happens now and `wait` is wanted."""
    say, number, code = context.words.say, sent.id, sent.plan.code
    later = starts > datetime.now(UTC)
    if sent.state == "waiting":
        click.echo(
            say("Announcement {number} (code {code}) waits until a second person approves it.", number=number, code=code)
        )
    elif sent.state == "repeating":
        click.echo(say("Announcement {number} (code {code}) is repeated until it is cancelled.", number=number, code=code))
    elif later:
        time = format_moment(starts, context.words)
        click.echo(say("Announcement {number} (code {code}) goes out from {time} on.", number=number, code=code, time=time))
    else:
        click.echo(say("Announcement {number} (code {code}) goes out.", number=number, code=code))
    alive = running(context.settings)
    if not alive():
        click.echo(say("`loaban run` is not running. Sending begins when it runs."), err=True)
    elif wait and sent.state == "sending" and not later:
        return watch_to_the_end(store, sent.id, context, alive)
    return click.echo(say("See what became of it: loaban announce report {number}", number=number))


def watch_to_the_end(store: Store, number: int, context: CommandContext, alive: Callable[[], bool]) -> None:
    """Exit code 1 where it was stopped, or ended before everybody could have it."""
    ended = watch(store, number, context, alive)
    with store.writing() as transaction:
        counts = transaction.report(number)
    click.echo("\n".join(report_lines(ended, counts, context.names, context.words)))
    if ended.state in ("paused", "cancelled", "expired"):
        raise SystemExit(1)


def running(settings: Settings) -> Callable[[], bool]:
    """Tells, whenever it is asked, whether `loaban run` runs."""
    from bot.service.running import check_alive

    def alive() -> bool:
        try:
            check_alive(settings, datetime.now(UTC))
        except StoreError:
            return False
        return True

    return alive
