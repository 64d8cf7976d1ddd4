"""`loaban announce`: announcements from a file, and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors
from bot.errors import SettingsError
from bot.model import COMMAND_LINE, OPEN_STATES, Announcement, DeliveryReport, Plan
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.cli.command_context import CommandContext
    from bot.ports import Store, Transaction

MANY = 10_000  # announcements that are looked through for twins, and for the times of a repeated one


class FileOrSubcommand(click.Group):
    """`announce FILE` is short for `announce file FILE`: what is no verb is a file."""

    default = "file"

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        first = next((one for one in args if not one.startswith("-")), None)
        asks_for_help = bool(args) and args[0] in self.get_help_option_names(context)
        if args and not asks_for_help and first not in self.commands:
            args = [self.default, *args]
        return super().parse_args(context, args)


@click.group(cls=FileOrSubcommand)
def announce() -> None:
    """Send an announcement from a file, and see what became of it.

    `loaban announce FILE` is short for `loaban announce file FILE`.
    """


@announce.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would happen; so it is without --send, too.")
@click.option("--send", is_flag=True, help="Send it.")
@click.option("--no-wait", is_flag=True, help="Do not show how the sending goes on.")
@click.pass_obj
@reports_errors
def file(settings: Settings, path: Path, dry_run: bool, send: bool, no_wait: bool) -> None:
    """Show the announcement in FILE as residents will see it, and who gets it when; with --send, send it.

    FILE is YAML with the keys text (one text, or vi: and en:), places (a list, or all), when (now, a time, or every so often)
    and lasts (how long it stays true) or until; topics, must, urgent, office and photo may be left out. `loaban run` does the
    sending. Exit code 1 when the file has faults, or when it was watched and did not go out as it should.
    """
    from random import SystemRandom

    from bot.cli.announcement_file import read_announcement
    from bot.cli.previewing import fact_lines, message_lines
    from bot.cli.sending import follow
    from bot.text.codes import new_code

    context = _command_context(settings)
    say = context.words.say
    if dry_run and send:
        raise SettingsError("loaban announce: {said}", said=say("choose one of --dry-run and --send"))
    now = datetime.now(UTC)
    plan = read_announcement(path, context, now, new_code(SystemRandom()))
    with context.store() as store:
        with store.writing() as transaction:
            twins = _twins(transaction, plan)
            confirmation = context.actions.confirm(transaction, COMMAND_LINE, plan, now) if send else None
            preview = confirmation.preview if confirmation else context.actions.preview(transaction, COMMAND_LINE, plan, now)
        for number in twins:
            twin = say("announcement {number} has the same text and is not over yet", number=number)
            click.echo(f"{say('warning')}: {twin}", err=True)
        if confirmation is None:
            click.echo("\n".join([*message_lines(plan, context), *fact_lines(preview, context, now)]))
            click.echo(say("Nothing was sent or stored. To send it: loaban announce {file} --send", file=path))
            return
        click.echo("\n".join(fact_lines(preview, context, now)))
        follow(store, confirmation.announcement, preview.starts, context, wait=not no_wait)


@announce.command("list")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many, the newest first.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.pass_obj
@reports_errors
def list_announcements(settings: Settings, limit: int, form: str | None) -> None:
    """List announcements, the newest first.

    --json: a list of objects with number, code, state, reason, created, due, expires, rule, places, topics, urgent, must,
    author, approver, parent (the repeated one it belongs to), text. --csv: the same columns; lists have spaces between.
    """
    from bot.cli.as_data import LISTED, listed_data
    from bot.cli.output import as_csv, as_json
    from bot.cli.showing import list_table

    context = _command_context(settings)
    with context.writing() as transaction:
        found = context.actions.newest(transaction, COMMAND_LINE, limit)
    if form == "json":
        as_json([listed_data(one) for one in found])
    elif form == "csv":
        as_csv(LISTED, [listed_data(one) for one in found])
    elif found:
        list_table(found, context, datetime.now(UTC))
    else:
        click.echo(context.words.say("There are no announcements yet."))


@announce.command()
@click.argument("number", type=int)
@click.option("--json", "as_data", is_flag=True, help="Print JSON.")
@click.pass_obj
@reports_errors
def show(settings: Settings, number: int, as_data: bool) -> None:
    """Show announcement NUMBER: its text as residents see it, and what was decided about it.

    --json: an object with the keys of `announce list`, and texts, office, photo, lasts (in seconds).
    """
    from bot.cli.as_data import shown_data
    from bot.cli.output import as_json
    from bot.cli.previewing import message_lines
    from bot.cli.showing import show_lines

    context = _command_context(settings)
    with context.writing() as transaction:
        found = context.actions.find(transaction, COMMAND_LINE, number)
    if as_data:
        as_json(shown_data(found))
    else:
        click.echo("\n".join([*message_lines(found.plan, context), *show_lines(found, context, datetime.now(UTC))]))


@announce.command()
@click.argument("number", type=int)
@click.pass_obj
@reports_errors
def pause(settings: Settings, number: int) -> None:
    """Pause announcement NUMBER. What is on its way arrives; nothing more is sent before it is resumed."""
    context = _command_context(settings)
    with context.writing() as transaction:
        context.actions.pause(transaction, COMMAND_LINE, number, datetime.now(UTC))
    say = context.words.say
    click.echo(say("Announcement {number} is paused. Let it go on with: loaban announce resume {number}", number=number))


@announce.command()
@click.argument("number", type=int)
@click.pass_obj
@reports_errors
def resume(settings: Settings, number: int) -> None:
    """Let the paused announcement NUMBER go on where it was."""
    context = _command_context(settings)
    with context.writing() as transaction:
        context.actions.resume(transaction, COMMAND_LINE, number, datetime.now(UTC))
    click.echo(context.words.say("Announcement {number} goes on.", number=number))


@announce.command()
@click.argument("number", type=int)
@click.pass_obj
@reports_errors
def cancel(settings: Settings, number: int) -> None:
    """End announcement NUMBER for good. What is on its way arrives."""
    context = _command_context(settings)
    with context.writing() as transaction:
        context.actions.cancel(transaction, COMMAND_LINE, number, datetime.now(UTC))
    click.echo(context.words.say("Announcement {number} is cancelled for good.", number=number))


@announce.command()
@click.argument("number", type=int)
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--watch", is_flag=True, help="Show how the sending goes on until it is over.")
@click.pass_obj
@reports_errors
def report(settings: Settings, number: int, form: str | None, watch: bool) -> None:
    """Tell what became of announcement NUMBER, and of each time where it is a repeated one.

    --json: an object with number, code, state, reason, due, expires, recipients, finished, sent, gone (blocked the bot),
    failed, unknown (interrupted: it may have arrived), expired, cancelled, pending, held (of those pending: they get it
    when they next write), sending, ambiguous, first, last, rate (a second), channels, reasons, and occurrences: the same
    of each time. --csv: a line for it and for each time, without channels and reasons. Times are written with their zone.
    """
    from bot.cli.as_data import REPORTED, report_data
    from bot.cli.output import as_csv, as_json
    from bot.cli.sending import running, watch_to_the_end
    from bot.cli.showing import all_report_lines

    context = _command_context(settings)
    if watch and form:
        said = context.words.say("--watch shows text; leave --json and --csv out")
        raise SettingsError("loaban announce report: {said}", said=said)
    with context.store() as store:
        with store.writing() as transaction:
            found = context.actions.find(transaction, COMMAND_LINE, number)
            all_of_it = (found, *_occurrences(transaction, found))
        reports = [(one, _report(store, one)) for one in all_of_it]  # one after the other: `loaban run` goes on in between
        if watch:
            return watch_to_the_end(store, number, context, running(settings))
    if form == "json":
        occurrences = [report_data(*one) for one in reports[1:]]
        return as_json({**report_data(*reports[0]), "occurrences": occurrences})
    if form == "csv":
        return as_csv(REPORTED, [report_data(*one) for one in reports])
    return click.echo("\n".join(all_report_lines(reports, context, datetime.now(UTC))))


def _command_context(settings: Settings) -> CommandContext:
    from bot.cli.command_context import CommandContext

    return CommandContext.of(settings)


def _twins(transaction: Transaction, plan: Plan) -> list[int]:
    """Announcements with the same texts that are not over, without the single times of repeated ones."""
    open_ones = transaction.announcements(None, states=OPEN_STATES, limit=MANY)
    return [one.id for one in open_ones if one.parent is None and one.plan.texts == plan.texts]


def _report(store: Store, announcement: Announcement) -> DeliveryReport:
    with store.writing() as transaction:
        return transaction.report(announcement.id)


def _occurrences(transaction: Transaction, found: Announcement) -> list[Announcement]:
    """The times that a repeated announcement was sent or missed, oldest first."""
    if found.plan.rule is None or found.parent is not None:
        return []
    return transaction.announcements(None, parent=found.id, limit=MANY)[::-1]
