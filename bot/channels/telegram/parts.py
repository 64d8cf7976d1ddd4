"""What a reply becomes at Telegram: one message or several, with what stands above a text, and the buttons under the last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from telegram import (
    Animation,
    Audio,
    Bot,
    Document,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    PhotoSize,
    Video,
    VideoNote,
    Voice,
)

from bot.channels.media import web_address
from bot.channels.recordings import Recording
from bot.channels.telegram.descriptor import NAME, TELEGRAM
from bot.model import Button, Reply
from bot.text.splitting import shortened, split_text, utf16_units

MAX_LABEL = 60  # UTF-16 units; more does not fit on one line of a cheap phone's screen

# Telegram's names for what it keeps. A string would be looked for among the local files, so each is given as an object.
Medium = PhotoSize | Document | Voice | Audio | Video | VideoNote | Animation
FILES: dict[str, Callable[[str], Medium]] = {
    "document": lambda id_: Document(id_, ""),
    "voice": lambda id_: Voice(id_, "", 0),
    "audio": lambda id_: Audio(id_, "", 0),
    "video": lambda id_: Video(id_, "", 0, 0, 0),
    "video_note": lambda id_: VideoNote(id_, "", 0, 0),
    "animation": lambda id_: Animation(id_, "", 0, 0, 0),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One message: a text, or a medium with the text under it."""

    text: str
    buttons: tuple[Button, ...] = ()
    medium: Medium | Recording | None = None
    topic: int | None = None

    def call(self, bot: Bot, user: str) -> Awaitable[Message]:
        """Send it. Raises TelegramError."""
        markup, under, topic = keyboard(self.buttons), self.text or None, self.topic
        match self.medium:
            case None:
                preview = LinkPreviewOptions(is_disabled=True)
                return bot.send_message(
                    user, self.text, reply_markup=markup, message_thread_id=topic, link_preview_options=preview
                )
            case PhotoSize():
                return bot.send_photo(user, self.medium, caption=under, reply_markup=markup, message_thread_id=topic)
            case Document():
                return bot.send_document(user, self.medium, caption=under, reply_markup=markup, message_thread_id=topic)
            case Recording(name, data):
                return bot.send_voice(user, data, filename=name, caption=under, reply_markup=markup, message_thread_id=topic)
            case Voice():
                return bot.send_voice(user, self.medium, caption=under, reply_markup=markup, message_thread_id=topic)
            case Audio():
                return bot.send_audio(user, self.medium, caption=under, reply_markup=markup, message_thread_id=topic)
            case Video():
                return bot.send_video(user, self.medium, caption=under, reply_markup=markup, message_thread_id=topic)
            case Animation():
                return bot.send_animation(user, self.medium, caption=under, reply_markup=markup, message_thread_id=topic)
            case VideoNote():  # nothing can stand under it
                return bot.send_video_note(user, self.medium, reply_markup=markup, message_thread_id=topic)


def parts(reply: Reply) -> list[Part]:
    """The messages of a reply, in their order; none where it says nothing.

    What lies at Telegram is sent, with the text under it where that fits, else after the text. Of a file on the web the
    address stands under the text. A photo on the web is shown by Telegram; where the text does not fit under it, its address
    stands there. An announcement is one message: it goes out without a photo that its text does not fit under.
    """
    reply = replace(reply, text=_with_address(reply.text, web_address(reply.file)))
    photo, file = _photo(reply), _file(reply)
    fits = utf16_units(reply.text) <= TELEGRAM.capabilities.max_photo
    if photo is not None and not fits and (reply.case is None or web_address(reply.photo)):
        photo = None
        if reply.case is not None:
            reply = with_photo_as_address(reply)
    media = [medium for medium in (photo, file) if medium is not None]
    if media and fits and not isinstance(media[0], VideoNote):
        found = [Part(reply.text, medium=media[0]), *(Part("", medium=medium) for medium in media[1:])]
    else:
        texts = split_text(reply.text, TELEGRAM.capabilities.max_text)
        found = [*(Part(text) for text in texts), *(Part("", medium=medium) for medium in media)]
    if found:
        found[-1] = replace(found[-1], buttons=reply.buttons)
    return [replace(part, topic=int(reply.topic)) for part in found] if reply.topic.isdecimal() else found


def with_photo_as_address(reply: Reply) -> Reply:
    """The same, where its photo on the web is not shown."""
    return replace(reply, text=_with_address(reply.text, web_address(reply.photo)), photo=None)


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """As the library has it."""
    rows = [
        [InlineKeyboardButton(button["text"], callback_data=button["callback_data"]) for button in row]
        for row in rows_of_buttons(buttons)
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def rows_of_buttons(buttons: Sequence[Button]) -> list[list[dict[str, str]]]:
    """As the Bot API has it: one button a row, but for those that may stand beside the one before."""
    rows: list[list[dict[str, str]]] = []
    for button in buttons:
        if not button.beside or not rows:
            rows.append([])
        rows[-1].append({"text": shortened(button.label, MAX_LABEL), "callback_data": button.choice})
    return rows


def _photo(reply: Reply) -> PhotoSize | None:
    vendor, _, file_id = (reply.photo or "").partition(":")
    if vendor == "https":
        return PhotoSize(reply.photo or "", "", 0, 0)
    return PhotoSize(file_id, "", 0, 0) if vendor == NAME and file_id else None


def _file(reply: Reply) -> Medium | None:
    vendor, _, rest = (reply.file or "").partition(":")
    kind, _, file_id = rest.partition(":")
    make = FILES.get(kind) if vendor == NAME and file_id else None
    return None if make is None else make(file_id)


def _with_address(text: str, address: str | None) -> str:
    return f"{text}\n{address}".strip() if address else text
