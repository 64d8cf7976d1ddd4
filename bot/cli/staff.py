"""`loaban staff`: who may send announcements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from bot.cli.reporting_errors import reports_errors
from bot.errors import Refusal
from bot.model import COMMAND_LINE, AuditEntry, Role
from bot.settings import Settings


@click.group()
def staff() -> None:
    """Invite and remove the people who may send announcements, and see what they did."""


@staff.command()
@click.option("--role", type=click.Choice(["owner", "admin", "officer"]), required=True, help="What the person may do.")
@click.option(
    "--place", "places", multiple=True, metavar="NAME", help="A commune an officer speaks for, by any name; can be repeated."
)
@click.option("--office", default="", metavar="TEXT", help="What stands above the person's announcements.")
@click.option("--hours", type=click.IntRange(1, 720), default=72, show_default=True, help="How long the code can be used.")
@click.pass_obj
@reports_errors
def invite(settings: Settings, role: Role, places: tuple[str, ...], office: str, hours: int) -> None:
    """Print a code that makes one person staff, once.

    An officer sends to the communes of --place, an admin to everybody; an owner invites and removes others, too.
    """
    from bot.announcements import staffing
    from bot.announcements.times import format_moment
    from bot.cli.command_context import CommandContext
    from bot.cli.names_given import PLACES_OF_OFFICERS, office_named, place_named

    context = CommandContext.of(settings)
    if places and role != "officer":
        raise Refusal(PLACES_OF_OFFICERS)
    codes = tuple(dict.fromkeys(place_named(place, context).code for place in places))
    office = office_named(office)
    now = datetime.now(UTC)
    expires = now + timedelta(hours=hours)
    with context.writing() as transaction:
        code = staffing.invite(transaction, COMMAND_LINE, role, codes, office, now, expires)
    say = context.words.say
    who = context.role(role)
    if codes:
        who = say("{role} of {places}", role=who, places=context.words.join(tuple(context.place(one) for one in codes)))
    click.echo(say("Invitation: {role}", role=who))
    click.echo(say("Code: {code}", code=code))
    click.echo(say("The person sends this to the bot in a private chat: /join {code}", code=code))
    if settings.telegram_name:
        link = f"https://t.me/{settings.telegram_name}?start=join-{code}"
        click.echo(say("On Telegram, tapping this does the same: {link}", link=link))
    click.echo(say("It works once, until {time}.", time=format_moment(expires, context.words)))


@staff.command()
@click.argument("number", type=int)
@click.pass_obj
@reports_errors
def login(settings: Settings, number: int) -> None:
    """Print a code by which staff member NUMBER signs in to the console, once, within ten minutes."""
    from bot.announcements import entering
    from bot.announcements.staffing import NO_SUCH_STAFF
    from bot.cli.command_context import CommandContext
    from bot.service.wiring import console_address

    if number == COMMAND_LINE:
        raise Refusal(NO_SUCH_STAFF, number=number)
    context = CommandContext.of(settings)
    with context.writing() as transaction:
        if transaction.staff_number(number) is None:
            raise Refusal(NO_SUCH_STAFF, number=number)
        code = entering.give_code(transaction, number, datetime.now(UTC))
        transaction.note(AuditEntry(datetime.now(UTC), COMMAND_LINE, "console code", f"staff {number}", ""))
    say, console = context.words.say, console_address(settings)
    click.echo(say("Code: {code}", code=entering.in_groups(code)))
    address = f"{console}/vao" if console else "LOABAN_CONSOLE_LISTEN"
    click.echo(say("It opens the console once, within ten minutes: {address}", address=address))


@staff.command("list")
@click.option("--json", "as_data", is_flag=True, help="Print JSON.")
@click.pass_obj
@reports_errors
def list_staff(settings: Settings, as_data: bool) -> None:
    """List everybody who may send announcements at this moment.

    --json: a list of objects with number, role, places (each with code and name), office, channel, since.
    """
    from bot.announcements.times import format_moment
    from bot.cli.as_data import staff_data
    from bot.cli.command_context import CommandContext
    from bot.cli.output import as_json, as_table

    context = CommandContext.of(settings)
    with context.writing() as transaction:
        people = transaction.all_staff()
    if as_data:
        return as_json([staff_data(person, context) for person in people])
    say = context.words.say
    if not people:
        return click.echo(say("Nobody is staff yet. Invite somebody: loaban staff invite --role owner"))
    return as_table(
        [say("number"), say("role"), say("communes"), say("office"), say("channel"), say("since")],
        [
            [
                str(person.number),
                context.role(person.role),
                ", ".join(context.place(code) for code in person.places),
                person.office,
                person.address.channel if person.address else "",
                format_moment(person.since, context.words),
            ]
            for person in people
        ],
    )


@staff.command()
@click.argument("number", type=int)
@click.pass_obj
@reports_errors
def revoke(settings: Settings, number: int) -> None:
    """End the role of staff member NUMBER at once, and pause what that person is sending."""
    from bot.announcements import staffing
    from bot.cli.command_context import CommandContext

    context = CommandContext.of(settings)
    with context.writing() as transaction:
        paused = staffing.revoke(transaction, COMMAND_LINE, number, datetime.now(UTC))
    say = context.words.say
    click.echo(say("Staff member {number} may not send any more.", number=number))
    if paused:
        numbers = ", ".join(map(str, sorted(paused)))
        click.echo(say("Paused: announcements {numbers}. Let each go on with: loaban announce resume NUMBER", numbers=numbers))


@staff.command()
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many lines, the newest first.")
@click.option("--json", "as_data", is_flag=True, help="Print JSON.")
@click.pass_obj
@reports_errors
def log(settings: Settings, limit: int, as_data: bool) -> None:
    """Show what staff did: who was invited, what was sent, approved, paused.

    --json: a list of objects with at, actor (a staff number; 0 is the command line), action, subject, detail.
    """
    from bot.cli.as_data import entry_data
    from bot.cli.audit_log import log_row
    from bot.cli.command_context import CommandContext
    from bot.cli.output import as_json, as_table

    context = CommandContext.of(settings)
    with context.writing() as transaction:
        entries = transaction.log(limit)
    if as_data:
        return as_json([entry_data(entry) for entry in entries])
    say = context.words.say
    return as_table(
        [say("when"), say("who"), say("action"), say("about"), say("detail")], [log_row(entry, context) for entry in entries]
    )
