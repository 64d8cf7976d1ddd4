"""What somebody sends with a form of the page, read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels.web_chat.descriptor import LONGEST
from bot.errors import LoabanError
from bot.model import Address, Incoming

# The fields, as they stand in the templates.
TEXT, CHOICE, NONCE, TOKEN, PLACE, LANG, AFTER, RETURNED = "noi_dung", "chon", "so", "ma", "x", "lang", "sau", "lai"
TAB = "trang"  # of our script alone

NONCE_FORM = re.compile(r"[\w-]{16,64}", re.ASCII)
CHOICE_FORM = re.compile(r"[\w:-]{1,64}", re.ASCII)
PLACE_FORM = re.compile(r"\d{1,8}", re.ASCII)
LANG_FORM = re.compile(r"[a-z]{2,3}")
TAB_FORM = re.compile(r"[\w-]{1,24}", re.ASCII)
NUMBER_FORM = re.compile(r"\d{1,15}", re.ASCII)
ID_DIGITS = 32


class UnreadableForm(LoabanError):
    """A form that no page of ours has; `too_long`: its text is longer than one may be."""

    def __init__(self, *, too_long: bool = False) -> None:
        super().__init__("the text is too long" if too_long else "this form is none of ours")
        self.too_long = too_long


@dataclass(frozen=True, slots=True)
class ChatForm:
    """A message, or the token of a choice. `nonce`: of the page that it was written on; reloads and retries repeat it.

    after     the last message that the page shows
    place     code of the commune that the page was opened for, "" for none
    lang      the language that was chosen for the page, "" for none
    returned  the page came with an answer to a form, so that by then the browser had been given a cookie
    tab       what our script calls the page that it sends from and whose stream it reads, "" without it
    """

    text: str
    choice: str | None
    nonce: str
    after: int = 0
    place: str = ""
    lang: str = ""
    returned: bool = False
    tab: str = ""

    def incoming(self, sender: Address, at: datetime, label: str = "") -> Incoming:
        """What was sent; `label` are the words of a choice that has no token.

        The same form, sent again, is the same message. Who goes back and writes something else in it sends another one.

        The id ends in the person, so that nobody can use up the nonce of another, and `forget` finds it.
        """
        said = "\0".join((self.nonce, "" if self.choice is None else f"c{self.choice}", self.text))
        id_ = hashlib.sha256(said.encode()).hexdigest()[:ID_DIGITS]
        return Incoming(
            f"{id_}-{sender.user}", sender, self.text or label, at, choice=self.choice, place=self.place, lang=self.lang
        )


def read_form(fields: Mapping[str, str]) -> ChatForm:
    """What was sent, from its fields. Raises UnreadableForm where that is no message."""
    text, choice, nonce = _lines(fields.get(TEXT, "")).strip(), fields.get(CHOICE), fields.get(NONCE, "")
    if len(text) > LONGEST:
        raise UnreadableForm(too_long=True)
    if not NONCE_FORM.fullmatch(nonce) or (choice is None and not text):
        raise UnreadableForm
    if choice is not None and not CHOICE_FORM.fullmatch(choice):
        raise UnreadableForm
    return ChatForm(
        text="" if choice is not None else text,
        choice=choice,
        nonce=nonce,
        after=number(fields.get(AFTER)),
        place=fitting(PLACE_FORM, fields.get(PLACE)),
        lang=fitting(LANG_FORM, fields.get(LANG)),
        returned=fields.get(RETURNED) == "1",
        tab=fitting(TAB_FORM, fields.get(TAB)),
    )


def number(text: str | None) -> int:
    """The id of a message; 0 for what is none."""
    return int(text) if text and NUMBER_FORM.fullmatch(text) else 0


def fitting(form: re.Pattern[str], text: str | None) -> str:
    return text if text and form.fullmatch(text) else ""


def _lines(text: str) -> str:
    """Browsers end lines as the standard of forms wants it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
