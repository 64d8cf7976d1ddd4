"""Consultation messages of a Zalo Official Account: one call each, with an access token that is renewed when it has ended."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from bot.channels.reaching import never_left
from bot.channels.reading import json_in
from bot.channels.serving import SENDS_IN_FLIGHT
from bot.channels.trust import trusted
from bot.channels.zalo_oa.errors import EXPIRED, zalo_oa_error
from bot.delivery.pause import Pause
from bot.errors import SendError
from bot.logs import HIDDEN

SEND_SECONDS = 15.0


class TokenSource(Protocol):
    """Where access tokens come from, see `TokenRefresher`."""

    async def access(self) -> str: ...

    async def renew(self, stale: str) -> str: ...

    async def close(self) -> None: ...


class ZaloOaClient:
    """`api` is the base URL."""

    def __init__(self, api: str, tokens: TokenSource, pause: Pause) -> None:
        self._address = f"{api}/v3.0/oa/message/cs"
        self._tokens = tokens
        self._pause = pause
        self._client = httpx.AsyncClient(
            verify=trusted(), timeout=SEND_SECONDS, limits=httpx.Limits(max_connections=SENDS_IN_FLIGHT)
        )

    async def deliver(self, user: str, text: str) -> str:
        """Send one message and return its id. Raises SendError."""
        access = await self._tokens.access()
        answer = await self._call(access, user, text)
        if _error(answer) in EXPIRED:
            access = await self._tokens.renew(access)
            answer = await self._call(access, user, text)
        if error := _error(answer):
            raise zalo_oa_error(error, str(answer.get("message", "")).replace(access, HIDDEN))
        data = answer.get("data")
        return str(data.get("message_id", "")) if isinstance(data, dict) else ""

    async def close(self) -> None:
        await self._tokens.close()
        await self._client.aclose()

    async def _call(self, access: str, user: str, text: str) -> dict[str, Any]:
        """One request and its answer, which has a number under `error`. Raises SendError where there is none."""
        self._pause.check()
        message = {"recipient": {"user_id": user}, "message": {"text": text}}
        try:
            async with asyncio.timeout(SEND_SECONDS):  # httpx counts each step on its own
                response = await self._client.post(
                    self._address, content=json.dumps(message).encode(), headers=_headers(access)
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            # Only its kind, and nothing of what it came from: that may hold the token.
            raise SendError("unreachable", type(error).__name__, never_left=never_left(error)) from None
        answer = json_in(response.content)
        if response.status_code >= 500 or not isinstance(answer, dict) or _error(answer) is None:
            raise SendError("unreachable", f"HTTP {response.status_code} without an answer that can be read")
        return answer


def _headers(access: str) -> dict[str, str]:
    return {"access_token": access, "Content-Type": "application/json"}


def _error(answer: Mapping[str, Any]) -> int | None:
    error = answer.get("error")
    if isinstance(error, str) and re.fullmatch(r"-?[0-9]{1,9}", error):
        return int(error)
    return error if isinstance(error, int) and not isinstance(error, bool) else None
