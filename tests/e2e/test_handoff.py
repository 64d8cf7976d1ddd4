"""A resident on Zalo is handed to an officer on Telegram and back, through crashes: the real `loaban run` between two stubs."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

from tests.processes import forked, invited
from tests.stubs.bot_api import BotApi
from tests.stubs.zalo_bot import ZaloBotApi
from tests.waiting import until

OFFICER, COLLEAGUE = 21, 22
FARMER = "84001"
QUESTION = "xe may hong xich thi thay o dau, so toi la 0912345678"
ANSWER = "Bà con ra chợ Búng Lao, quán anh bán phụ tùng đầu chợ."


def joined(telegram: BotApi, chat: int) -> bool:
    return "cán bộ xã Búng Lao" in "".join(telegram.texts(chat))


async def test_a_resident_on_zalo_and_an_officer_on_telegram_reach_each_other_through_crashes(
    tmp_path: Path, cache: Path
) -> None:
    db = tmp_path / "loaban.db"
    async with BotApi() as telegram, ZaloBotApi() as zalo:
        settings = {
            "LOABAN_CACHE": str(cache),
            "LOABAN_ZALO_BOT_TOKEN": zalo.token,
            "LOABAN_ZALO_BOT_API": zalo.address,
            "LOABAN_ZALO_BOT_POLL_SECONDS": "1",
        }

        def resident() -> str:
            return "\n".join(zalo.texts(FARMER))

        def officer() -> str:
            return "\n".join(telegram.texts(OFFICER))

        async def asks(text: str, expected: str) -> None:
            before = len(zalo.texts(FARMER))
            zalo.write(FARMER, text)
            await until(lambda: expected in "\n".join(zalo.texts(FARMER)[before:]))

        async with forked(telegram, db, "bot", "run", **settings) as running:
            await running.start()
            for chat in (OFFICER, COLLEAGUE):
                code = await invited(db, "--role", "officer", "--place", "bung lao")
                telegram.write(chat, f"/join {code}")
                await until(partial(joined, telegram, chat))

            await asks(QUESTION, "Chuyển câu hỏi cho cán bộ xã")
            number = re.search(r"(\d+)\. Chuyển câu hỏi cho cán bộ xã", resident())
            assert number is not None
            await asks(number[1], "ở xã, phường nào")
            await asks("Bung Lao", "Bà con đồng ý chuyển chứ?")
            telegram.fail("sendMessage", status=502, description="Bad Gateway", times=1000)
            await asks("đồng ý", "câu hỏi số 1")

            # The officers could not be reached yet, and the machine loses power.
            await running.signalled(signal.SIGKILL)
            assert "Việc 1" not in officer()
            telegram.mend()
            await running.start()
            await until(lambda: "Việc 1" in officer() and "Việc 1" in "".join(telegram.texts(COLLEAGUE)))
            assert "xe may hong xich" in officer()
            assert "0912345678" not in officer()
            assert FARMER not in officer()

            telegram.press(OFFICER, "Nhận")
            await until(lambda: "đã nhận câu hỏi số 1" in resident())
            telegram.press(COLLEAGUE, "Nhận")
            await until(lambda: "đã có cán bộ xã Búng Lao (số" in "".join(telegram.texts(COLLEAGUE)))

            # The answer is written, Zalo is down, and the machine loses power again.
            zalo.fail("sendMessage", status=502, raw=b"Bad Gateway", times=1000)
            telegram.write(OFFICER, f"1: {ANSWER}")
            await until(lambda: "Đã gửi cho người hỏi của việc 1" in officer())
            await running.signalled(signal.SIGKILL)
            assert ANSWER not in resident()
            zalo.mend()
            await running.start()
            await until(lambda: ANSWER in resident())
            assert "Cán bộ xã Búng Lao" in zalo.texts(FARMER)[-1]

            # Quiet while the officer has the talk, and back when it is over.
            before = len(zalo.texts(FARMER))
            zalo.write(FARMER, "vay von sinh vien duoc bao nhieu")
            await until(lambda: "vay von sinh vien" in officer())
            assert len(zalo.texts(FARMER)) == before
            telegram.write(OFFICER, "xong 1")
            await until(lambda: "Loa Bản lại ở đây" in resident())
            await asks("vay von sinh vien duoc bao nhieu", "triệu đồng")
            code_, logged = await running.signalled(signal.SIGTERM)
    assert code_ == 0
    assert "Traceback" not in logged
    assert "xich" not in logged
    with closing(sqlite3.connect(db)) as connection:
        assert connection.execute("SELECT number, state, owner FROM cases").fetchall() == [(1, "closed", 1)]
        assert connection.execute("SELECT COUNT(*) FROM replies").fetchone() == (0,)
