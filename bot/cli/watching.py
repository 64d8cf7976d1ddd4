"""Watching an announcement being sent. Sending is the work of `loaban run`; whoever watches can go away."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from bot.announcements.times import end_of_quiet, format_moment
from bot.cli.command_context import CommandContext
from bot.model import Announcement, DeliveryReport
from bot.ports import Store

EVERY = 0.5  # seconds between two looks
SHARE = 10  # a look may take one part in so many of the time: counting many rows holds up whoever sends them
STEP = 10  # percent between two lines where there is no terminal

Show = Callable[[DeliveryReport], None]


def watch(store: Store, number: int, context: CommandContext, alive: Callable[[], bool]) -> Announcement:
    """Show how far it is until it is over, cannot go on before the morning, or nobody sends; returns it as it is then.

    `alive` tells whether `loaban run` runs. Ctrl-C ends the watching and nothing else, and that is said.
    """
    found, report = _look(store, number)
    try:
        with _shown(context, number) as show:
            while True:
                show(report)
                if found.state != "sending" or _held_up(found, report, context):
                    return found
                began, before = time.monotonic(), report
                found, report = _look(store, number)
                if report == before and found.state == "sending" and not alive():
                    click.echo(context.words.say("`loaban run` is not running. Sending goes on when it runs."), err=True)
                    return found
                time.sleep(max(EVERY, SHARE * (time.monotonic() - began)))
    except KeyboardInterrupt:
        told = context.words.say(
            "You stopped watching; sending goes on. See how far it is: loaban announce report {number}", number=number
        )
        click.echo("\n" + told, err=True)
        return found


def _look(store: Store, number: int) -> tuple[Announcement, DeliveryReport]:
    with store.writing() as transaction:
        found = transaction.announcement(number)
        assert found is not None  # noqa: S101 - an announcement is never deleted
        return found, transaction.report(number)


def _held_up(found: Announcement, report: DeliveryReport, context: CommandContext) -> bool:
    """Whether it is not due yet, the rest waits for people to write, or the night has begun and nothing is on its way."""
    now, rules = datetime.now(UTC), context.actions.rules
    if found.due > now:
        click.echo(context.words.say("It goes out from {time} on.", time=format_moment(found.due, context.words)), err=True)
        return True
    if report.held and report.held == report.recipients - report.finished:
        click.echo(context.words.say("The rest get it when they next write."), err=True)
        return True
    if found.plan.urgent or not rules.is_quiet(now) or report.states.get("sending"):
        return False
    morning = format_moment(end_of_quiet(now, rules.quiet), context.words)
    click.echo(context.words.say("It is night: the rest goes out from {time} on.", time=morning), err=True)
    return True


@contextmanager
def _shown(context: CommandContext, number: int) -> Iterator[Show]:
    """A bar on a terminal, else a line every STEP percent."""
    if not sys.stdout.isatty():
        yield _lines(context)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    with Progress("{task.description}", BarColumn(), TaskProgressColumn(), MofNCompleteColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task(context.words.say("announcement {number}", number=number), total=None)
        yield lambda report: bar.update(task, total=report.recipients, completed=report.finished)


def _lines(context: CommandContext) -> Show:
    told = -1

    def show(report: DeliveryReport) -> None:
        nonlocal told
        percent = 100 * report.finished // report.recipients if report.recipients else 100
        if percent // STEP > told:
            told = percent // STEP
            click.echo(
                context.words.say(
                    "{percent} %: {finished} of {recipients}",
                    percent=percent,
                    finished=context.count(report.finished),
                    recipients=context.count(report.recipients),
                )
            )

    return show
