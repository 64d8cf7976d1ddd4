"""`loaban run` as residents meet it: the real command, as a process, on a strict Bot API stub."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.processes import process
from tests.stubs.bot_api import BotApi

FARMER, WORKER = 11, 12


async def test_a_farmer_is_greeted_answered_and_taps_the_next_question(tmp_path: Path, cache: Path) -> None:
    async with BotApi() as api, process(api, tmp_path / "loaban.db", "bot", "run", LOABAN_CACHE=str(cache)) as loaban:
        await loaban.start()
        api.write(FARMER, "/start")
        await api.until(lambda: len(api.texts(FARMER)) == 1)
        assert "máy trả lời tự động" in api.texts(FARMER)[0]

        api.write(FARMER, "muon vay von ngan hang chinh sach thi lam thu tuc the nao")
        await api.until(lambda: len(api.texts(FARMER)) == 2)
        assert "tổ tiết kiệm và vay vốn" in api.texts(FARMER)[1]
        assert "Nguồn:" in api.texts(FARMER)[1]

        api.press(FARMER, "Xem thêm")
        await api.until(lambda: len(api.texts(FARMER)) == 3)
        assert "tổ trưởng" in api.texts(FARMER)[2]

        api.press(FARMER, "Những ai được vay ngân hàng chính sách?")
        await api.until(lambda: len(api.texts(FARMER)) == 4)
        assert "hộ nghèo" in api.texts(FARMER)[3]
        code, logged = await loaban.signalled(signal.SIGTERM)
    assert code == 0
    assert api.token not in logged
    assert "Traceback" not in logged
    assert "vay von" not in logged, "the text of a message stands in the log"


async def test_a_question_asked_while_the_bot_is_killed_is_answered_once_it_is_back(tmp_path: Path, cache: Path) -> None:
    async with (
        BotApi(latency=0.2) as api,
        process(api, tmp_path / "loaban.db", "bot", "run", LOABAN_CACHE=str(cache)) as loaban,
    ):
        await loaban.start()
        api.write(WORKER, "How much do workers earn in Japan?")
        await api.until(lambda: bool(api.calls_of("sendMessage", WORKER)))
        await loaban.signalled(signal.SIGKILL)
        api.write(WORKER, "And in which countries can we work?")
        await loaban.start()
        await api.until(lambda: any("Qatar" in text for text in api.texts(WORKER)))
        await loaban.signalled(signal.SIGTERM)
    answers = api.texts(WORKER)
    introductions = [text for text in answers if text.startswith("Hello. This is Loa Bản")]
    assert any("VND 20-30 million a month" in text for text in answers)
    assert 1 <= len(introductions) <= 2, "a reply in flight at the kill may come twice, but a resident is introduced once"


async def test_a_repeated_update_a_forged_button_and_an_old_one_have_no_effect(tmp_path: Path, cache: Path) -> None:
    async with BotApi() as api, process(api, tmp_path / "loaban.db", "bot", "run", LOABAN_CACHE=str(cache)) as loaban:
        await loaban.start()
        update = api.write(FARMER, "xoa nha tam duoc bao nhieu tien moi nha")
        await api.until(lambda: len(api.texts(FARMER)) == 2)
        api.repeat(update)
        await loaban.polled()
        await loaban.polled()
        assert len(api.texts(FARMER)) == 2

        token = next(data for sent in api.sent if sent.chat == FARMER for _, data in sent.buttons)
        stranger = api.message(WORKER, text="x")
        api.push(
            "callback_query", {"id": "1", "from": api.user(WORKER), "chat_instance": "1", "message": stranger, "data": token}
        )
        await api.until(lambda: len(api.texts(WORKER)) >= 1)
        assert not any("triệu" in text for text in api.texts(WORKER)), "somebody else's button was obeyed"
        await loaban.signalled(signal.SIGTERM)


async def test_without_a_token_the_command_says_which_setting_is_missing(tmp_path: Path) -> None:
    async with BotApi() as api, process(api, tmp_path / "loaban.db", "bot", "run", LOABAN_TELEGRAM_TOKEN="") as loaban:
        await loaban.start()
        assert loaban.running is not None
        _, logged = await loaban.running.communicate()
        code, loaban.running = loaban.running.returncode, None
    assert code == 1
    assert "LOABAN_TELEGRAM_TOKEN" in logged.decode()


async def test_health_tells_a_living_process_from_a_dead_one(tmp_path: Path, cache: Path) -> None:
    async with BotApi() as api, process(api, tmp_path / "loaban.db", "bot", "run", LOABAN_CACHE=str(cache)) as loaban:
        await loaban.start()
        await loaban.polled()
        async with process(api, tmp_path / "loaban.db", "bot", "health") as health:
            await health.start()
            assert health.running is not None
            await health.running.communicate()
            assert health.running.returncode == 0
            health.running = None
        async with process(api, tmp_path / "none.db", "bot", "health") as health:
            await health.start()
            assert health.running is not None
            _, logged = await health.running.communicate()
            assert health.running.returncode == 1
            assert "LOABAN_DB" in logged.decode()
            health.running = None
        await loaban.signalled(signal.SIGTERM)
