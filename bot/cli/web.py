"""`loaban web`: the page on which residents ask in a browser, alone on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from bot.channels.registry import CHANNELS
from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

LISTEN = "127.0.0.1:8081"
DATABASE = Path("loaban-web.db")  # what is tried out stands beside nobody's conversations


@click.command()
@click.option("--listen", metavar="HOST:PORT", default=LISTEN, show_default=True, help="Where to serve it, on this machine.")
@click.option(
    "--db", type=click.Path(dir_okay=False, path_type=Path), default=DATABASE, show_default=True, help="The database to use."
)
@click.pass_obj
@reports_errors
def web(settings: Settings, listen: str, db: Path) -> None:
    """Serve the page for browsers alone, to try it: needs no token, and leaves every other channel out."""
    import asyncio

    from bot.service.running import serve_all

    words = words_of(settings)

    def tell(address: str) -> None:
        click.echo(words.say("Open this in a browser: {address} (Ctrl-C ends it)", address=address))

    asyncio.run(serve_all(alone(settings, listen, db), opened=tell))


def alone(settings: Settings, listen: str, db: Path) -> Settings:
    """The same settings without any channel of a vendor."""
    tokens = {name: Settings.model_fields[name].default for one in CHANNELS for name in one.needs}
    own = {"web_listen": listen, "web_url": "", "listen": "127.0.0.1:0", "db": db, "public_url": "", "log_level": "warning"}
    return settings.model_copy(update={**tokens, **own})
