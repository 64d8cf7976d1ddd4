"""The stub is as strict as the Bot API documents itself, or the tests on it prove nothing."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stubs.bot_api import TOKEN, BotApi, Call, Fault


class Client:
    """Calls methods as a program of somebody else's would."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self.http = httpx.AsyncClient(base_url=f"{api.address}{api.token}", trust_env=False, verify=False)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.http.post(f"/{method}", json=parameters)).json()
        return answer

    async def ids(self, **parameters: Any) -> list[int]:
        return [update["update_id"] for update in (await self.call("getUpdates", **parameters))["result"]]

    async def refusal(self, method: str, **parameters: Any) -> tuple[int, str]:
        answer = await self.call(method, **parameters)
        assert answer["ok"] is False
        return answer["error_code"], answer["description"]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with BotApi() as api:
        asking = Client(api)
        yield asking
        await asking.http.aclose()


async def test_an_update_is_deleted_only_when_a_higher_offset_is_asked_for(client: Client) -> None:
    first, second, third = (client.api.write(42, text) for text in "abc")
    assert await client.ids() == [first, second, third]
    assert await client.ids(limit=2) == [first, second]
    assert await client.ids(offset=second) == [second, third]
    assert await client.ids() == [second, third]
    assert await client.ids(offset=-1) == [third]
    assert await client.ids() == [third]
    assert await client.ids(offset=third + 1) == []


async def test_a_long_poll_ends_when_something_arrives(client: Client) -> None:
    poll = asyncio.create_task(client.ids(timeout=10))
    await client.api.until(lambda: bool(client.api.calls))
    await asyncio.sleep(0.05)
    assert not poll.done()
    update = client.api.write(42, "chào")
    assert await poll == [update]


async def test_a_second_poll_ends_the_first(client: Client) -> None:
    first = asyncio.create_task(client.call("getUpdates", timeout=10))
    await client.api.until(lambda: len(client.api.calls) == 1)
    await client.ids()
    assert (await first)["error_code"] == 409


async def test_updates_that_are_not_asked_for_are_not_kept(client: Client) -> None:
    await client.ids(allowed_updates=["callback_query"])
    client.api.write(42, "chào")
    assert await client.ids() == []


async def test_forms_and_json_bodies_mean_the_same(client: Client) -> None:
    client.api.chat(42)
    keyboard = {"inline_keyboard": [[{"text": "Vay vốn", "callback_data": "a"}]]}
    await client.call("sendMessage", chat_id=42, text="x", reply_markup=keyboard)
    await client.http.post("/sendMessage", data={"chat_id": "42", "text": "x", "reply_markup": json.dumps(keyboard)})
    assert client.api.sent[0].buttons == client.api.sent[1].buttons == (("Vay vốn", "a"),)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("", "message text is empty"), (" \n", "message text is empty"), ("😀" * 2049, "message is too long")],
)
async def test_the_length_of_a_text_is_checked(client: Client, text: str, refusal: str) -> None:
    client.api.chat(42)
    assert await client.refusal("sendMessage", chat_id=42, text=text) == (400, f"Bad Request: {refusal}")
    assert (await client.call("sendMessage", chat_id=42, text="😀" * 2048))["ok"]


