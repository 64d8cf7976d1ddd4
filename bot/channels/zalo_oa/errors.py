"""What to do about a refusal of Zalo's Official Account API."""

from __future__ import annotations

from bot.channels.zalo_oa.oauth import LOG_IN
from bot.errors import SendError

# What `error` says in an answer with status 200. One that nobody foresaw is in none of these lists: it says nothing about
# other messages.
EXPIRED = frozenset({-216, -220})
TOO_FAST = frozenset({-32})
GONE = frozenset({-213, -217, -227, -244})  # not followed, blocked, inactive, restricted
WINDOW = frozenset({-230})
SETUP = frozenset({-211, -218, -221, -224})
PARAMETERS = frozenset({-201, -210})  # wrong, too long: which one is in the words
TEXT_SIGNS = ("text", "length", "content")


def zalo_oa_error(error: int, message: str) -> SendError:
    """What to do about a refusal of Zalo: the one place where its numbers become ours."""
    detail = f"{error} {message[:200]}".strip()
    if error in EXPIRED:
        return SendError("token", f"Zalo refuses the access token, and the one after it ({error}); {LOG_IN}")
    if error in TOO_FAST:
        return SendError("throttled", detail)
    if error in GONE:
        return SendError("refused-person", detail, gone=True)
    if error in WINDOW:
        return SendError("window", detail)
    if error in SETUP:
        return SendError("setup", detail)
    if error in PARAMETERS and any(sign in message.lower() for sign in TEXT_SIGNS):
        return SendError("refused-text", detail)
    return SendError("refused", detail)
