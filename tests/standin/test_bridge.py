"""The bridge gives updates out as the Bot API documents it: what is not confirmed comes again, what is confirmed does not."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.standin.bridge import Bridge, Json
from tests.standin.server import until

TOKEN = "987654321:AAbridgebridgebridgebridgebridgebri"


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    with Bridge(TOKEN) as bridge:
        yield bridge


def post(address: str, body: bytes) -> Json:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body), timeout=10) as response:
            answer: Json = json.loads(response.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            answer = json.load(error)
    return answer


def arrive(bridge: Bridge, *numbers: int, kind: str = "message") -> None:
    for number in numbers:
        post(f"http://{bridge.place}/webhook", json.dumps({"update_id": number, kind: {}}).encode())


def poll(bridge: Bridge, **given: object) -> list[int]:
    answer = post(f"{bridge.api}{TOKEN}/getUpdates", urlencode(given).encode())
    return [update["update_id"] for update in answer["result"]]


def test_an_update_comes_until_a_higher_offset_confirms_it(bridge: Bridge) -> None:
    arrive(bridge, 7, 8, 12)
    assert poll(bridge) == [7, 8, 12]
    assert poll(bridge, offset=8) == [8, 12]
    assert poll(bridge, limit=1) == [8]
    assert poll(bridge, offset=13) == []
    assert poll(bridge) == []


def test_a_negative_offset_forgets_all_but_the_last(bridge: Bridge) -> None:
    arrive(bridge, 1, 2, 3)
    assert poll(bridge, offset=-2) == [2, 3]
    assert poll(bridge) == [2, 3]


def test_ids_go_on_growing_when_those_of_the_emulator_start_anew(bridge: Bridge) -> None:
    arrive(bridge, 9_999_999, 3, 4)
    assert poll(bridge) == [9_999_999, 10_000_000, 10_000_001]


def test_a_poll_waits_for_what_arrives_and_no_longer_than_asked(bridge: Bridge) -> None:
    begin = time.monotonic()
    assert poll(bridge, timeout=1) == []
    assert 0.9 < time.monotonic() - begin < 3
    later = threading.Timer(0.2, arrive, (bridge, 5))
    later.start()
    assert poll(bridge, timeout=30) == [5]
    assert time.monotonic() - begin < 5
    later.join()


def test_kinds_that_are_not_allowed_do_not_come(bridge: Bridge) -> None:
    poll(bridge, allowed_updates='["callback_query"]')
    arrive(bridge, 1, kind="poll")
    arrive(bridge, 2, kind="callback_query")
    assert poll(bridge) == [2]
    assert poll(bridge, offset=3, allowed_updates="[]") == []
    arrive(bridge, 4, kind="poll")
    assert poll(bridge) == [4]


def test_a_second_poll_ends_the_first(bridge: Bridge) -> None:
    answers: list[Json] = []
    address = f"{bridge.api}{TOKEN}/getUpdates"
    first = threading.Thread(target=lambda: answers.append(post(address, b"timeout=30")))
    first.start()
    until(lambda: poll(bridge) == [] and not first.is_alive(), 10)
    first.join()
    assert [answer["error_code"] for answer in answers] == [409]


def test_another_token_and_an_absent_emulator_are_refused(bridge: Bridge) -> None:
    assert post(f"{bridge.api}1:other/getUpdates", b"")["error_code"] == 401
    assert post(f"{bridge.api}{TOKEN}/sendMessage", b"text=x")["error_code"] == 502
