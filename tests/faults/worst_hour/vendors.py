"""Telegram and Zalo on a bad day: they bring updates until these are taken, and refuse, throttle and lose messages."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from bot.channels.telegram.webhook import SECRET_HEADER
from bot.channels.zalo_bot.webhook import SECRET_HEADER as ZALO_SECRET_HEADER
from tests.faults.worst_hour.mailbox import Arrival, Mailbox
from tests.stubs import bot_api, zalo_bot
from tests.stubs.bot_api import BotApi, Refusal
from tests.stubs.zalo_bot import ZaloBotApi

SECRET = "a-secret-that-only-vendors-know"
ANSWERS_LOST = 0.05  # of the responses to webhooks, which the vendor then brings again
AT_ONCE = 8
LOOK_AGAIN = 0.1
SILENCE = 1  # seconds that a 429 asks for
TOO_MANY, FORBIDDEN, BAD_GATEWAY = 429, 403, 502

Mode = Literal["polling", "webhook"]


@dataclass
class Vendors:
    """Both, with everybody's mailboxes. `port` is where webhooks are brought; `calm` ends all trouble of theirs."""

    chance: random.Random
    telegram: BotApi = field(default_factory=lambda: BotApi(latency=0.02))
    zalo: ZaloBotApi = field(default_factory=lambda: ZaloBotApi(latency=0.02))
    mode: Mode = "polling"
    port: int = 0
    calm: bool = False
    did: Counter[str] = field(default_factory=Counter)
    lost: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))  # chat → when an answer got lost
    _events: list[dict[str, Any]] = field(default_factory=list)  # of Zalo, which are not taken yet

    def __post_init__(self) -> None:
        self.by_telegram: Mailbox[bot_api.Sent] = Mailbox()
        self.by_zalo: Mailbox[zalo_bot.Sent] = Mailbox()
        self.telegram.sent, self.zalo.sent = self.by_telegram, self.by_zalo
        self.telegram.chaos = self._trouble

    def arrivals(self, chat: str) -> list[Arrival]:
        """What came to somebody, oldest first. No id is one of both vendors."""
        return self.by_telegram.by_chat[chat] or self.by_zalo.by_chat[chat]

    def offers(self, chat: str, label: str) -> bool:
        """Whether somebody on Telegram has a button of this name."""
        return any(label == name for sent in self.by_telegram if str(sent.chat) == chat for name, _ in sent.buttons)

    @property
    def bring_something(self) -> bool:
        """Whether anything was written or tapped that was not taken yet."""
        return bool(self.telegram.pending or self._events)

    def write(self, channel: str, chat: str, text: str) -> None:
        """Somebody writes; the vendor brings it, or it is fetched."""
        if channel == "telegram":
            self.telegram.write(int(chat), text)
        else:
            self._events.append(self.zalo.event(chat, text=text))

    # --- what they bring ----------------------------------------------------------------------------------------------

    async def bring(self) -> None:
        """Until cancelled: a chat's next update after the one before was taken, and again until it was.

        Zalo's polling forgets what it has handed out, so nothing of Zalo is fetched here.
        """
        async with httpx.AsyncClient(verify=False, timeout=15) as client:
            while True:
                if self.mode == "webhook":
                    firsts = {_chat(update): update for update in reversed(self.telegram.pending)}
                    events = {event["message"]["chat"]["id"]: event for event in reversed(self._events)}
                    await asyncio.gather(
                        *(self._bring_update(client, update) for update in list(firsts.values())[:AT_ONCE]),
                        *(self._bring_event(client, event) for event in list(events.values())[:AT_ONCE]),
                    )
                await asyncio.sleep(LOOK_AGAIN)

    async def _bring_update(self, client: httpx.AsyncClient, update: dict[str, Any]) -> None:
        response = await self._post(client, "telegram", update, SECRET_HEADER)
        if response is None or update not in self.telegram.pending:
            return
        self.telegram.pending.remove(update)
        if response.content:
            try:
                await self.telegram.perform(response.json())
            except Refusal:
                self.did["refused in a response"] += 1

    async def _bring_event(self, client: httpx.AsyncClient, event: dict[str, Any]) -> None:
        if await self._post(client, "zalo-bot", event, ZALO_SECRET_HEADER) is not None:
            self._events.remove(event)

    async def _post(self, client: httpx.AsyncClient, path: str, body: object, header: str) -> httpx.Response | None:
        """The response, where the update was taken and the vendor saw that it was."""
        try:
            response = await client.post(f"http://127.0.0.1:{self.port}/{path}", json=body, headers={header: SECRET})
        except httpx.TransportError:
            self.did["nobody took an update"] += 1
            return None
        if response.status_code != httpx.codes.OK:
            self.did[f"an update was answered with {response.status_code}"] += 1
            return None
        if not self.calm and self.chance.random() < ANSWERS_LOST:
            self.did["answers to updates lost"] += 1
            return None
        return response

    # --- what they refuse ---------------------------------------------------------------------------------------------

    def _trouble(self, call: bot_api.Call) -> bot_api.Fault | None:
        if self.calm or call.method != "sendMessage" or call.chat is None or call in self.telegram.answers[-1:]:
            return None  # what stands in a response is done or not, and nobody would be told
        what = self.chance.random()
        if what < 0.004:
            self.did["429"] += 1
            parameters = {"retry_after": SILENCE}
            return bot_api.Fault(status=TOO_MANY, description="Too Many Requests: retry later", parameters=parameters)
        if what < 0.014:
            self.did["502"] += 1
            return bot_api.Fault(status=BAD_GATEWAY, description="Bad Gateway")
        if what < 0.024:
            self._lose(str(call.chat))
            return bot_api.Fault(drop="after")
        if what < 0.03:
            self.did["slow"] += 1
            return bot_api.Fault(delay=1.0)
        return None

    def trouble_zalo(self) -> None:
        """Some of Zalo's next calls fail."""
        code = self.chance.choice((TOO_MANY, 500, 408))
        self.did[f"Zalo {code}"] += 1
        self.zalo.fail("sendMessage", code, times=self.chance.randint(1, 4))

    def _lose(self, chat: str) -> None:
        self.did["answers to messages lost"] += 1
        self.lost[chat].append(time.monotonic())

    def mend(self) -> None:
        self.calm = True
        self.zalo.mend()


def _chat(update: dict[str, Any]) -> int:
    """Of a message, or of the message under a button that was tapped."""
    query = update.get("callback_query")
    message = query["message"] if query else next(value for value in update.values() if isinstance(value, dict))
    return int(message["chat"]["id"])
