"""What is kept of conversations: sessions, what was handled, consent, counts, and questions without the person."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime

from bot.model import Address, Feedback, Incoming, Outcome, Session, SetAside
from bot.stores.as_text import dump_nearest, dump_session, load_session, stamp
from bot.stores.sqlite.rows import Rows


class ConversationRows(Rows):
    """`ConversationRecords`."""

    def first_time(self, incoming: Incoming) -> bool:
        inserted = self.execute(
            "INSERT OR IGNORE INTO handled (channel, update_id, at) VALUES (?, ?, ?)",
            (incoming.sender.channel, incoming.id, stamp(incoming.at)),
        )
        return inserted.rowcount == 1

    def set_aside(self, what: SetAside) -> bool:
        inserted = self.execute(
            "INSERT OR IGNORE INTO set_aside (kind, channel, key, at, place) VALUES (?, ?, ?, ?, ?)",
            (what.kind, what.channel, what.key, stamp(what.at), what.place),
        )
        return inserted.rowcount == 1

    def session(self, address: Address) -> Session | None:
        row = self.one("SELECT data FROM sessions WHERE channel = ? AND user = ?", (address.channel, address.user))

        def session(row: sqlite3.Row) -> Session:
            return load_session(address, row["data"])

        return self.made_one(session, row, "session")

    def save_session(self, session: Session) -> None:
        self.execute(
            "INSERT INTO sessions (channel, user, data, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (channel, user) DO UPDATE SET data = excluded.data, at = excluded.at",
            (session.address.channel, session.address.user, dump_session(session), stamp(session.at)),
        )

    # --- counted, without the person ---

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
        inserted = self.execute(
            "INSERT INTO unanswered (day, lang, kind, text, nearest, place) VALUES (?, ?, ?, ?, ?, ?)",
            (day.isoformat(), outcome.lang, kind, text, dump_nearest(outcome.candidates), place),
        )
        assert inserted.lastrowid is not None  # noqa: S101
        return inserted.lastrowid

    def answered(self, number: int) -> None:
        self.execute("DELETE FROM unanswered WHERE id = ?", (number,))

    # --- consent ---

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
