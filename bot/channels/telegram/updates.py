"""What comes in from Telegram, read. In groups that is little: what is plainly meant for us, and no other talk."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bot.cases.commands import may_be_command
from bot.channels.telegram.descriptor import NAME
from bot.channels.telegram.repeats import Repeats
from bot.model import COMMANDS, STAFF_COMMANDS, Address, Incoming, IncomingKind
from bot.text.folding import visible

AHEAD = timedelta(days=1)  # that Telegram's clock and ours may be apart

KINDS: tuple[tuple[str, IncomingKind], ...] = (  # the first that a message has; a venue carries a location as well
    ("text", "text"),
    ("voice", "voice"),
    ("audio", "voice"),
    ("video_note", "voice"),
    ("photo", "photo"),
    ("sticker", "sticker"),
    ("location", "location"),
    ("venue", "location"),
    ("document", "file"),
    ("video", "file"),
    ("animation", "file"),
)
FILES = ("voice", "audio", "video_note", "video", "animation", "document")  # an animation comes as a document, too
SERVICE_MESSAGES = (  # Telegram's notes about the chat, written by nobody
    "pinned_message",
    "message_auto_delete_timer_changed",
    "chat_background_set",
    "write_access_allowed",
    "connected_website",
    "proximity_alert_triggered",
    "boost_added",
)
ADDRESSED_COMMAND = re.compile(r"^(/\w+)@\w+")
GROUP_COMMAND = re.compile(r"/(\w+)(?:@(\w+))?(?!\S)")
OUR_COMMANDS = frozenset((*COMMANDS, *STAFF_COMMANDS))
FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,300}")

Way = Literal["private", "forwarded", "edited", "group"]


def read_update(update: Update, now: datetime, username: str = "", own_id: int | None = None) -> Incoming | None:
    """What a resident sent, or None for an update that needs no answer: talk in groups, channels, service messages.

    `username` and `own_id` are ours. In groups our commands are read, unless they name another bot, answers to messages of
    ours (of any bot, where our id is not known), what may be an order about a case by its form, and buttons.
    """
    if update.callback_query is not None:
        return _read_press(str(update.update_id), update.callback_query, now)
    if update.my_chat_member is not None:
        return _read_membership(str(update.update_id), update.my_chat_member, now)
    message = update.message or update.edited_message
    if message is not None and (moved := _read_move(str(update.update_id), message, now)) is not None:
        return moved
    if message is None or any(getattr(message, name) for name in SERVICE_MESSAGES):
        return None
    edited = update.edited_message is not None
    if edited and message.location:  # a live location edits itself every few seconds
        return None
    answered = _answered(message, own_id)
    way: Way = "private"
    if not _private(message.chat):
        if not _is_for_us(message, edited, answered, username):
            return None
        way = "group"
    elif message.forward_origin is not None:
        way = "forwarded"
    elif edited:
        way = "edited"
    at = (message.edit_date if edited else None) or message.date
    return _read_message(str(update.update_id), message, _believed(at, now), way, answered)


def read_once(repeats: Repeats, update: Update, now: datetime, username: str, own_id: int | None) -> Incoming | None:
    """As `read_update`; None also for an edit that changes nothing. Photos after the first of an album are told as such."""
    incoming = read_update(update, now, username, own_id)
    if incoming is None or repeats.is_unchanged(update):
        return None
    return replace(incoming, more=repeats.is_further_part(update))


def plain_text(update_id: str, chat: str, text: str, at: datetime, now: datetime) -> Incoming:
    """A text in a private chat, and nothing else."""
    return Incoming(update_id, Address(NAME, chat), ADDRESSED_COMMAND.sub(r"\1", text), _believed(at, now))


def named_bot(update: Update) -> str | None:
    """Whom a command of ours in a group is for, in small letters, "" where it names nobody; None for anything else."""
    message = update.message or update.edited_message
    return None if message is None else _named_bot(message)


def _is_for_us(message: Message, edited: bool, answered: str | None, username: str) -> bool:
    """Whether a message that is not private is meant for us.

    What was passed on is what somebody else wrote. What was changed would give an order about a case a second time.
    """
    if not _group(message.chat) or message.forward_origin is not None:
        return False
    if (named := _named_bot(message)) is not None:
        return named in ("", username.lower())
    return not edited and (answered is not None or may_be_command(message.text or message.caption or ""))


def _named_bot(message: Message) -> str | None:
    if not _group(message.chat):
        return None
    command = GROUP_COMMAND.match(message.text or message.caption or "")
    if command is None or command[1].lower() not in OUR_COMMANDS:
        return None
    return (command[2] or "").lower()


def _answered(message: Message, own_id: int | None) -> str | None:
    """The message of ours that this one answers."""
    answered = message.reply_to_message
    if answered is None or answered.from_user is None:
        return None
    ours = answered.from_user.is_bot if own_id is None else answered.from_user.id == own_id
    return str(answered.message_id) if ours and isinstance(answered.message_id, int) else None


def _read_press(update_id: str, query: CallbackQuery, now: datetime) -> Incoming | None:
    """A button press; Telegram does not date it, and the date of the message it hangs on may be months old."""
    if query.message is None or not isinstance(query.data, str):
        return None
    chat, choice = query.message.chat, visible(query.data)
    if _private(chat):
        return Incoming(update_id, Address(NAME, str(chat.id)), "", now, choice=choice)
    if not _group(chat):
        return None
    author = _address(query.from_user)
    topic = _topic(query.message) if isinstance(query.message, Message) else ""
    return Incoming(update_id, Address(NAME, str(chat.id)), "", now, choice=choice, way="group", author=author, topic=topic)


def _read_membership(update_id: str, change: ChatMemberUpdated, now: datetime) -> Incoming | None:
    """Somebody blocked the bot or took it out of a group. That they let it in needs no answer: they write when they want."""
    if change.new_chat_member.status not in (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT):
        return None
    if not _private(change.chat) and not _group(change.chat):
        return None
    way: Way = "private" if _private(change.chat) else "group"
    at = _believed(change.date, now)
    return Incoming(update_id, Address(NAME, str(change.chat.id)), "", at, kind="left", way=way)


def _read_move(update_id: str, message: Message, now: datetime) -> Incoming | None:
    """A group became a supergroup, which has another id: told in the old chat, and in the new one."""
    old, new = message.chat.id, message.migrate_to_chat_id
    if message.migrate_from_chat_id is not None:
        old, new = message.migrate_from_chat_id, message.chat.id
    if not (isinstance(old, int) and isinstance(new, int)):
        return None
    at, address = _believed(message.date, now), Address(NAME, str(new))
    return Incoming(update_id, Address(NAME, str(old)), "", at, kind="other", way="group", moved_to=address)


def _topic(message: Message) -> str:
    """The part of a group in which it stands, where the group has parts."""
    return str(message.message_thread_id) if message.is_topic_message and message.message_thread_id else ""


def _read_message(update_id: str, message: Message, at: datetime, way: Way, answered: str | None) -> Incoming:
    kind: IncomingKind = next((kind for name, kind in KINDS if getattr(message, name)), "other")
    text = ADDRESSED_COMMAND.sub(r"\1", message.text or message.caption or "")
    sizes = sorted(message.photo, key=lambda size: size.width * size.height)
    return Incoming(
        update_id,
        Address(NAME, str(message.chat.id)),  # a group is answered as a whole
        text,
        at,
        kind=kind,
        photo=f"{NAME}:{sizes[-1].file_id}" if sizes and FILE_ID.fullmatch(sizes[-1].file_id) else None,
        way=way,
        file=_file(message),
        author=_author(message) if way == "group" else None,
        reply_to=answered,
        topic=_topic(message) if way == "group" else "",
    )


def _file(message: Message) -> str | None:
    for kind in FILES:
        if (file := getattr(message, kind)) and FILE_ID.fullmatch(file.file_id):
            return f"{NAME}:{kind}:{file.file_id}"
    return None


def _author(message: Message) -> Address | None:
    """Who wrote in a group; None for a bot, a channel, and an administrator who writes as the group itself."""
    return None if message.from_user is None or message.sender_chat is not None else _address(message.from_user)


def _address(person: User) -> Address | None:
    return Address(NAME, str(person.id)) if isinstance(person.id, int) and not person.is_bot else None


def _believed(at: datetime, now: datetime) -> datetime:
    """Nothing was written in the future: with such a date a chat would look newer than all that comes after it."""
    return min(at.astimezone(UTC), now + AHEAD)


def _private(chat: Chat) -> bool:
    return chat.type == ChatType.PRIVATE and isinstance(chat.id, int)


def _group(chat: Chat) -> bool:
    return chat.type in (ChatType.GROUP, ChatType.SUPERGROUP) and isinstance(chat.id, int)
