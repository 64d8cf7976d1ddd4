"""What came of the hour: who did not get what was due, who got it twice without a reason, and what lies where it must not."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from bot.text.codes import is_code
from tests.faults.worst_hour.machine import Machine
from tests.faults.worst_hour.people import ANNOUNCED, FORGOTTEN, Asker, Officer, Person, Resident
from tests.faults.worst_hour.vendors import Vendors

TITLE = "THÔNG BÁO SỐ"
FINAL = {"sent", "gone", "failed", "unknown", "expired", "cancelled"}
ON_THE_WIRE = 5.0  # seconds: what had left before somebody was forgotten
OTHERS_MAY = 0o077


def rows(db: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(db, timeout=30)) as connection:
        return connection.execute(sql).fetchall()


def waiting(db: Path) -> list[str]:
    """Messages that still have to go out, each with what tells why it waits."""
    of_deliveries = "announcement, channel, attempt, due, lease, reason FROM deliveries WHERE state IN ('pending', 'sending')"
    of_replies = "id, channel, attempts, at, holder, substr(text, 1, 20) FROM replies WHERE answered_by IS NULL"
    found = [f"a recipient still waits: {row}" for row in rows(db, f"SELECT {of_deliveries}")]
    return found + [f"a reply still waits: {row}" for row in rows(db, f"SELECT {of_replies}")]


# --- nothing is lost --------------------------------------------------------------------------------------------------


def lost_answers(people: Sequence[Person]) -> Iterator[str]:
    for person in people:
        if person.waiting:
            yield f"{person.channel}: nobody answered {person.waiting!r}"


def lost_cases(askers: Sequence[Asker], officer: Officer) -> Iterator[str]:
    told = officer.seen()
    for asker in askers:
        yield from (f"case {number}: the officer never heard of it" for number in asker.passed if number not in told)
    everything = "\n".join(text for asker in askers for text in asker.got)
    for number, answer in officer.confirmed.items():
        if answer not in everything:
            yield f"case {number}: the answer never arrived"


def lost_announcements(db: Path, vendors: Vendors, made: Sequence[str]) -> Iterator[str]:
    """Every recipient has an end, and those of whom it is written that they got it did."""
    plans = {number: str(plan) for number, plan in rows(db, "SELECT id, plan FROM announcements WHERE parent IS NULL")}
    for tag in made:
        if not any(tag in plan for plan in plans.values()):
            yield f"{tag} is not stored any more"
    for tag, chat, states, must, ambiguous in _deliveries(db):
        came = sum(arrival.text.startswith(ANNOUNCED) and tag in arrival.text for arrival in vendors.arrivals(chat))
        where = f"{tag} to {chat} ({', '.join(states)})"
        if not FINAL.issuperset(states):
            yield f"{where} has no end"
        if came < states.count("sent"):
            yield f"{where} did not arrive"
        if not must and came > len(states):
            yield f"{where}, which is sent once, came {came} times"
        if must and came > len(states) and not ambiguous:
            yield f"{where} came {came} times, and nobody knows"
        if came and not {"sent", "unknown"}.intersection(states) and not ambiguous:
            yield f"{where} came {came} times, and nobody knows"


def _deliveries(db: Path) -> Iterator[tuple[str, str, list[str], bool, int]]:
    """Of everybody: the announcement's words, the chat, the state of each time, whether it must reach, how often in doubt."""
    found: defaultdict[tuple[str, str], list[tuple[str, bool, int]]] = defaultdict(list)
    stored = rows(
        db, "SELECT plan, user, d.state, must, ambiguous FROM deliveries d JOIN announcements a ON a.id = announcement"
    )
    for plan, user, state, must, ambiguous in stored:
        words = re.search(rf"{TITLE} \w+\.", json.dumps(json.loads(plan), ensure_ascii=False))
        assert words is not None
        found[words[0], user].append((state, bool(must), ambiguous))
    for (tag, user), times in found.items():
        yield tag, user, [state for state, _, _ in times], times[0][1], sum(ambiguous for _, _, ambiguous in times)


def occurrences_doubled(db: Path) -> Iterator[str]:
    for parent, due, n in rows(db, "SELECT parent, due, COUNT(*) FROM announcements WHERE parent > 0 GROUP BY 1, 2"):
        if n > 1:
            yield f"the time {due} of announcement {parent} is there {n} times"


# --- nothing comes twice without a reason -----------------------------------------------------------------------------


