"""What vendors send, spoiled by chance: the recorded JSON with fields removed, moved, retyped, and bytes that are no text."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent.parent / "recorded"
FOLDERS: Mapping[str, str] = {"telegram": "telegram", "zalo-bot": "zalo_bot", "zalo-oa": "zalo_oa"}
USERS = 3000  # people among whom the updates are spread, so that few of them are held up for writing too much
TELLING = ("text", "caption", "data", "id", "date", "edit_date", "timestamp", "type", "chat_type", "event_name", "update_id")
UPDATE_IDS = ("update_id", "message_id", "msg_id")
SAID = (
    "muon vay von ngan hang chinh sach thi lam thu tuc the nao",
    "How much do workers earn in Japan?",
    "dang ky nhan thong bao",
    "xã Búng Lao",
    "đồng ý",
    "dừng",
    "1",
    "99999999999999999999",
    "/start",
    "/menu",
    "/mydata",
    "/forget",
    "/check AB23CD",
    "/announce",
    "/announcements 9223372036854775808",
    "/cancel 99999999999999999999999999",
    "/join ABCDEFGHJKMNPQRSTUVWX",
    "2/13/2026 25:61",
    "mai 7 giờ",
    "Skip",
    "Everybody",
    "Now",
    "3 days",
    "999999999 ngày",
    "ngày 31/12/9999 23 giờ",
)
ODD_TEXTS = (
    "",
    " \t\r\n",
    "\0",
    "a\0b",
    "\ud83d",
    "chào \udc00\ud800",
    "\u202eevil\u202d\u2066",
    "\u200b\u200d\ufeff",
    "👨‍👩‍👧‍👦🇻🇳" * 50,
    "e" + "\u0301" * 3000,
    "\x01\x02\x1b[31m\x7f\x85\u2028",
    "ﷺ" * 300,
    "x" * 20_000,
    "ế " * 3000,
    "9" * 400,
    "/" * 200,
    "'; DROP TABLE sessions; --",
    "{name} %s {0} \\",
    "<b>[x](tg://user?id=1)</b>",
    "٣٤٥ ¾ ½ 二",
    "NaN",
    "staff:send:x",
)
ODD_NUMBERS = (
    0,
    -1,
    True,
    1.5,
    -0.0,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**64),
    10**400,
    253_402_300_799,  # the last second that a datetime knows
    253_402_300_799_999,
    -62_135_596_800,
)
HUGE, DEEP, DEEPER, OBJECTS = "@huge@", "@deep@", "@deeper@", "@objects@"
BOMBS: Mapping[str, str] = {
    HUGE: "9" * 5000,
    DEEP: "[" * 200 + "]" * 200,
    DEEPER: "[" * 50_000 + "]" * 50_000,
    OBJECTS: '{"message":' * 400 + "1" + "}" * 400,
}
BAD_BYTES = (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\x00", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\x80")
TWIN = "\x01twin"

Slot = tuple[Any, Any]  # a dict or list, and the key or index in it


class Mutator:
    """An endless row of bodies for one channel. The same seed gives the same row; `at` seconds since 1970 dates them."""

    def __init__(self, channel: str, seed: int, at: int) -> None:
        self._chance = random.Random(f"{channel} {seed}")
        self._channel = channel
        self._at = at
        self._bodies = [path.read_bytes() for path in sorted((RECORDED / FOLDERS[channel]).glob("*.json"))]
        self._parts = [json.dumps(holder[key]) for body in self._bodies for holder, key in _slots(json.loads(body))]
        self._number = 0

    def body(self) -> bytes:
        """The next one: a recorded one as from somebody new, then changed in one to four places."""
        chance = self._chance
        self._number += 1
        tree, slots = self._fresh()
        notifier = [slot for slot in slots if slot[1] in TELLING]
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
            some = notifier if notifier and chance.random() < 0.5 else slots
            with suppress(LookupError, TypeError):  # the place went with an earlier change
                chance.choice(CHANGES)(self, *chance.choice(some))
        return self._spoiled(_spelled(tree, ascii_only=chance.random() < 0.5))

    # --- a recorded one, made new -------------------------------------------------------------------------------------

    def _fresh(self) -> tuple[Any, list[Slot]]:
        tree = json.loads(self._chance.choice(self._bodies))
        slots = _slots(tree)
        user = self._chance.randrange(1, USERS)
        says = self._chance.choice(SAID) if self._chance.random() < 0.7 else None
        for holder, key in slots:
            value = holder[key]
            if key in UPDATE_IDS:
                holder[key] = self._number if isinstance(value, int) else str(self._number)
            elif key in ("date", "edit_date", "timestamp"):
                milliseconds = self._channel != "telegram" and len(str(value)) > 10
                holder[key] = type(value)(self._at * 1000 if milliseconds else self._at)
            elif key in ("sender", "from", "chat", "follower") and isinstance(value, dict) and "id" in value:
                group = isinstance(value["id"], int) and value["id"] < 0
                value["id"] = type(value["id"])(-user if group else user)
            elif key == "text" and says is not None and isinstance(value, str):
                holder[key] = says
        return tree, slots

    # --- changes of the tree ------------------------------------------------------------------------------------------

    def _odd(self) -> Any:
        match self._chance.randrange(9):
            case 0 | 1 | 2:
                return self._chance.choice(ODD_TEXTS)
            case 3 | 4:
                return self._chance.choice(ODD_NUMBERS)
            case 5:
                return self._chance.choice((None, [], {}, [[]], [{}], {"": None}, False))
            case 6:
                return self._chance.choice((HUGE, DEEP, OBJECTS, *([DEEPER] if self._chance.random() < 0.05 else [])))
            case 7:
                return "".join(chr(self._chance.randrange(0x110000)) for _ in range(self._chance.randrange(40)))
            case _:
                return self._chance.choice(SAID)

    def _remove(self, holder: Any, key: Any) -> None:
        del holder[key]

    def _replace(self, holder: Any, key: Any) -> None:
        holder[key] = self._odd()

    def _retype(self, holder: Any, key: Any) -> None:
        value = holder[key]
        match value:
            case str():
                holder[key] = int(value) if re.fullmatch(r"[0-9]{1,30}", value) else [value]
            case bool():
                holder[key] = int(value)
            case int() | float():
                holder[key] = repr(value)[:400]
            case dict():
                holder[key] = list(value.values())
            case list():
                holder[key] = dict(enumerate(value))

    def _wrap(self, holder: Any, key: Any) -> None:
        for _ in range(self._chance.choice((1, 2, 30))):
            holder[key] = [holder[key]] if self._chance.random() < 0.5 else {str(key): holder[key]}

    def _twin(self, holder: Any, key: Any) -> None:
        """The key a second time, with another value."""
        if isinstance(holder, dict):
            holder[f"{key}{TWIN}"] = self._odd()

    def _rename(self, holder: Any, key: Any) -> None:
        if isinstance(holder, dict):
            holder[self._chance.choice((*TELLING, "message", "photo", "voice", "forward_origin", "", "result"))] = holder.pop(
                key
            )

    def _move(self, holder: Any, key: Any) -> None:
        """A part of another update stands here."""
        holder[key] = json.loads(self._chance.choice(self._parts))

    def _stain(self, holder: Any, key: Any) -> None:
        value = holder[key]
        if isinstance(value, str):
            at = self._chance.randrange(len(value) + 1)
            holder[key] = value[:at] + self._chance.choice(ODD_TEXTS) + value[at:]
        elif isinstance(value, int):
            holder[key] = value * self._chance.choice((-1, 10, 1000, 10**12))

    # --- changes of the bytes -----------------------------------------------------------------------------------------

    def _spoiled(self, body: bytes) -> bytes:
        chance = self._chance
        if chance.random() > 0.12:
            return body
        at = chance.randrange(len(body) + 1)
        match chance.randrange(6):
            case 0:
                return body[:at]
            case 1:
                return body[:at] + chance.choice(BAD_BYTES) + body[at:]
            case 2:
                return body[:at] + chance.randbytes(4) + body[at + 4 :]
            case 3:
                return chance.choice((b"", b"null", b"7", b'"x"', b"[]", b"{}", b"[" + body + b"]", body + body))
            case 4:
                return chance.choice((b"[" * 5000, b'{"a":' * 5000, chance.randbytes(60), b"\xef\xbb\xbf" + body))
            case _:
                return body.decode("utf-8", "replace").encode(chance.choice(("utf-16", "utf-32", "utf-7", "cp1258")), "replace")


CHANGES: Sequence[Callable[[Mutator, Any, Any], None]] = (
    Mutator._remove,
    Mutator._replace,
    Mutator._replace,
    Mutator._replace,
    Mutator._retype,
    Mutator._wrap,
    Mutator._twin,
    Mutator._rename,
    Mutator._move,
    Mutator._stain,
    Mutator._stain,
)


def _slots(tree: Any) -> list[Slot]:
    """Of a dict or list, each before those within it."""
    found: list[Slot] = []
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        found.append((tree, key))
        if isinstance(value, dict | list):
            found += _slots(value)
    return found


def _spelled(tree: Any, *, ascii_only: bool) -> bytes:
    """JSON, with what `json` would not write: keys twice, numbers of thousands of digits, depths, halves of characters."""
    text = json.dumps(tree, ensure_ascii=ascii_only).replace("\\u0001twin", "")
    for mark, bomb in BOMBS.items():
        text = text.replace(f'"{mark}"', bomb)
    return text.encode("utf-8", "surrogatepass")
