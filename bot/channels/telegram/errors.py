"""What to do about a refusal of Telegram."""

from __future__ import annotations

from datetime import timedelta

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    PassportDecryptionError,
    RetryAfter,
    TelegramError,
)

from bot.channels.reaching import never_left
from bot.errors import SendError
from bot.i18n import mark

# What a 400 says, in small letters. One that nobody foresaw is in none of these lists: it says nothing about other messages.
BAD_TOKEN = mark(
    "LOABAN_TELEGRAM_TOKEN: Telegram does not accept it. Copy the token from @BotFather again; if LOABAN_TELEGRAM_API is set, "
    "check that address, too."
)
NOT_FOUND = "chat not found"  # now and then said of somebody who is there
GONE = (
    "user not found",
    "user is deactivated",
    "peer_id_invalid",
    "input_user_deactivated",
    "user_is_blocked",
)
REFUSED_TEXT = (
    "message is too long",
    "message_too_long",
    "caption is too long",
    "can't parse entities",
    "message text is empty",
    "text must be non-empty",
    "wrong file identifier",
    "wrong remote file identifier",
    "failed to get http url content",
    "wrong type of the web page content",
    "photo_invalid_dimensions",
    "image_process_failed",
    "media_empty",
    "webpage_",
)


def telegram_error(error: TelegramError) -> SendError:
    """What to do about a refusal of Telegram: the one place where its errors become ours."""
    match error:
        case RetryAfter():
            return SendError("throttled", retry_after=seconds(error.retry_after))
        case ChatMigrated():
            return SendError("refused-person", "the chat has a new id", moved_to=str(error.new_chat_id))
        case Forbidden():
            return SendError("refused-person", error.message[:200], gone=True)
        case InvalidToken():
            return SendError("token", "LOABAN_TELEGRAM_TOKEN is refused")  # the vendor's text may quote it
        case Conflict() | EndPointNotFound() | PassportDecryptionError():
            return SendError("setup", error.message[:200])
        case BadRequest():  # before NetworkError, its parent
            return _bad_request(error.message[:200])
        case _:  # NetworkError, TimedOut, and answers that are no answer
            return SendError("unreachable", error.message[:200], never_left=never_left(error.__cause__))


def _bad_request(message: str) -> SendError:
    said = message.lower()
    if NOT_FOUND in said:
        return SendError("refused-person", message)
    if any(sign in said for sign in GONE):
        return SendError("refused-person", message, gone=True)
    return SendError("refused-text" if any(sign in said for sign in REFUSED_TEXT) else "refused", message)


def seconds(wait: int | float | timedelta) -> float:
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