@pytest.mark.parametrize(
    "markup",
    [
        "no json",
        "[]",
        {"keyboard": []},
        {"inline_keyboard": {}},
        {"inline_keyboard": ["x"]},
        {"inline_keyboard": [[{"text": "", "callback_data": "x"}]]},
        {"inline_keyboard": [[{"text": "x"}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": "x", "url": "https://x"}]]},
        {"inline_keyboard": [[{"text": "x", "callback_data": "đ" * 33}]]},
    ],
    ids=str,
)
async def test_a_keyboard_must_be_well_formed(client: Client, markup: object) -> None:
    client.api.chat(42)
    assert (await client.refusal("sendMessage", chat_id=42, text="x", reply_markup=markup))[0] == 400
    assert not client.api.sent


PICTURE = "https://dienbien.gov.vn/hop-ban.jpg"


async def test_a_photo_is_taken_from_the_web_or_by_the_id_of_a_file(client: Client) -> None:
    client.api.write_photo(42, "hình này")
    [update] = (await client.call("getUpdates"))["result"]
    sizes = update["message"]["photo"]
    assert update["message"]["caption"] == "hình này"
    assert [size["width"] for size in sizes] == sorted(size["width"] for size in sizes)
    for photo in (PICTURE, sizes[-1]["file_id"]):
        assert (await client.call("sendPhoto", chat_id=42, photo=photo, caption="Họp bản"))["result"]["photo"]
    assert [(sent.text, sent.photo) for sent in client.api.sent] == [("Họp bản", PICTURE), ("Họp bản", sizes[-1]["file_id"])]


@pytest.mark.parametrize("photo", ["", "short", "http://dienbien.gov.vn/x.jpg", "https://", "/etc/passwd", "a b c d e f g"])
async def test_a_photo_that_cannot_be_got_is_refused(client: Client, photo: str) -> None:
    client.api.chat(42)
    refusal = (400, "Bad Request: wrong file identifier/HTTP URL specified")
    assert await client.refusal("sendPhoto", chat_id=42, photo=photo) == refusal
    assert not client.api.sent


async def test_the_text_under_a_photo_is_shorter_than_a_message(client: Client) -> None:
    client.api.chat(42)
    given: dict[str, Any] = {"chat_id": 42, "photo": PICTURE}
    assert await client.refusal("sendPhoto", **given, caption="x" * 1025) == (400, "Bad Request: message caption is too long")
    assert (await client.refusal("sendPhoto", **given, caption="😀" * 513))[0] == 400
    assert (await client.call("sendPhoto", **given, caption="😀" * 512))["ok"]
    assert (await client.refusal("sendPhoto", **given, text="x"))[0] == 400


async def test_strangers_and_people_who_blocked_cannot_be_written_to(client: Client) -> None:
    assert await client.refusal("sendMessage", chat_id=42, text="x") == (400, "Bad Request: chat not found")
    client.api.block(42)
    assert await client.refusal("sendMessage", chat_id=42, text="x") == (403, "Forbidden: bot was blocked by the user")
    assert (await client.refusal("sendChatAction", chat_id=42, action="typing"))[0] == 403


async def test_what_is_not_documented_is_refused(client: Client) -> None:
    client.api.chat(42)
    assert (await client.refusal("sendMessage", chat_id=42, text="x", colour="red"))[0] == 400
    assert (await client.refusal("sendMessage", chat_id="mai", text="x"))[0] == 400
    assert (await client.refusal("sendChatAction", chat_id=42, action="dance"))[0] == 400
    assert (await client.refusal("answerCallbackQuery", callback_query_id="1"))[0] == 400
    assert (await client.refusal("getUpdates", limit=0))[0] == 400
    assert (await client.refusal("sendPigeon"))[0] == 404


async def test_only_the_right_token_is_let_in(client: Client) -> None:
    for token, code in (("1:wrong", 401), ("nonsense", 404)):
        answer = await client.http.post(f"{client.api.address}{token}/getMe")
        assert answer.status_code == answer.json()["error_code"] == code
    assert (await client.call("getMe"))["result"]["is_bot"] is True


async def test_buttons_can_be_taken_away_once(client: Client) -> None:
    client.api.chat(42)
    keyboard = {"inline_keyboard": [[{"text": "Vay vốn", "callback_data": "a"}]]}
    sent = (await client.call("sendMessage", chat_id=42, text="x", reply_markup=keyboard))["result"]
    given = {"chat_id": 42, "message_id": sent["message_id"]}
    assert "reply_markup" not in (await client.call("editMessageReplyMarkup", **given))["result"]
    assert await client.refusal("editMessageReplyMarkup", **given) == (400, "Bad Request: message is not modified")
    assert (await client.refusal("editMessageReplyMarkup", chat_id=42, message_id=999))[0] == 400


async def test_a_press_is_known_until_it_is_answered(client: Client) -> None:
    client.api.chat(42)
    keyboard = {"inline_keyboard": [[{"text": "Vay vốn", "callback_data": "a"}]]}
    await client.call("sendMessage", chat_id=42, text="x", reply_markup=keyboard)
    client.api.press(42, "Vay vốn")
    [update] = (await client.call("getUpdates"))["result"]
    assert update["callback_query"]["data"] == "a"
    assert (await client.call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"]))["ok"]
    assert all(client.api.queries.values())


async def test_a_scripted_fault_happens_as_often_as_it_was_scripted(client: Client) -> None:
    client.api.chat(42), client.api.chat(43)
    client.api.fail("sendMessage", 429, chat=42, retry_after=5)
    assert (await client.call("sendMessage", chat_id=43, text="x"))["ok"]
    refused = await client.call("sendMessage", chat_id=42, text="x")
    assert refused["parameters"] == {"retry_after": 5}
    assert (await client.call("sendMessage", chat_id=42, text="x"))["ok"]


async def test_chaos_decides_call_by_call_and_before_what_was_scripted(client: Client) -> None:
    client.api.chat(42), client.api.chat(43)

    def chaos(call: Call) -> Fault | None:
        return Fault(status=502, description="Bad Gateway") if call.chat == 43 else None

    client.api.chaos = chaos
    client.api.fail("sendMessage", 500)
    for _ in range(2):
        assert await client.refusal("sendMessage", chat_id=43, text="x") == (502, "Bad Gateway")
    assert (await client.refusal("sendMessage", chat_id=42, text="x"))[0] == 500
    assert (await client.call("sendMessage", chat_id=42, text="x"))["ok"]


async def test_the_fullest_second_is_counted_with_or_without_what_was_refused(client: Client) -> None:
    client.api.calls = [Call(at, "sendMessage", {}, status=status) for at, status in ((0.5, 429), (0.0, 200), (0.9, 200))]
    client.api.calls += [Call(1.0, "sendMessage", {}, status=200), Call(0.1, "sendPhoto", {}, status=200)]
    assert client.api.max_in_any_second() == 3
    assert client.api.max_in_any_second(refused=False) == 2
    assert client.api.max_in_any_second("sendPhoto") == 1
    assert client.api.max_in_any_second("getMe") == 0


async def test_a_forward_says_so_and_a_group_has_its_own_chat(client: Client) -> None:
    client.api.forward(42, "tin đồn")
    client.api.write_group(-100, 42, "/menu")
    forwarded, grouped = (update["message"] for update in (await client.call("getUpdates"))["result"])
    assert forwarded["forward_origin"]["type"] == "user"
    assert (grouped["chat"]["id"], grouped["chat"]["type"], grouped["from"]["id"]) == (-100, "supergroup", 42)
    assert (await client.call("sendMessage", chat_id=-100, text="x"))["result"]["chat"]["type"] == "supergroup"


async def test_a_block_is_told_only_on_request_and_a_return_always(client: Client) -> None:
    client.api.block(42)
    assert await client.ids() == []
    client.api.block(43, tell=True)
    client.api.unblock(43)
    changes = [update["my_chat_member"] for update in (await client.call("getUpdates"))["result"]]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "member"]
    assert (await client.call("sendMessage", chat_id=43, text="x"))["ok"]


async def test_any_data_can_be_pressed_with_or_without_a_message_under_it(client: Client) -> None:
    client.api.press_data(42, "made-up")
    sent = (await client.call("sendMessage", chat_id=42, text="x"))["result"]
    client.api.press_data(42, "stolen")
    first, second = (update["callback_query"] for update in (await client.call("getUpdates"))["result"])
    assert (first["data"], second["data"], second["message"]["message_id"]) == ("made-up", "stolen", sent["message_id"])


async def test_as_a_process_it_serves_everybody_and_tells_at_the_end_what_came() -> None:
    command = (sys.executable, "-m", "tests.stubs.bot_api", "--port", "0", "--people", "3", "--quiet")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[2], stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    address = re.match(r"LOABAN_TELEGRAM_API=(\S+)", (await process.stdout.readline()).decode())
    assert address is not None
    async with httpx.AsyncClient(trust_env=False, verify=False) as http:
        for chat in (1, 3, 4):
            await http.post(f"{address[1]}{TOKEN}/sendMessage", json={"chat_id": chat, "text": "x"})
    told, _ = await process.communicate(b"")
    assert json.loads(told)["sent"] == 2
    assert json.loads(told)["most_in_a_second"] in (1, 2, 3)
    assert process.returncode == 0


@pytest.mark.parametrize(("drop", "arrived"), [("before", 0), ("after", 1)])
async def test_a_cut_connection_may_hide_that_the_call_acted(client: Client, drop: Any, arrived: int) -> None:
    client.api.chat(42)
    client.api.fail("sendMessage", drop=drop)
    with pytest.raises(httpx.RemoteProtocolError):
        await client.call("sendMessage", chat_id=42, text="x")
    assert len(client.api.sent) == arrived
    assert client.api.calls[-1].status == 0
