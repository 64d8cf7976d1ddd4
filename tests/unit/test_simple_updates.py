"""A simple update read without the library gives what the library gives; anything else is left to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.parsing import parsed_update
from bot.channels.telegram.parts import keyboard, rows_of_buttons
from bot.channels.telegram.repeats import Repeats
from bot.channels.telegram.simple import read_simple
from bot.channels.telegram.updates import read_once
from bot.model import Button, Incoming

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
AT = int(NOW.timestamp())

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just([]), st.just([1]), st.just({})
)
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from(["/start", "/menu@LoaBanBot", "/Menu@x y", " ", "vay vốn\ud800"]))
NUMBERS = st.one_of(st.integers(-3, 1 << 40), st.just(0))
DATES = st.one_of(st.integers(AT - 10_000_000, AT + 10_000_000), st.sampled_from([0, -1, 1 << 31, (1 << 32) - 1, 1 << 40, AT]))
PEOPLE = st.fixed_dictionaries(
    {"id": NUMBERS, "is_bot": st.booleans(), "first_name": st.text(max_size=5)},
    optional={"last_name": st.text(max_size=5), "username": st.text(max_size=5), "language_code": st.just("vi")},
)
CHATS = st.fixed_dictionaries(
    {"id": NUMBERS, "type": st.sampled_from(["private", "private", "private", "group", "channel"])},
    optional={"first_name": st.text(max_size=5), "username": st.text(max_size=5)},
)
ENTITIES = st.lists(
    st.fixed_dictionaries({"type": st.just("bot_command"), "offset": st.just(0), "length": st.just(6)}), max_size=2
)
FURTHER = st.sampled_from(
    [
        ("forward_origin", {"type": "hidden_user", "date": AT, "sender_user_name": "x"}),
        ("edit_date", AT),
        ("caption", "x"),
        ("pinned_message", {"message_id": 1, "date": AT, "chat": {"id": 1, "type": "private"}}),
        ("media_group_id", "7"),
        ("location", {"latitude": 1.0, "longitude": 2.0}),
    ]
)


@st.composite
def updates(draw: st.DrawFn) -> dict[str, Any]:
    """As Telegram writes them, mostly; now and then with something else in one place."""
    message: dict[str, Any] = {"message_id": draw(NUMBERS), "from": draw(PEOPLE), "chat": draw(CHATS), "date": draw(DATES)}
    message["text"] = draw(TEXTS)
    if draw(st.booleans()):
        message["entities"] = draw(ENTITIES)
    update: dict[str, Any] = {"update_id": draw(NUMBERS), draw(st.sampled_from(["message"] * 5 + ["edited_message"])): message}
    where = draw(st.sampled_from([None, None, None, update, message, message["chat"], message["from"], "further"]))
    if where == "further":
        message.update([draw(FURTHER)])
    elif where is not None:
        where[draw(st.sampled_from([*where, "something_new"]))] = draw(ODD)
    return update


@settings(max_examples=400)
@given(updates(), updates())
def test_what_is_read_without_the_library_reads_as_with_it(first: dict[str, Any], second: dict[str, Any]) -> None:
    short, long = Repeats(), Repeats()
    for update in (first, second, {"update_id": 7, "edited_message": first.get("message")}):
        simple = read_simple(update, short, NOW)
        library = by_library(update, long)
        assert simple is None or simple == library
        if simple is None:
            assert by_library(update, short) == library, "what was read before is remembered alike"


def by_library(update: dict[str, Any], repeats: Repeats) -> Incoming | str | None:
    try:
        return read_once(repeats, parsed_update(update), NOW, "LoaBanBot", 42)
    except Exception:  # noqa: BLE001 - the library raises anything
        return "unreadable"


def text_in(chat: dict[str, Any], **more: Any) -> dict[str, Any]:
    person = {"id": 5, "is_bot": False, "first_name": "A"}
    return {"update_id": 9, "message": {"message_id": 3, "from": person, "chat": chat, "date": AT, "text": "chào", **more}}


def test_a_text_in_a_private_chat_needs_no_library() -> None:
    assert read_simple(text_in({"id": 5, "type": "private"}), Repeats(), NOW) is not None


@pytest.mark.parametrize(
    "more", [{"photo": []}, {"forward_origin": {}}, {"reply_to_message": {}}, {"entities": None}, {"text": ""}]
)
def test_what_has_more_to_it_is_left_to_the_library(more: dict[str, Any]) -> None:
    assert read_simple(text_in({"id": 5, "type": "private"}, **more), Repeats(), NOW) is None


@given(
    st.lists(st.builds(Button, st.text(min_size=1, max_size=80), st.text(min_size=1, max_size=64), st.booleans()), max_size=5)
)
def test_a_keyboard_in_a_response_is_that_of_a_call(buttons: list[Button]) -> None:
    built = keyboard(buttons)
    assert rows_of_buttons(buttons) == (built.to_dict()["inline_keyboard"] if built else [])
