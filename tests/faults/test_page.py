"""`kill -9` in a talk on the page: what somebody wrote is answered once, and an open page shows each message once."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx

from tests.page import SAME_ORIGIN, Page, nonce
from tests.processes import forked, free_port
from tests.stubs.bot_api import BotApi
from tests.waiting import PATIENCE, until

KILLS = int(os.environ.get("FAULTS_KILLS", "4"))
MESSAGES = 2  # around two kills: more in so short a time are slowed down
AGAIN = 0.05  # seconds until somebody tries once more


class Talker:
    """A browser that sends a form until it is answered, and another one that shows what is new. Both outlive the server."""

    def __init__(self, address: str) -> None:
        self.client = httpx.AsyncClient(base_url=address, timeout=PATIENCE)
        self.token = ""
        self.shown: list[tuple[int, bool, str]] = []

    async def says(self, text: str) -> None:
        sent = {"so": nonce(), "noi_dung": text, "ma": self.token or (await self._first()).forms["f"]["ma"]}
        self.token = sent["ma"]
        while True:
            with suppress(httpx.TransportError):
                answer = await self.client.post("/", data=sent, headers={**SAME_ORIGIN, **self._cookie})
                if answer.status_code in (200, 303):
                    return
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(AGAIN)

    async def listens(self) -> None:
        while True:
            with suppress(httpx.TransportError):
                last = self.shown[-1][0] if self.shown else 0
                headers = {**self._cookie, "last-event-id": str(last)}
                async with self.client.stream("GET", "/dong", headers=headers) as stream:
                    await self._read(stream)
            await asyncio.sleep(AGAIN)

    async def page(self) -> Page:
        return Page((await self.client.get("/?het=1", headers=self._cookie)).text)

    async def _read(self, stream: httpx.Response) -> None:
        data: list[str] = []
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                data.append(line.removeprefix("data: "))
            elif not line and data:
                self.shown += [(said.id, said.mine, said.text) for said in Page("\n".join(data)).said]
                data = []

    async def _first(self) -> Page:
        while True:
            with suppress(httpx.TransportError):
                return Page((await self.client.get("/")).text)
            await asyncio.sleep(AGAIN)

    @property
    def _cookie(self) -> Mapping[str, str]:
        return {"cookie": f"loaban={self.token}"} if self.token else {}


async def test_kills_in_a_talk_lose_nothing_and_repeat_nothing(tmp_path: Path, tiny_home: Path) -> None:
    chance, port = random.Random(20261130), free_port()
    texts: list[str] = []
    listen, db = f"127.0.0.1:{port}", tmp_path / "page.db"
    talker = Talker(f"http://{listen}")
    verb = ("bot", "--home", str(tiny_home), "web", "--listen", listen, "--console", "127.0.0.1:0", "--db", str(db))
    async with BotApi() as unused, forked(unused, db, *verb, LOABAN_CACHE=str(tmp_path / "cache")) as under_test:
        listening = None
        for kill in range(KILLS // 2):
            await under_test.start()
            talking = asyncio.create_task(_say(talker, [f"câu {kill}.{number}" for number in range(MESSAGES)], texts))
            await until(lambda: bool(talker.token))
            listening = listening or asyncio.create_task(talker.listens())
            await asyncio.sleep(chance.uniform(0.0, 0.3) if kill % 2 else chance.uniform(0.6, 1.2))
            await under_test.signalled(signal.SIGKILL)
            await under_test.start()
            await talking
            await under_test.signalled(signal.SIGKILL)
        await under_test.start()
        await talker.says("câu cuối")
        page = await talker.page()
        await until(lambda: len(talker.shown) >= len(page.said))
        assert listening is not None
        listening.cancel()
        code, logged = await under_test.signalled(signal.SIGTERM)
    await talker.client.aclose()
    mine = Counter(said.text for said in page.said if said.mine)
    assert mine == Counter([*texts, "câu cuối"])
    assert set(mine.values()) == {1}
    assert len(page.said) >= 2 * len(mine), "each was answered"
    assert [(said.id, said.mine, said.text) for said in page.said] == talker.shown
    assert code == 0
    assert "Traceback" not in logged
    assert talker.token not in logged


async def _say(talker: Talker, texts: list[str], said: list[str]) -> None:
    for text in texts:
        said.append(text)
        await talker.says(text)