def duplicates(people: Sequence[Person], vendors: Vendors, ends: Sequence[float]) -> tuple[int, list[str]]:
    """How many answers came again, and those of them that neither a lost answer nor the end of a process explains."""
    again, unexplained = 0, []
    for person in people:
        for code in (*filter(is_code, person.answered), *([FORGOTTEN] if person.forgotten is not None else ())):
            times = [arrival.at for arrival in vendors.arrivals(person.chat) if code in arrival.text]
            for before, after in pairwise(times):
                again += 1
                reasons = (*ends, *(at + ON_THE_WIRE for at in vendors.lost[person.chat]))
                if not any(before - ON_THE_WIRE <= at <= after + ON_THE_WIRE for at in reasons):
                    unexplained.append(f"{person.channel}: {code} came again after {after - before:.1f} s without a reason")
    return again, unexplained


# --- nothing lies where it must not -----------------------------------------------------------------------------------


def leaks(machine: Machine, people: Sequence[Person]) -> Iterator[str]:
    """Of the forgotten nothing at all; of the others nothing but in the database, and no name with unanswered questions."""
    forgotten = [person for person in people if person.forgotten is not None]
    for file in _files(machine.folder):
        yield from _found(file, forgotten)
    for folder in (machine.logs, machine.cache):
        for file in _files(folder):
            yield from _found(file, people)
            yield from (
                f"{file.name} holds what somebody wrote" for person in people if person.word.encode() in file.read_bytes()
            )
    kept = "\n".join(str(row) for row in rows(machine.db, "SELECT * FROM unanswered"))
    for person in people:
        yield from (f"a kept question holds {mine}" for mine in (person.chat, person.name, person.phone) if mine in kept)


def _found(file: Path, people: Sequence[Person]) -> Iterator[str]:
    content = file.read_bytes()
    for person in people:
        yield from (f"{file.name} holds {mine}" for mine in person.private if mine.encode() in content)


def written_to_forgotten(people: Sequence[Person], vendors: Vendors) -> Iterator[str]:
    """That all is deleted may be said again after a crash; whether there is a reason for it, `duplicates` looks."""
    for person in people:
        if person.forgotten is not None:
            late = [one.text for one in vendors.arrivals(person.chat) if one.at > person.forgotten + ON_THE_WIRE]
            yield from (f"written to somebody who was forgotten: {text[:60]!r}" for text in late if FORGOTTEN not in text)


def open_files(machine: Machine) -> Iterator[str]:
    """Files that others on the machine may read, though the umask lets them."""
    for folder in (machine.folder, machine.cache):
        for file in _files(folder):
            if (mode := file.stat().st_mode) & OTHERS_MAY:
                yield f"{file.name} has mode {mode & 0o777:o}"


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "ballast"]


# --- the rest ---------------------------------------------------------------------------------------------------------


def logged(machine: Machine) -> Counter[str]:
    """How often each event was logged that is a warning or an error."""
    found: Counter[str] = Counter()
    for file in sorted(machine.logs.glob("[0-9]*.log")):
        for line in file.read_text("utf-8", "replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                found[f"ended with: {line[:60]}"] += 1
                continue
            if event["level"] != "info":
                found[f"{event['level']}: {event['event'][:100]}"] += 1
    return found


def ended_badly(machine: Machine, events: Counter[str]) -> Iterator[str]:
    for start, code in machine.codes:
        said = machine.log(start).read_text("utf-8")
        # Before it serves it may be ended as it stands, or find no room on the disk and say so in one sentence.
        beginning = '"serving"' not in said and (code == -signal.SIGTERM or said.startswith("LOABAN_DB: "))
        if code and not beginning:
            yield f"process {start} ended with code {code} when it was asked to end"
    aside = rows(machine.db, "SELECT kind, channel, key, place FROM set_aside")
    yield from (f"set aside: {row}" for row in aside)
    yield from (f"logged {n} times: {event}" for event, n in events.items() if "raceback" in event or "uncaught" in event)
    if machine.did["processes that did not end when asked"]:
        yield "a process did not end when it was asked to"


def figures(people: Sequence[Person]) -> Counter[str]:
    found: Counter[str] = Counter()
    for person in people:
        if isinstance(person, Resident):
            found[f"questions on {person.channel}"] += len(person.answered)
            found["forgotten"] += person.forgotten is not None
        elif isinstance(person, Asker):
            found["questions passed on"] += len(person.passed)
        elif isinstance(person, Officer):
            found["officers' answers"] += len(person.confirmed)
        if isinstance(person, Asker | Officer):
            found += Counter({f"talks given up at “{step}”": n for step, n in person.given_up.items()})
    return found
