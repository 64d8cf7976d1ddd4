"""Fills a store with what a year of one province might come to, for statistics to be looked at and measured.

`python -m tests.a_year FILE` makes such a database.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path

from bot.model import Audience, Plan
from bot.stores.as_text import stamp
from bot.stores.records.transaction import RecordTransaction
from bot.stores.sqlite.store import SqliteStore
from bot.zone import ZONE

FIRST = date(2025, 11, 24)
DAYS = 364
CHANNELS = ("telegram", "zalo-oa", "zalo-bot")
LANGS = ("vi", "vi", "vi", "vi", "vi", "en")
KINDS = {"answer": 74, "clarify": 12, "unknown": 6, "menu": 5, "command": 2, "handoff": 1}
ENDS = {"sent": 93, "gone": 4, "failed": 1, "expired": 2}
WHY = {"gone": "blocked", "failed": "unreachable", "expired": "window"}
TEXTS = ("làm căn cước ở đâu", "giá phân bón hôm nay", "bao giờ có điện lại", "xin số anh khuyến nông")


def fill(
    store: SqliteStore, intents: Sequence[str], places: Sequence[str], *, a_day: int = 40, announced: int = 6, people: int = 900
) -> None:
    """A year from FIRST on: `a_day` messages on the average, `announced` announcements to so many people each."""
    chance = random.Random(2026)
    weights = [1 / (rank + 1) for rank in range(len(intents))]
    crowd = [1 / (rank + 1) ** 1.6 for rank in range(len(places))]
    with store.writing() as transaction:
        assert isinstance(transaction, RecordTransaction)
        for number in range(DAYS):
            day = FIRST + timedelta(days=number)
            busy = chance.randrange(a_day // 2, a_day + 1) * (1 + number / DAYS)
            for _ in range(int(busy)):
                _message(transaction, day, chance, intents, weights, chance.choices(["", *places], [0.5, *crowd])[0])
        for number in range(60):
            _case(transaction, at(FIRST + timedelta(days=DAYS - 30 + number // 2), chance), chance, number)
        for number in range(announced):
            _announcement(transaction, at(FIRST + timedelta(days=DAYS - 5 * number - 1), chance), chance, number, people)


def at(day: date, chance: random.Random) -> datetime:
    return datetime.combine(day, time(chance.randrange(7, 20), chance.randrange(60)), ZONE)


def _message(
    transaction: RecordTransaction,
    day: date,
    chance: random.Random,
    intents: Sequence[str],
    weights: Sequence[float],
    place: str,
) -> None:
    kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
    channel, lang = chance.choice(CHANNELS), chance.choice(LANGS)
    intent = chance.choices(intents, weights)[0]
    transaction.execute(
        "INSERT INTO counts (day, channel, lang, kind, intent, place, n) VALUES (?, ?, ?, ?, ?, ?, 1) "
        "ON CONFLICT DO UPDATE SET n = n + 1",
        (day.isoformat(), channel, lang, kind, intent if kind == "answer" else "", place),
    )
    if kind == "answer" and chance.random() < 0.2:
        good = chance.random() < (0.4 if intent == intents[2] else 0.9)
        version = "0f3a9b1c2d4e" if day.month < 9 else "77aa01bc93fe"
        transaction.execute(
            "INSERT INTO verdicts (day, channel, lang, intent, version, good, n) VALUES (?, ?, ?, ?, ?, ?, 1) "
            "ON CONFLICT DO UPDATE SET n = n + 1",
            (day.isoformat(), channel, lang, intent, version, good),
        )
    if kind == "unknown" and (FIRST + timedelta(days=DAYS) - day).days < 90:
        transaction.execute(
            "INSERT INTO unanswered (day, lang, kind, text, nearest, place) VALUES (?, ?, ?, ?, ?, ?)",
            (
                day.isoformat(),
                lang,
                chance.choice(("unknown", "unknown", "clarify", "disliked")),
                chance.choice(TEXTS),
                f'[["{intent}", 0.2]]',
                place,
            ),
        )


def _case(transaction: RecordTransaction, opened: datetime, chance: random.Random, number: int) -> None:
    end = chance.choice(("waiting", "owned", "", "", "idle", "resident"))
    state = end if end in ("waiting", "owned") else "closed"
    inserted = transaction.number(
        "INSERT INTO cases (channel, user, place, lang, question, state, opened, touched, reason) "
        "VALUES ('telegram', ?, '03301', 'vi', '', ?, ?, ?, ?) RETURNING number",
        (f"case-{number}", state, stamp(opened), stamp(opened), end if state == "closed" else ""),
    )
    if state == "waiting":
        return
    taken = opened + timedelta(minutes=chance.randrange(2, 300))
    transaction.execute(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, 1, 'case taken', ?, '03301')",
        (stamp(taken), f"case {inserted}"),
    )
    transaction.execute("INSERT INTO case_messages (number, author, text, at) VALUES (?, 1, '', ?)", (inserted, stamp(taken)))


def _announcement(transaction: RecordTransaction, due: datetime, chance: random.Random, number: int, people: int) -> None:
    plan = Plan(f"AB{number:04}", {"vi": "UBND"}, {"vi": "Mời bà con đi họp."}, Audience(), timedelta(hours=6))
    added = transaction.add_announcement(
        plan, "done", author=1, approver=None, created=due, due=due, expires=due + timedelta(hours=6)
    )
    assert added is not None

    def recipients() -> Iterator[tuple[object, ...]]:
        for person in range(people):
            state = chance.choices(list(ENDS), list(ENDS.values()))[0]
            yield added.id, f"{person:07}", state, stamp(due), WHY.get(state, ""), stamp(due)

    transaction.execute_many(
        "INSERT INTO deliveries (announcement, channel, user, lang, state, due, reason, at) "
        "VALUES (?, 'telegram', ?, 'vi', ?, ?, ?, ?)",
        recipients(),
    )


def main(path: Path) -> None:
    from bot.engine import build_engine
    from bot.settings import load_settings

    knowledge = build_engine(load_settings()).knowledge
    with closing(SqliteStore(path)) as store:
        fill(store, list(knowledge.intents), [place.code for place in knowledge.places])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
