"""Where tokens of a Zalo Official Account come from: bought with a code that somebody agreed for, or with a refresh token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeGuard
from urllib.parse import parse_qs, urlencode

import httpx

from bot.channels.reading import json_in
from bot.channels.trust import trusted
from bot.errors import SendError, SettingsError
from bot.i18n import mark
from bot.model import TokenPair

LIFE = timedelta(hours=25)  # where Zalo does not say how long an access token works
LIVES = timedelta(hours=1), timedelta(days=90)  # what lies outside is not believed; a token that ends early is renewed anyway
EXCHANGE_SECONDS = 15.0

LOG_IN = "run `loaban zalo-oa login`"


class OAuthClient:
    """Where Zalo sells tokens for codes and refresh tokens."""

    def __init__(self, app_id: str, app_secret: str, oauth: str, now: Callable[[], datetime]) -> None:
        if not _sendable(app_secret):
            raise SettingsError(mark("LOABAN_ZALO_OA_APP_SECRET: this is no secret key of a Zalo app; copy it again."))
        self._app_id = app_id
        self._app_secret = app_secret
        self._address = f"{oauth}/v4/oa/access_token"
        self._now = now
        self._client = httpx.AsyncClient(verify=trusted(), timeout=EXCHANGE_SECONDS)

    async def refreshed(self, refresh: str) -> TokenPair:
        """The next pair. `refresh` is spent by this. Raises SendError."""
        return await self._exchange({"refresh_token": refresh, "grant_type": "refresh_token"})

    async def redeemed(self, code: str) -> TokenPair:
        """The first pair, for the code that somebody got by agreeing. Raises SendError."""
        return await self._exchange({"code": code, "grant_type": "authorization_code"})

    async def close(self) -> None:
        await self._client.aclose()

    async def _exchange(self, form: Mapping[str, str]) -> TokenPair:
        try:
            async with asyncio.timeout(EXCHANGE_SECONDS):  # httpx counts each step on its own
                response = await self._client.post(
                    self._address, data={"app_id": self._app_id, **form}, headers={"secret_key": self._app_secret}
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            # Only its kind: the text may quote what was sent.
            raise SendError("unreachable", f"no tokens from Zalo ({type(error).__name__})", never_left=True) from None
        answer = json_in(response.content)
        if response.status_code >= 500 or not isinstance(answer, dict):
            raise SendError("unreachable", f"no tokens from Zalo (HTTP {response.status_code})", never_left=True)
        access, refresh = answer.get("access_token"), answer.get("refresh_token")
        if not (_sendable(access) and _sendable(refresh)):
            raise SendError("token", f"Zalo gives no new tokens (error {_number(answer)}); {LOG_IN}")
        return TokenPair(access, refresh, self._now() + _life(answer.get("expires_in")))


def consent_address(oauth: str, app_id: str, redirect_uri: str) -> str:
    """Where an administrator of the Official Account agrees; Zalo leads from there to `redirect_uri` with a code."""
    return f"{oauth}/v4/oa/permission?" + urlencode({"app_id": app_id, "redirect_uri": redirect_uri})


def code_in(given: str) -> str:
    """The code, also where somebody copied the whole address that Zalo led to."""
    _, mark, query = given.strip().partition("?")
    return parse_qs(query).get("code", [given])[0] if mark else given.strip()


def _sendable(secret: object) -> TypeGuard[str]:
    """Whether it can stand in a header. What cannot would turn up in the text of an exception."""
    return isinstance(secret, str) and secret.isascii() and secret.isprintable() and bool(secret) and " " not in secret


def _number(answer: Mapping[str, Any]) -> str:
    error = answer.get("error")
    return str(error) if isinstance(error, int) and abs(error) < 1_000_000 else "unknown"


def _life(seconds: object) -> timedelta:
    """`expires_in`, a string of seconds. A pair that came must not be lost for it."""
    if not isinstance(seconds, str | int) or not (text := str(seconds)).isascii() or not text.isdigit() or len(text) > 9:
        return LIFE
    shortest, longest = LIVES
    return max(shortest, min(timedelta(seconds=int(text)), longest))
