"""`loaban chat --jsonl`: conversations turn by turn, mixed, with time between them, and what is no text."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.authoring.talks import BETWEEN, START, Talk, jsonl, pause
from bot.engine import Engine
from bot.errors import Refusal

KEYS = {"conversation", "outcome", "intent", "intents", "lang", "offered", "answer", "urgent_notice"}
HOUSE = "nhà dột nát có được hỗ trợ làm nhà không"
ABROAD = "người dân tộc thiểu số có được đi xuất khẩu lao động không"
MEETING = "[UBND xã Sính Phình] Ngày 12/6, từ 7h30, tiêm phòng cho trâu bò tại sân nhà văn hóa. Mã: SP-4471"


def told(engine: Engine, *turns: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in jsonl(engine, [json.dumps(turn).encode() for turn in turns])]


def test_turns_of_several_conversations_may_be_mixed(engine: Engine) -> None:
    lines = told(
        engine,
        {"conversation": "a", "text": HOUSE},
        {"conversation": "b", "text": ABROAD},
        {"conversation": "a", "text": "thế được bao nhiêu tiền"},
        {"conversation": "b", "text": "thế hồ sơ cần gì"},
    )
    assert [line["conversation"] for line in lines] == ["a", "b", "a", "b"]
    assert [line["intent"] for line in lines][2:] == ["housing-amount", "labour-export-register"]
    assert all(line.keys() == KEYS for line in lines)


def test_what_was_spoken_of_is_forgotten_after_a_long_pause(engine: Engine) -> None:
    first = {"conversation": "a", "text": HOUSE}
    soon, late = ({"conversation": "a", "text": "thế được bao nhiêu tiền", "after": after} for after in ("1m", "2h"))
    assert told(engine, first, soon)[1]["intent"] == "housing-amount"
    assert told(engine, first, late)[1]["intent"] != "housing-amount"


def test_a_sticker_is_answered_and_asks_nothing(engine: Engine) -> None:
    (line,) = told(engine, {"conversation": "a", "event": "sticker"})
    assert line["outcome"] == "menu"
    assert line["answer"]


def test_an_announcement_is_received_in_silence_and_can_be_asked_about(engine: Engine) -> None:
    lines = told(
        engine,
        {"conversation": "a", "event": "announcement", "text": MEETING},
        {"conversation": "a", "text": "mấy giờ"},
        {"conversation": "b", "text": "mấy giờ"},
    )
    assert (lines[0]["outcome"], lines[0]["answer"]) == ("silence", "")
    assert "7h30" in lines[1]["answer"]
    assert "SP-4471" in lines[1]["answer"]
    assert "7h30" not in lines[2]["answer"]


def test_what_was_received_is_true_for_three_days(engine: Engine) -> None:
    talk = Talk(engine, "a")
    talk.receive(MEETING, after=timedelta(hours=1))
    assert talk.received is not None
    assert talk.at == START + timedelta(hours=1)
    assert (talk.received.code, talk.received.office) == ("SP-4471", "xã Sính Phình")
    assert talk.received.until == talk.at + timedelta(days=3)
    talk.receive("Mai họp bản.")
    assert talk.received.code == ""


def test_a_single_question_is_named_once(engine: Engine) -> None:
    (line,) = told(engine, {"conversation": "a", "text": HOUSE})
    assert line["intents"] == ["housing-eligibility"]


def test_empty_lines_are_skipped(engine: Engine) -> None:
    assert list(jsonl(engine, [b"\n", b"  \n"])) == []


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b"[]",
        b'{"text": "a"}',
        b'{"conversation": "a", "text": 1}',
        b'{"conversation": "a", "event": "video"}',
        b'{"conversation": "a", "text": "b", "after": "soon"}',
        b'{"conversation": "a", "text": "b", "after": 5}',
        b"\xff",
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_number_and_what_came_before_is_answered(
    engine: Engine, bad: bytes
) -> None:
    lines = jsonl(engine, [b'{"conversation": "a", "text": "menu"}', b"", bad])
    assert json.loads(next(lines))["outcome"] == "menu"
    with pytest.raises(Refusal) as refused:
        next(lines)
    assert refused.value.values["line"] == 3


@pytest.mark.parametrize(
    ("text", "time"), [(None, BETWEEN), ("30s", timedelta(seconds=30)), ("2h", timedelta(hours=2)), ("1d", timedelta(days=1))]
)
def test_a_pause_has_a_number_and_a_unit(text: str | None, time: timedelta) -> None:
    assert pause(text) == time
