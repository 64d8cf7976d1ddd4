"""Replies on their way, the tokens of their buttons, and which process is to send what."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.logs import place
from bot.model import Address, Incoming, Reply
from bot.model.well_known import WEB
from bot.ports import ClaimedReplies, Outgoing
from bot.stores.as_text import dump_buttons, load_buttons, moment, stamp
from bot.stores.records.rows import SKEW, UNREADABLE, Row
from bot.stores.records.transcripts import TranscriptRows

TOKEN_BYTES = 12
REPLY = "SELECT id, channel, user, text, photo, file, number, topic, buttons, attempts, at FROM replies WHERE"
FREE = (
    "channel = ? AND answered_by IS NULL AND holder IS NULL AND NOT EXISTS (SELECT 1 FROM replies AS o "
    "WHERE o.channel = replies.channel AND o.user = replies.user AND o.answered_by IS NULL AND o.holder <> ?)"
)


class ReplyRows(TranscriptRows):
    """The replies of `ConversationRecords`, and those of `Store`."""

    def queue(self, to: Address, replies: Sequence[Reply], at: datetime) -> None:
        self.touches(to)
        queued = stamp(at)
        for reply in replies:
            tokens = [replace(button, choice=secrets.token_urlsafe(TOKEN_BYTES)) for button in reply.buttons]
            self.execute_many(
                "INSERT INTO choices (token, channel, user, choice, at, expires) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (token.choice, to.channel, to.user, button.choice, queued, stamp(at + button.lasts))
                    for token, button in zip(tokens, reply.buttons, strict=True)
                ],
            )
            if to.channel == WEB:
                self.show(to, replace(reply, buttons=tuple(tokens)), at)
                continue
            self.execute(
                "INSERT INTO replies (channel, user, text, photo, file, number, topic, buttons, at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(to.channel, to.user, reply.text, reply.photo, reply.file, reply.case, reply.topic),
                    *(dump_buttons(tokens), queued),
                ),
            )

    def chosen(self, address: Address, token: str, at: datetime) -> str | None:
        row = self.one(
            "SELECT choice FROM choices WHERE token = ? AND channel = ? AND user = ? AND expires > ?",
            (token, address.channel, address.user, stamp(at)),
        )
        return str(row["choice"]) if row else None

    # --- in the response to an update ---

    def waiting(self, address: Address) -> list[Outgoing]:
        rows = self.execute(
            f"{REPLY} channel = ? AND user = ? AND answered_by IS NULL ORDER BY id", (address.channel, address.user)
        )
        return self.made(_outgoing, rows, "reply", "id")

    def answer_in_response(self, outgoing: Outgoing, update_id: str, at: datetime) -> None:
        self.touches(outgoing.to)
        self.execute("UPDATE replies SET answered_by = ?, answered_at = ? WHERE id = ?", (update_id, stamp(at), outgoing.id))

    def answered_here(self, incoming: Incoming) -> Outgoing | None:
        to = incoming.sender
        row = self.one(f"{REPLY} channel = ? AND answered_by = ? AND user = ?", (to.channel, incoming.id, to.user))
        return self.made_one(_outgoing, row, "reply", "id")

    def answer_by_call(self, incoming: Incoming) -> None:
        self.touches(incoming.sender)
        to = incoming.sender
        self.execute(
            "UPDATE replies SET answered_by = NULL, answered_at = NULL WHERE channel = ? AND answered_by = ? AND user = ?",
            (to.channel, incoming.id, to.user),
        )

    # --- by calls ---

    def due_replies(self, channel: str) -> list[Outgoing]:
        rows = self.execute(f"{REPLY} channel = ? AND answered_by IS NULL ORDER BY id", (channel,))
        return self.made(_outgoing, rows, "reply", "id")

    def claim_replies(self, channel: str, holder: str, now: datetime, *, lease: timedelta, limit: int) -> ClaimedReplies:
        lapsed = self._free_what_nobody_holds(channel, holder, now, now + lease)
        free = self.execute(
            f"{REPLY} {FREE} ORDER BY id LIMIT ?",
            (channel, holder, limit),
        ).fetchall()
        claimed = [outgoing for row in free if (outgoing := self._readable(row, now)) is not None]
        self.execute_many("UPDATE replies SET holder = ? WHERE id = ?", [(holder, outgoing.id) for outgoing in claimed])
        if claimed or not lapsed:
            self._keep_or_end(channel, holder, now + lease)
        return ClaimedReplies(tuple(claimed), lapsed)

    def _free_what_nobody_holds(self, channel: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether this holder is one of those who hold nothing (any more)."""
        # One that fell silent, or that the clock was turned back behind: nobody asks for a lease that long.
        silent = self.execute(
            "DELETE FROM holders WHERE channel = ? AND NOT (until > ? AND until <= ?)",
            (channel, stamp(now), stamp(until + SKEW)),
        ).rowcount
        known = self.one("SELECT 1 FROM holders WHERE channel = ? AND name = ?", (channel, holder)) is not None
        if silent or not known:
            self.execute(
                "UPDATE replies SET holder = NULL WHERE channel = ? AND holder IS NOT NULL "
                "AND holder NOT IN (SELECT name FROM holders WHERE channel = ?)",
                (channel, channel),
            )
        return not known

    def _keep_or_end(self, channel: str, holder: str, until: datetime) -> None:
        """The lease goes on as long as there is something to hold; an idle process writes nothing."""
        holds = self.one("SELECT 1 FROM replies WHERE channel = ? AND holder = ? LIMIT 1", (channel, holder)) is not None
        if holds:
            self.execute(
                "INSERT INTO holders (channel, name, until) VALUES (?, ?, ?) "
                "ON CONFLICT (channel, name) DO UPDATE SET until = excluded.until",
                (channel, holder, stamp(until)),
            )
        else:
            self.execute("DELETE FROM holders WHERE channel = ? AND name = ?", (channel, holder))

    def _readable(self, row: Row, now: datetime) -> Outgoing | None:
        """None for one that cannot be read any more; it makes room for those behind it."""
        try:
            return _outgoing(row)
        except UNREADABLE as error:
            self._unreadable("reply", row["id"], error)
            self.execute(
                "INSERT INTO set_aside (kind, channel, key, at, place) VALUES ('reply', ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (row["channel"], str(row["id"]), stamp(now), place(error)),
            )
            self.execute("DELETE FROM replies WHERE id = ?", (row["id"],))
            return None

    def give_back_replies(self, channel: str, holder: str) -> None:
        self.execute("UPDATE replies SET holder = NULL WHERE channel = ? AND holder = ?", (channel, holder))
        self.execute("DELETE FROM holders WHERE channel = ? AND name = ?", (channel, holder))

    def delivered(self, ids: Iterable[int], message_id: str = "") -> None:
        gone = [(id_,) for id_ in sorted(ids)]
        if message_id:
            self.execute_many(
                "INSERT INTO case_notices (channel, chat, message_id, number) "
                "SELECT channel, user, ?, number FROM replies WHERE id = ? AND number IS NOT NULL ON CONFLICT DO NOTHING",
                [(message_id, *id_) for id_ in gone],
            )
        self.execute_many("DELETE FROM replies WHERE id = ?", gone)

    def attempted(self, outgoing_id: int) -> None:
        self.execute("UPDATE replies SET attempts = attempts + 1 WHERE id = ?", (outgoing_id,))


def _outgoing(row: Row) -> Outgoing:
    reply = Reply(row["text"], load_buttons(row["buttons"]), row["photo"], row["file"], row["number"], row["topic"])
    return Outgoing(row["id"], Address(row["channel"], row["user"]), reply, row["attempts"], moment(row["at"]))
