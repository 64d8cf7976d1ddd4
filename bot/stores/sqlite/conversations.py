"""What is kept of conversations: sessions, what was handled, replies on their way, buttons, consent, counts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Any

from bot.model import NOTHING_TOLD, Address, Button, Feedback, Incoming, Outcome, Reply, Session, Told
from bot.stores.sqlite.outbox import OutboxRows
from bot.stores.sqlite.rows import stamp

PERSONAL_TABLES = ("sessions", "choices", "replies", "consents", "subscriptions", "drafts", "deliveries", "staff", "cases")
TOKEN_BYTES = 12
KEEP_CHOICES = timedelta(days=30)
KEEP_ORDERS = timedelta(days=1)
ORDER = "staff:"
REMEMBERED = tuple(field.name for field in fields(Session) if field.name != "address")
THEIR_CASES = "SELECT number FROM cases WHERE channel = ? AND user = ?"
THEIR_DELIVERIES = "announcement IN (SELECT id FROM announcements) AND"  # by the primary key, not through all rows


class ConversationRows(OutboxRows):
    """`ConversationRecords`. Whoever is forgotten goes on to count in the reports, hence the outbox."""

    def first_time(self, incoming: Incoming) -> bool:
        inserted = self.execute(
            "INSERT OR IGNORE INTO handled (channel, update_id, at) VALUES (?, ?, ?)",
            (incoming.sender.channel, incoming.id, stamp(incoming.at)),
        )
        return inserted.rowcount == 1

    def session(self, address: Address) -> Session | None:
        row = self.execute(
            "SELECT data FROM sessions WHERE channel = ? AND user = ?", (address.channel, address.user)
        ).fetchone()
        return _session(address, json.loads(row["data"])) if row else None

    def save_session(self, session: Session) -> None:
        data = {name: getattr(session, name) for name in REMEMBERED}
        self.execute(
            "INSERT INTO sessions (channel, user, data, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (channel, user) DO UPDATE SET data = excluded.data, at = excluded.at",
            (
                session.address.channel,
                session.address.user,
                json.dumps(data, default=_plain, ensure_ascii=False),
                stamp(session.at),
            ),
        )

    def chosen(self, address: Address, token: str, at: datetime) -> str | None:
        row = self.one(
            "SELECT choice FROM choices WHERE token = ? AND channel = ? AND user = ? AND expires > ?",
            (token, address.channel, address.user, stamp(at)),
        )
        return str(row["choice"]) if row else None

    def queue(self, to: Address, replies: Sequence[Reply], at: datetime) -> None:
        for reply in replies:
            buttons = [
                (button.label, secrets.token_urlsafe(TOKEN_BYTES), button.choice, [True] * button.beside)
                for button in reply.buttons
            ]
            self.execute_many(
                "INSERT INTO choices (token, channel, user, choice, at, expires) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (token, to.channel, to.user, choice, stamp(at), stamp(_expiry(choice, at)))
                    for _, token, choice, _ in buttons
                ],
            )
            self.execute(
                "INSERT INTO replies (channel, user, text, photo, file, number, buttons, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    to.channel,
                    to.user,
                    reply.text,
                    reply.photo,
                    reply.file,
                    reply.case,
                    json.dumps([[label, token, *beside] for label, token, _, beside in buttons], ensure_ascii=False),
                    stamp(at),
                ),
            )

    def count(self, outcome: Outcome, channel: str, day: date, place: str = "") -> None:
        self.execute(
            "INSERT INTO counts (day, channel, lang, kind, intent, place, n) VALUES (?, ?, ?, ?, ?, ?, 1) "
            "ON CONFLICT (day, channel, lang, kind, intent, place) DO UPDATE SET n = n + 1",
            (day.isoformat(), channel, outcome.lang, outcome.kind, outcome.intent or "", place),
        )

    def rate(self, verdict: Feedback, version: str, lang: str, channel: str, day: date) -> None:
        self.execute(
            "INSERT INTO verdicts (day, channel, lang, intent, version, good, n) VALUES (?, ?, ?, ?, ?, ?, 1) "
            "ON CONFLICT (day, channel, lang, intent, version, good) DO UPDATE SET n = n + 1",
            (day.isoformat(), channel, lang, verdict.intent, version, verdict.good),
        )

    def unanswered(self, text: str, kind: str, outcome: Outcome, day: date, place: str = "") -> int:
        nearest = json.dumps([[match.intent, round(match.probability, 3)] for match in outcome.candidates])
        inserted = self.execute(
            "INSERT INTO unanswered (day, lang, kind, text, nearest, place) VALUES (?, ?, ?, ?, ?, ?)",
            (day.isoformat(), outcome.lang, kind, text, nearest, place),
        )
        assert inserted.lastrowid is not None  # noqa: S101
        return inserted.lastrowid

    def answered(self, number: int) -> None:
        self.execute("DELETE FROM unanswered WHERE id = ?", (number,))

    def consent(self, address: Address, purpose: str, version: str, at: datetime) -> None:
        self.execute(
            "INSERT INTO consents (channel, user, purpose, version, at, withdrawn_at) VALUES (?, ?, ?, ?, ?, NULL) "
            "ON CONFLICT (channel, user, purpose) DO UPDATE "
            "SET version = excluded.version, at = excluded.at, withdrawn_at = NULL",
            (address.channel, address.user, purpose, version, stamp(at)),
        )

    def withdraw(self, address: Address, purpose: str, at: datetime) -> None:
        self.execute(
            "UPDATE consents SET withdrawn_at = ? WHERE channel = ? AND user = ? AND purpose = ?",
            (stamp(at), address.channel, address.user, purpose),
        )

    def forget(self, address: Address) -> int:
        self.tally(f"{THEIR_DELIVERIES} channel = ? AND user = ?", (address.channel, address.user))
        for table in ("replies", "case_messages", "case_notices"):  # what officers were told of their cases, and was said
            self.execute(f"DELETE FROM {table} WHERE number IN ({THEIR_CASES})", _who(address))  # noqa: S608 - fixed names
        self.execute("DELETE FROM case_notices WHERE channel = ? AND chat = ?", _who(address))  # of an officer's own chat
        return sum(
            self.execute(f"DELETE FROM {table} WHERE {_theirs(table)} channel = ? AND user = ?", _who(address)).rowcount  # noqa: S608 - fixed names
            for table in PERSONAL_TABLES
        )

    def personal_data(self, address: Address) -> dict[str, int]:
        return {
            table: int(
                self.execute(
                    f"SELECT COUNT(*) FROM {table} WHERE {_theirs(table)} channel = ? AND user = ?",  # noqa: S608 - fixed names
                    _who(address),
                ).fetchone()[0]
            )
            for table in PERSONAL_TABLES
        }


def _who(address: Address) -> tuple[str, str]:
    return address.channel, address.user


def _theirs(table: str) -> str:
    return THEIR_DELIVERIES if table == "deliveries" else ""


def _expiry(choice: str, at: datetime) -> datetime:
    return at + (KEEP_ORDERS if choice.startswith(ORDER) else KEEP_CHOICES)


def _plain(value: object) -> object:
    """What JSON does not know of a session."""
    return asdict(value) if isinstance(value, Button | Told) else stamp(value)


def _session(address: Address, data: dict[str, object]) -> Session:
    """A session from its JSON; fields that this version does not know are dropped."""
    known = {key: value for key, value in data.items() if key in Session.__dataclass_fields__}
    offered = known.pop("offered", ())
    assert isinstance(offered, Iterable)  # noqa: S101
    known["others"] = tuple(known.get("others") or ())  # type: ignore[arg-type]
    known["told"] = _told(known.get("told"))
    for key in ("at", "tokens_at"):
        value = known.get(key)
        known[key] = datetime.fromisoformat(value) if isinstance(value, str) and value else None
    return Session(address=address, offered=tuple(Button(item["label"], item["choice"]) for item in offered), **known)  # type: ignore[arg-type]


def _told(data: object) -> Told:
    """What was told, from its JSON; an older session has none."""
    if not isinstance(data, dict):
        return NOTHING_TOLD
    known: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    return Told(**{key: value for key, value in known.items() if key in Told.__dataclass_fields__})
