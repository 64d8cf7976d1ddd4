"""What Telegram brings several times though it was said once: the photos of an album, and edits that change nothing.

Only known while the process runs: after a restart at most one more answer is given. Nothing but digests of texts is kept.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeVar

from telegram import Message, Update

REMEMBERED = 4096  # albums, and messages that may be edited; an older one is answered once more

_Key = tuple[int, object]
_Value = TypeVar("_Value")


class Repeats:
    """Told by the update that came first, so that a batch which is fetched again reads the same."""

    def __init__(self) -> None:
        self._albums: OrderedDict[_Key, int] = OrderedDict()
        self._said: OrderedDict[_Key, tuple[int, str]] = OrderedDict()

    def note(self, chat: int, message: int, update: int, text: str) -> None:
        """A message that came for the first time, and is nothing but a text."""
        _keep(self._said, (chat, message), (update, _digest(text)))

    def is_unchanged(self, update: Update) -> bool:
        """Whether this is an edit after which the message says what it said before: a preview or a reaction was added."""
        message = update.message or update.edited_message
        if message is None:
            return False
        key, content = (message.chat.id, message.message_id), _digest(message.text or message.caption or "", _media(message))
        before = self._said.get(key)
        if update.edited_message is not None and before and before[0] < update.update_id and before[1] == content:
            return True
        _keep(self._said, key, (update.update_id, content))
        return False

    def is_further_part(self, update: Update) -> bool:
        """Whether this is another photo of an album that was begun before, without words of its own."""
        message = update.message
        if message is None or message.media_group_id is None:
            return False
        key = (message.chat.id, message.media_group_id)
        first = self._albums.get(key)
        if first is None or update.update_id <= first:
            _keep(self._albums, key, update.update_id)
            return False
        return not message.caption


def _media(message: Message) -> list[str]:
    media = [size.file_unique_id for size in message.photo[-1:]]
    return media + [one.file_unique_id for one in (message.document, message.video, message.animation, message.audio) if one]


def _digest(text: str, media: Sequence[str] = ()) -> str:
    return hashlib.sha256(repr((text.split(), list(media))).encode(errors="replace")).hexdigest()


def _keep(kept: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
