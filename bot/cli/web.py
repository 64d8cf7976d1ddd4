"""`loaban web`: the page for residents and the console for staff, alone on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from bot.channels.registry import CHANNELS
from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

LISTEN = "127.0.0.1:8081"
CONSOLE = "127.0.0.1:8082"
DATABASE = Path("loaban-web.db")  # what is tried out stands beside nobody's conversations


@click.command()
@click.option("--listen", metavar="HOST:PORT", default=LISTEN, show_default=True, help="Where to serve it, on this machine.")
@click.option("--console", metavar="HOST:PORT", default=CONSOLE, show_default=True, help="Where to serve the console.")
@click.option(
    "--db", type=click.Path(dir_okay=False, path_type=Path), default=DATABASE, show_default=True, help="The database to use."
)
@click.pass_obj
@reports_errors
def web(settings: Settings, listen: str, console: str, db: Path) -> None:
    """Serve the page for browsers and the console, to try them: needs no token, and leaves every other channel out.

    Prints a code by which an owner signs in to the console.
    """
    import asyncio

    from bot.service.running import serve_all

    words, own = words_of(settings), alone(settings, listen, console, db)
    code = owners_code(own)

    def tell(page: Literal["page", "console"], address: str) -> None:
        if page == "page":
            click.echo(words.say("Open this in a browser: {address} (Ctrl-C ends it)", address=address))
        else:
            click.echo(words.say("For staff: {address} with the code {code}", address=f"{address}vao", code=code))

    asyncio.run(serve_all(own, opened=tell))


def owners_code(settings: Settings) -> str:
    """A code of the first owner there is, who is made where there is none; as it is read out. Raises StoreError."""
    from contextlib import closing

    from bot.announcements import entering
    from bot.stores import open_store

    with closing(open_store(settings)) as store, store.writing() as transaction:
        now = store.clock()
        owner = next((one for one in transaction.all_staff() if one.role == "owner"), None)
        owner = owner or transaction.add_staff("owner", (), "", None, now)
        return entering.in_groups(entering.give_code(transaction, owner.number, now))


def alone(settings: Settings, listen: str, console: str, db: Path) -> Settings:
    """The same settings without any channel of a vendor."""
    tokens = {name: Settings.model_fields[name].default for one in CHANNELS for name in one.needs}
    pages = {"web_listen": listen, "web_url": "", "console_listen": console, "console_url": "", "public_url": ""}
    own = {**pages, "listen": "127.0.0.1:0", "db": db, "log_level": "warning"}
    return settings.model_copy(update={**tokens, **own})
