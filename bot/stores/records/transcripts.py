"""What people see on our own page: what they wrote and what they were answered, for a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.model import MOST_SHOWN, Address, Incoming, Reply
from bot.ports import Shown
from bot.stores.as_text import dump_buttons, load_buttons, moment, stamp
from bot.stores.records.rows import Row, Rows

SHOWN = "SELECT id, channel, user, mine, text, photo, file, number, buttons, at, seen FROM web_messages WHERE"


class TranscriptRows(Rows):
    """`TranscriptRecords`, and what `Store` has of them."""

    def heard(self, incoming: Incoming) -> None:
        self.touches(incoming.sender)
        text = incoming.text if incoming.choice is None else self._label(incoming.sender, incoming.choice) or incoming.text
        if text.strip():
            self._add(incoming.sender, Reply(text), incoming.at, mine=True)
            self._drop_what_is_too_much(incoming.sender)

    def show(self, to: Address, reply: Reply, at: datetime) -> None:
        """A reply, the choices of its buttons replaced by tokens."""
        self._add(to, reply, at, mine=False)

    def transcript(self, address: Address, after: int) -> list[Shown]:
        rows = self.execute(f"{SHOWN} channel = ? AND user = ? AND id > ? ORDER BY id", (address.channel, address.user, after))
        return self.made(_shown, rows, "message on the page", "id")

    def shown_after(self, number: int, limit: int) -> Sequence[tuple[int, Address]]:
        rows = self.execute("SELECT id, channel, user FROM web_messages WHERE id > ? ORDER BY id LIMIT ?", (number, limit))
        return [(int(row["id"]), Address(row["channel"], row["user"])) for row in rows]

    def seen(self, address: Address, until: int, at: datetime) -> None:
        self.execute(
            "UPDATE web_messages SET seen = ? WHERE channel = ? AND user = ? AND id <= ? AND number IS NOT NULL "
            "AND seen IS NULL",
            (stamp(at), address.channel, address.user, until),
        )

    def _add(self, to: Address, reply: Reply, at: datetime, *, mine: bool) -> None:
        self.execute(
            "INSERT INTO web_messages (channel, user, mine, text, photo, file, number, buttons, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(to.channel, to.user, int(mine), reply.text, reply.photo, reply.file, reply.case),
                *(dump_buttons(reply.buttons), stamp(at)),
            ),
        )

    def _drop_what_is_too_much(self, address: Address) -> None:
        self.execute(
            "DELETE FROM web_messages WHERE channel = ? AND user = ? AND (number IS NULL OR seen IS NOT NULL) AND id <= "
            "(SELECT id FROM web_messages WHERE channel = ? AND user = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (*(address.channel, address.user) * 2, MOST_SHOWN),
        )

    def _label(self, address: Address, token: str) -> str:
        """What stands on the button that has this token; "" where it is on this person's page no more."""
        buttons = (button for shown in self.transcript(address, 0) for button in shown.reply.buttons)
        return next((button.label for button in buttons if button.choice == token), "")


def _shown(row: Row) -> Shown:
    reply = Reply(row["text"], load_buttons(row["buttons"]), row["photo"], row["file"], row["number"])
    address, unseen = Address(row["channel"], row["user"]), row["number"] is not None and row["seen"] is None
    return Shown(row["id"], address, bool(row["mine"]), reply, moment(row["at"]), unseen)
