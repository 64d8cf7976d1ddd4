"""`loaban run` with the page beside Telegram: a resident without scripts asks, an officer answers, through a `kill -9`."""

from __future__ import annotations

import signal
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot.model import Address
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO
from tests.page import SAME_ORIGIN, Page
from tests.processes import forked, free_port
from tests.stubs.bot_api import BotApi
from tests.waiting import PATIENCE, until

OFFICER = 77
FOREIGN = "tối nay đá bóng mấy giờ"


class Resident:
    """A browser without scripts; it keeps its cookie."""

    def __init__(self, client: httpx.Client) -> None:
        self.client, self.page = client, Page("<html></html>")

    def opens(self) -> Page | None:
        """None where nobody answers."""
        with suppress(httpx.TransportError):
            self.page = Page(self.client.get("/").text)
            return self.page
        return None

    def says(self, text: str) -> None:
        self._sends({**self.page.forms["f"], "noi_dung": text})

    def taps(self, words: str) -> None:
        value = next(value for label, name, value in reversed(self.page.buttons) if label == words and name == "chon")
        self._sends({**self.page.forms["c"], "chon": value})

    def _sends(self, fields: dict[str, str]) -> None:
        answer = self.client.post("/", data=fields, headers=SAME_ORIGIN, follow_redirects=True)
        assert answer.status_code == 200
        self.page = Page(answer.text)


async def test_a_question_goes_to_an_officer_on_telegram_and_the_answer_is_on_the_page(tmp_path: Path, cache: Path) -> None:
    db, port = tmp_path / "loaban.db", free_port()
    with closing(SqliteStore(db)) as store, store.writing() as transaction:
        transaction.add_staff("officer", (BUNG_LAO,), "", Address("telegram", str(OFFICER)), datetime.now(UTC))
    settings = {"LOABAN_CACHE": str(cache), "LOABAN_WEB_LISTEN": f"127.0.0.1:{port}", "LOABAN_LISTEN": "127.0.0.1:0"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
        resident = Resident(client)
        async with BotApi() as api, forked(api, db, "bot", "run", **settings) as running:
            api.chat(OFFICER)
            await running.start()
            await until(lambda: resident.opens() is not None)
            resident.says(FOREIGN)
            resident.taps("Chuyển câu hỏi cho cán bộ xã")
            resident.says("xã Búng Lao")
            resident.taps("Đồng ý, chuyển đi")
            assert "mở lại trang này" in resident.page.last.text
            await running.signalled(signal.SIGKILL)
            await running.start()
            await api.until(lambda: any(FOREIGN in text for text in api.texts(OFFICER)))
            api.write(OFFICER, "nhận 1")
            api.write(OFFICER, "1: Bà con hỏi nhà văn hóa xã nhé.")
            await until(lambda: resident.opens() is not None and "nhà văn hóa xã" in resident.page.last.text)
            code, logged = await running.signalled(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in logged
    assert "đá bóng" not in logged
    assert client.cookies["loaban"] not in logged
