"""Who writes in the worst hour, and what each must get. Whoever waits in vain is found at the end."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from bot.cases.actions import MOST_TOLD
from bot.text.codes import new_code
from tests.faults.worst_hour.vendors import Vendors

QUESTIONS = {  # and what stands in the answer, on any day: a sum that nobody has checked again is withheld
    "muon vay von ngan hang chinh sach thi lam thu tuc the nao": ("vay vốn",),
    "xoa nha tam duoc bao nhieu tien moi nha": ("triệu", "chưa được kiểm lại"),
    "/menu": ("mục",),
}
FORGOTTEN = "đã xóa hết"  # is the last that somebody gets
LOOK_AGAIN = 0.25
PASS_ON = "Chuyển câu hỏi cho cán bộ xã"  # on the button
PATIENCE = 60.0  # seconds, with a step of a talk that the clock may have spoiled
ANNOUNCED = "📢"  # begins every announcement; an answer may quote one
SYLLABLES = ("Khuy", "Thoang", "Nhuê", "Quyêt", "Phoàn", "Chuông", "Xuynh", "Giểng")


class Over(Exception):
    """Nobody waits any longer."""


@dataclass
class Person:
    """One chat. `asked` is what was asked and must be answered: the words of the answer, and when."""

    vendors: Vendors
    channel: str
    chat: str
    chance: random.Random
    pace: float  # seconds between two messages, at most
    name: str = ""
    phone: str = ""
    word: str = ""
    answered: list[str] = field(default_factory=list)
    waiting: str = ""
    over: bool = False
    forgotten: float | None = None

    def __post_init__(self) -> None:
        letters = "".join(self.chance.choices("bcdghklmnpqrstvx", k=5))
        self.name = f"Lò Văn {self.chance.choice(SYLLABLES)}{letters}"
        self.phone = f"09{self.chance.randrange(10**7, 10**8)}"
        self.word = f"zq{letters}w{self.chance.randrange(10**4)}"

    @property
    def private(self) -> tuple[str, ...]:
        """What must stand nowhere when it was forgotten; words that say nothing of a person stay with unanswered questions."""
        return self.chat, self.name, self.phone

    @property
    def got(self) -> list[str]:
        return [arrival.text for arrival in self.vendors.arrivals(self.chat)]

    def answers(self) -> Iterator[str]:
        return (text for text in self.got if not text.startswith(ANNOUNCED))

    def write(self, text: str) -> None:
        self.vendors.write(self.channel, self.chat, text)

    async def live(self, asking: asyncio.Event) -> None:
        """As long as `asking` is set, and until the last answer is there or nobody waits any longer."""
        raise NotImplementedError

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Raises Over."""
        self.waiting = what
        while not condition():
            if self.over:
                raise Over
            await asyncio.sleep(LOOK_AGAIN)
        self.answered.append(what)
        self.waiting = ""

    async def rest(self, asking: asyncio.Event) -> None:
        """Some time, or until nobody asks any more."""
        end = time.monotonic() + self.chance.uniform(0.2, self.pace)
        while asking.is_set() and time.monotonic() < end:  # noqa: ASYNC110 - that nobody asks any more wakes nobody
            await asyncio.sleep(LOOK_AGAIN)


