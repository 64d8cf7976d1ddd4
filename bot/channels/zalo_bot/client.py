"""The calls of the Zalo Bot Platform: JSON there, an envelope back, and the token in every address."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx

from bot.channels.courtesies import IN_FLIGHT as COURTESIES_IN_FLIGHT
from bot.channels.reaching import never_left
from bot.channels.reading import json_in
from bot.channels.serving import SENDS_IN_FLIGHT
from bot.channels.trust import trusted
from bot.channels.zalo_bot.errors import IDLE, zalo_bot_error
from bot.errors import SendError
from bot.logs import HIDDEN

LONGEST_DETAIL = 200  # characters of a vendor's explanation that are kept

CONNECTIONS = 1 + SENDS_IN_FLIGHT + COURTESIES_IN_FLIGHT  # the first is for polling
CONNECT_SECONDS = 10.0
SEND_SECONDS = 15.0
POLL_SLACK_SECONDS = 10.0


class ZaloBotClient:
    """All its methods raise SendError, whose text tells no secret. `api` is the address up to and including `/bot`."""

    def __init__(self, token: str, api: str, secret: str) -> None:
        self._secrets = tuple(filter(None, (token, secret)))
        self._base = f"{api}{token}/"
        self._client = httpx.AsyncClient(verify=trusted(), limits=httpx.Limits(max_connections=CONNECTIONS))

    async def call(self, method: str, asked: Mapping[str, object]) -> Any:
        """What stands under `result`."""
        return self._result(*await self._post(method, asked, SEND_SECONDS))

    async def poll(self, seconds: int) -> object:
        """The whole answer to getUpdates, where it holds an event, or says that there was none."""
        status, body = await self._post("getUpdates", {"timeout": seconds}, seconds + POLL_SLACK_SECONDS)
        bare = isinstance(body, dict) and "ok" not in body and "event_name" in body
        if not bare and _code(status, body) != IDLE:
            self._result(status, body)
        return body

    async def show_typing(self, user: str) -> None:
        await self.call("sendChatAction", {"chat_id": user, "action": "typing"})

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, method: str, asked: Mapping[str, object], seconds: float) -> tuple[int, object]:
        """HTTP status and parsed body, None where it is not JSON. Raises SendError where there is no answer."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS + seconds):
                response = await self._client.post(
                    self._base + method,
                    content=json.dumps(asked).encode("ascii"),  # escaped, so that nothing a person wrote cannot be encoded
                    headers={"Content-Type": "application/json"},
                    timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
                )
        except (httpx.HTTPError, TimeoutError) as error:  # its text may hold the address, and the address holds the token
            raise SendError("unreachable", type(error).__name__, never_left=never_left(error)) from None
        except (httpx.InvalidURL, UnicodeError) as error:
            raise SendError("setup", f"LOABAN_ZALO_BOT_API or LOABAN_ZALO_BOT_TOKEN: {type(error).__name__}") from None
        return response.status_code, json_in(response.content)

    def _result(self, status: int, body: object) -> Any:
        """What stands in an envelope that says ok, whatever the HTTP status. Raises SendError for any other."""
        if isinstance(body, dict) and body.get("ok") is True:
            return body.get("result")
        if not isinstance(body, dict) and status not in (401, 429):  # the answer of something between us and Zalo
            raise SendError("unreachable", f"HTTP {status} without JSON")
        said = body.get("description") if isinstance(body, dict) else ""
        raise zalo_bot_error(status, _error_code(body), self._harmless(said) if isinstance(said, str) else "")

    def _harmless(self, said: str) -> str:
        """An explanation that may be logged, even where it quotes what we sent."""
        for secret in self._secrets:
            said = said.replace(secret, HIDDEN)
        return said[:LONGEST_DETAIL]


def _code(status: int, body: object) -> int:
    """What an answer that is not ok says of itself; 200 for one that is ok."""
    if isinstance(body, dict) and body.get("ok") is True:
        return 200
    code = _error_code(body)
    return status if code is None else code


def _error_code(body: object) -> int | None:
    code = body.get("error_code") if isinstance(body, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None
