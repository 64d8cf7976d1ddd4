"""What is kept of conversations: sessions, what was handled, consent, counts, and questions without the person."""

from __future__ import annotations

from datetime import date, datetime

from bot.model import Address, Feedback, Incoming, Outcome, Session, SetAside
from bot.stores.as_text import dump_nearest, dump_session, load_session, stamp
from bot.stores.records.rows import Row, Rows


class ConversationRows(Rows):
    """`ConversationRecords`."""

    def first_time(self, incoming: Incoming) -> bool:
        self.touches(incoming.sender)
        inserted = self.execute(
            "INSERT INTO handled (channel, update_id, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (incoming.sender.channel, incoming.id, stamp(incoming.at)),
        )
        return inserted.rowcount == 1

    def set_aside(self, what: SetAside) -> bool:
        inserted = self.execute(
            "INSERT INTO set_aside (kind, channel, key, at, place) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (what.kind, what.channel, what.key, stamp(what.at), what.place),
        )
        return inserted.rowcount == 1

    def session(self, address: Address) -> Session | None:
        row = self.one("SELECT data FROM sessions WHERE channel = ? AND user = ?", (address.channel, address.user))

        def session(row: Row) -> Session:
            return load_session(address, row["data"])

        return self.made_one(session, row, "session")

    def save_session(self, session: Session) -> None:
        self.touches(session.address)
        self.execute(
            "INSERT INTO sessions (channel, user, data, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (channel, user) DO UPDATE SET data = excluded.data, at = excluded.at",
            (session.address.channel, session.address.user, dump_session(session), stamp(session.at)),
        )

    # --- counted, without the person ---

    def count(self, outcome: Outcome, channel: str, day: date, place: str = "") -> None:
        self.execute(
            "INSERT INTO counts (day, channel, lang, kind, intent, place, n) VALUES (?, ?, ?, ?, ?, ?, 1) "
            "ON CONFLICT (day, channel, lang, kind, intent, place) DO UPDATE SET n = counts.n + 1",
            (day.isoformat(), channel, outcome.lang, outcome.kind, outcome.intent or "", place),
        )

    def rate(self, verdict: Feedback, version: str, lang: str, channel: str, day: date) -> None:
        self.execute(
            "INSERT INTO verdicts (day, channel, lang, intent, version, good, n) VALUES (?, ?, ?, ?, ?, ?, 1) "
            "ON CONFLICT (day, channel, lang, intent, version, good) DO UPDATE SET n = verdicts.n + 1",
            (day.isoformat(), channel, lang, verdict.intent, version, int(verdict.good)),
        )

    def unanswered(self, text: str, kind: str, outcome: Outcome, day: date, place: str = "") -> int:
        return self.number(
            "INSERT INTO unanswered (day, lang, kind, text, nearest, place) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            (day.isoformat(), outcome.lang, kind, text, dump_nearest(outcome.candidates), place),
        )

    def answered(self, number: int) -> None:
        self.execute("DELETE FROM unanswered WHERE id = ?", (number,))

    # --- consent ---

    def consent(self, address: Address, purpose: str, version: str, at: datetime) -> None:
        self.touches(address)
        self.execute(
            "INSERT INTO consents (channel, user, purpose, version, at, withdrawn_at) VALUES (?, ?, ?, ?, ?, NULL) "
            "ON CONFLICT (channel, user, purpose) DO UPDATE "
            "SET version = excluded.version, at = excluded.at, withdrawn_at = NULL",
            (address.channel, address.user, purpose, version, stamp(at)),
        )

    def withdraw(self, address: Address, purpose: str, at: datetime) -> None:
        self.touches(address)
        self.execute(
            "UPDATE consents SET withdrawn_at = ? WHERE channel = ? AND user = ? AND purpose = ?",
            (stamp(at), address.channel, address.user, purpose),
        )
