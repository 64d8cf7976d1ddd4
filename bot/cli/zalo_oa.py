"""`loaban zalo-oa`: the consent without which the Official Account cannot be used."""

from __future__ import annotations

import click

from bot.cli.reporting_errors import reports_errors
from bot.i18n import mark
from bot.settings import Settings


@click.group("zalo-oa")
def zalo_oa() -> None:
    """Set up the Zalo Official Account."""


@zalo_oa.command()
@click.option("--redirect-uri", default="", metavar="URL", help="The callback address that is set in the Zalo app.")
@click.option("--code", default="", metavar="CODE", help="The code from the address Zalo led to; asked for when left out.")
@click.pass_obj
@reports_errors
def login(settings: Settings, redirect_uri: str, code: str) -> None:
    """Let the bot write for the Official Account: open the printed address, agree, and give back the code.

    The tokens that come of it renew themselves. This is needed once, and again where `loaban run` says so.
    """
    import asyncio
    from contextlib import closing
    from datetime import UTC, datetime

    from bot.channels.zalo_oa.descriptor import NAME
    from bot.channels.zalo_oa.oauth import OAuthClient, code_in, consent_address
    from bot.cli.reporting_errors import words_of
    from bot.errors import SendError, SettingsError
    from bot.model import TokenPair
    from bot.stores import open_store

    say = words_of(settings).say
    if not settings.zalo_oa_app_id or settings.zalo_oa_app_secret is None:
        raise SettingsError(mark("Set LOABAN_ZALO_OA_APP_ID and LOABAN_ZALO_OA_APP_SECRET first; both stand in the Zalo app."))
    if not code:
        if not redirect_uri:
            raise SettingsError(mark("Write the callback address that is set in the Zalo app after --redirect-uri."))
        click.echo(say("Open this address as an administrator of the Official Account, and agree:"))
        click.echo(consent_address(settings.zalo_oa_oauth, settings.zalo_oa_app_id, redirect_uri))
        code = click.prompt(say("Zalo then leads to an address with code=… in it. The code, or that address"))
    client = OAuthClient(
        settings.zalo_oa_app_id,
        settings.zalo_oa_app_secret.get_secret_value(),
        settings.zalo_oa_oauth,
        lambda: datetime.now(UTC),
    )

    async def redeem() -> TokenPair:
        try:
            return await client.redeemed(code_in(code))
        finally:
            await client.close()

    with closing(open_store(settings)) as store:  # before the code is spent
        try:
            tokens = asyncio.run(redeem())
        except SendError as error:
            if error.reason == "unreachable":
                raise SettingsError(
                    mark("Zalo could not be reached. Try again with a new code. ({reason})"), reason=error
                ) from None
            raise SettingsError(
                mark(
                    "Zalo did not take the code. It works once and for a short time: run this again for a new one, and check "
                    "LOABAN_ZALO_OA_APP_ID and LOABAN_ZALO_OA_APP_SECRET. ({reason})"
                ),
                reason=error,
            ) from None
        with store.writing() as transaction:
            transaction.save_tokens(NAME, tokens)
    click.echo(say("The Official Account is connected. A running `loaban run` goes on with it by itself."))
