"""What to do about a refusal of the Zalo Bot Platform."""

from __future__ import annotations

from bot.errors import SendError, SettingsError
from bot.i18n import mark

DOCUMENTED = (400, 401, 403, 404, 408, 429)
IDLE = 408
# What a refusal says, in small letters. One that nobody foresaw is in neither list: it says nothing about other messages.
NOT_SET_UP = ("method", "bot not found", "bot is not found")
REFUSED_TEXT = (
    "too long",
    "too_long",
    "text is empty",
    "text must be",
    "text is required",
    "message is empty",
    "can't parse",
    "caption",
    "photo",
    "invalid url",
)


def zalo_bot_error(status: int, error_code: int | None, description: str) -> SendError:
    """What to do about a refusal of Zalo: the one place where its errors become ours.

    `status` of HTTP counts where the envelope has no `error_code` that is documented. Zalo says with none how long to wait.
    """
    code = error_code if error_code is not None and (error_code in DOCUMENTED or error_code >= 500) else status
    said = description.lower()
    match code:
        case 400:
            return SendError("refused-text" if any(sign in said for sign in REFUSED_TEXT) else "refused", description)
        case 401:
            return SendError("token", "LOABAN_ZALO_BOT_TOKEN is refused")  # the vendor's text may quote it
        case 403:
            return SendError("refused-person", description, gone=True)
        case 404:
            return SendError("setup" if any(sign in said for sign in NOT_SET_UP) else "refused-person", description)
        case 429:
            return SendError("throttled", description)
        case _ if code == IDLE or code >= 500:
            return SendError("unreachable", description or f"error {code}")
        case _:
            return SendError("refused", description or f"error {code if error_code is None else error_code}")


def bad_token() -> SettingsError:
    return SettingsError(
        mark(
            "LOABAN_ZALO_BOT_TOKEN: Zalo does not accept it. Copy the token of the bot again; if LOABAN_ZALO_BOT_API is set, "
            "check that address, too."
        )
    )