@dataclass
class Resident(Person):
    """Asks one question after the other, and may want to be forgotten after some."""

    until_forgotten: float | None = None  # on the monotonic clock

    async def live(self, asking: asyncio.Event) -> None:
        with suppress(Over):
            while asking.is_set() and self.forgotten is None:
                await self.rest(asking)
                if self.channel == "zalo-bot" and self.vendors.mode == "polling":
                    continue
                if self.until_forgotten is not None and time.monotonic() > self.until_forgotten:
                    await self._forget()
                elif self.chance.random() < 0.5:
                    await self._check()
                elif self.chance.random() < 0.6:
                    await self._ask()
                else:
                    await self._tell()

    async def _check(self) -> None:
        """A code that nobody else asks for stands in the answer."""
        code = new_code(self.chance)
        self.write(f"/check {code}")
        await self.until(lambda: any(code in text for text in self.answers()), code)

    async def _ask(self) -> None:
        question, words = self.chance.choice(list(QUESTIONS.items()))

        def answers() -> int:
            return sum(any(one in text for one in words) for text in self.answers())

        before = answers()
        self.write(question)
        await self.until(lambda: answers() > before, question)

    async def _tell(self) -> None:
        """What nobody can answer, full of what is private."""
        before = len(list(self.answers()))
        self.write(f"tôi là {self.name}, số {self.phone}, {self.word} wplk mnbt")
        await self.until(lambda: len(list(self.answers())) > before, "who I am")

    async def _forget(self) -> None:
        self.write("/forget")
        await self.until(lambda: any(FORGOTTEN in text for text in self.answers()), "/forget")
        self.forgotten = time.monotonic()


@dataclass
class Asker(Person):
    """Passes a few questions on to an officer, and reads what comes of it. Their numbers are in `passed`.

    Of more than a few officers are not told at once.
    """

    passed: list[str] = field(default_factory=list)
    opened: int = 0  # perhaps more than `passed`, where nobody waited for the number
    given_up: Counter[str] = field(default_factory=Counter)

    async def live(self, asking: asyncio.Event) -> None:
        while asking.is_set() and self.opened < MOST_TOLD:
            await self.rest(asking)
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._pass_on(asking)
            except (TimeoutError, Over):
                self.given_up[self.waiting.partition(" dau ")[0]] += 1
            self.waiting = ""

    async def _pass_on(self, asking: asyncio.Event) -> None:
        await self._say(f"xe may hong xich thi thay o dau {self.word}, so toi la {self.phone}", "")
        before = len(self.got)
        if not self.vendors.offers(self.chat, PASS_ON):
            raise Over
        self.vendors.telegram.press(int(self.chat), PASS_ON)
        await self.until(lambda: len(self.got) > before, PASS_ON)
        if "ở xã, phường nào" in self.got[-1]:
            await self._say("Bung Lao", "đồng ý")
        self.opened += 1
        await self._say("đồng ý", "câu hỏi số")
        found = re.findall(r"câu hỏi số (\d+)", "\n".join(self.got))
        self.passed.append(found[-1])
        closed = "Loa Bản lại ở đây"
        await self.until(lambda: any(closed in text for text in self.got[-3:]) or not asking.is_set(), f"case {found[-1]}")

    async def _say(self, text: str, words: str) -> None:
        before = len(self.got)
        self.write(text)
        await self.until(lambda: any(words in new for new in self.got[before:]), text)


@dataclass
class Officer(Person):
    """Takes every question, answers it, and closes it. `confirmed` are the answers that the desk said it has sent."""

    confirmed: dict[str, str] = field(default_factory=dict)
    given_up: Counter[str] = field(default_factory=Counter)

    def seen(self) -> set[str]:
        return set(re.findall(r"Việc (\d+)", "\n".join(self.got)))

    async def live(self, asking: asyncio.Event) -> None:
        done: set[str] = set()
        while asking.is_set():
            await self.rest(asking)
            for number in sorted(self.seen() - done, key=int):
                done.add(number)
                try:
                    async with asyncio.timeout(PATIENCE):
                        await self._answer(number, asking)
                except (TimeoutError, Over):
                    self.given_up[self.waiting] += 1
                self.waiting = ""

    async def _answer(self, number: str, asking: asyncio.Event) -> None:
        answer = f"Bà con ra chợ, quán đầu chợ, hỏi số {new_code(self.chance)}."
        self.write(f"nhận {number}")
        await self.rest(asking)
        self.write(f"{number}: {answer}")
        await self.until(lambda: any(f"Đã gửi cho người hỏi của việc {number}" in text for text in self.got), f"case {number}")
        self.confirmed[number] = answer
        self.write(f"xong {number}")
