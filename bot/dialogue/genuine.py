"""Whether an announcement is genuine: the code that a message asks about, and what is said of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, pairwise

from bot.dialogue.compose import question
from bot.dialogue.moments import said_moment
from bot.engine import CodeWords, Engine
from bot.i18n import Words
from bot.model import Announcement, Reply
from bot.model.well_known import CONTACT
from bot.text.codes import CODE_LENGTH, is_code
from bot.text.folding import fold, visible

MOST_RUNS = 20  # runs of words in one message that are looked at as a code

_WORD = re.compile(r"[^\W_]+")
_GAP = re.compile(r"[\s.\-–—·]{1,3}")
_COMMAND = re.compile(r"/check(?:@\w+)?[\s:]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AskedCode:
    """A code as it is compared. `bare`: the message is nothing else, so that it may also be meant otherwise."""

    code: str
    bare: bool


def code_in(engine: Engine, text: str) -> str | None:
    """The code that a message asks to check, in capitals: "/check 7k3-m2p", "mã 7K3M2P có thật không", "7K3M2P".

    It need not be one that we would give out (`is_code`): a forged code has whatever signs its maker liked.
    """
    found = asked_code(engine, text)
    return found.code if found else None


def asked_code(engine: Engine, text: str) -> AskedCode | None:
    """As `code_in`, and whether the message is nothing but the code.

    Any word beside it that is not in the lexicon makes the message a question about something else. In a longer text, such as
    an announcement that is passed on, a code counts only where our own announcements have it.
    """
    known = engine.lexicon.codes
    text = unicodedata.normalize("NFKC", visible(text)).strip()
    command = _COMMAND.match(text)
    spelt = _spelt(text[command.end() :] if command else text, known)
    asking = [one for one in spelt if one.beside <= known.beside]
    if command:
        best = next(iter(asking or spelt), None)
        return AskedCode(best.code, bare=False) if best else None
    for one in asking:
        if not one.beside and one.looks_meant:
            return AskedCode(one.code, bare=True)
        if one.beside & known.asking and (one.looks_meant or (one.pieces == 1 and (one.beside & known.names or one.is_mixed))):
            return AskedCode(one.code, bare=False)
    for found in known.quoted.finditer(text):
        if is_code(found[1]) or (found[0].startswith("/") and _has_both(found[1])):
            return AskedCode(found[1].upper(), bare=False)
    return None


def beside_the_code(text: str) -> str:
    """The words around a code, by which the language of the question is told; "" where they are too few to tell it."""
    words = [word for word in _COMMAND.sub(" ", text).split() if not any(sign.isdigit() for sign in word)]
    return " ".join(words) if len(words) > 1 else ""


def check_reply(engine: Engine, lang: str, code: str, announcement: Announcement | None, at: datetime) -> Reply:
    """Genuine or not, at this moment; a genuine one with its own text, because a forger may use the code of another."""
    words = engine.words(lang)
    contact = (question(engine, lang, CONTACT),)
    if announcement is None:
        lines = [
            words.say("NOT GENUINE: nobody has sent an announcement with the code {code} through Loa Bản.", code=code),
            words.say(
                "Do not tap its links, do not send money, and give nobody an OTP, a password or the number of your identity "
                "card. If in doubt, ask at the commune's office in person."
            ),
            words.say("Could it be a slip in typing? Codes have no I, L, O, 0 or 1. Compare the signs and send it again."),
        ]
        return Reply("\n\n".join(lines), contact)
    plan = announcement.plan
    office = plan.office.get(lang) or plan.office["vi"]
    genuine = words.say("Genuine: announcement {code} of {office}.", code=code, office=office)
    sent = words.say("Sent: {when}.", when=said_moment(announcement.due, words))
    withdrawn = announcement.state == "cancelled"
    lines = [
        f"{genuine}\n{sent}\n{holds(announcement.expires, at, words, withdrawn=withdrawn)}",
        words.say("This is its text. If what you got says anything else, somebody has changed it: do not trust it."),
        plan.texts.get(lang) or plan.texts["vi"],
    ]
    return Reply("\n\n".join(lines), contact)


def how_to_check(engine: Engine, lang: str, *, misread: bool) -> Reply:
    """What a code looks like; `misread`: what was sent is none."""
    words = engine.words(lang)
    ways = words.say("Write /check and the code that stands under the announcement, for example: /check 7K3M2P")
    return Reply(f"{no_code(words)}\n{ways}" if misread else ways)


def no_code(words: Words) -> str:
    """Of what was given for the code of an announcement, and cannot be one."""
    return words.say(
        "That is no code of Loa Bản. Codes have six signs, capitals and digits, such as 7K3M2P. An announcement with "
        "another kind of code is not from Loa Bản."
    )


def holds(expires: datetime, at: datetime, words: Words, *, withdrawn: bool) -> str:
    """Whether an announcement is still true at this moment, and until when."""
    until = said_moment(expires, words)
    if withdrawn:
        return words.say("But the office has withdrawn it: please do not act on it any more.")
    if expires <= at:
        return words.say("It has not been true since {until}: please do not act on it any more.", until=until)
    return words.say("True until: {until}.", until=until)


# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spelt:
    """Words of a message that make a code when they are written together.

    beside       the other words, folded
    is_mixed     digits and letters take turns, as in no abbreviation or amount
    looks_meant  one word; or several that are more than a word with a number behind it: "lớp 234"
    order        what is most likely meant as a code comes first: few words, dashes between them, none that asks
    """

    code: str
    pieces: int
    beside: frozenset[str]
    is_mixed: bool
    looks_meant: bool
    order: tuple[int, bool, bool]


def _spelt(text: str, known: CodeWords) -> list[_Spelt]:
    """Every run of words that is six letters and digits, with one of each, in the order of `_Spelt.order`."""
    if not any(map(str.isdigit, text)):  # nearly every message: there is no code without a digit
        return []
    words = list(_WORD.finditer(text))
    runs = (words[start : start + size] for size in range(1, CODE_LENGTH + 1) for start in range(len(words) - size + 1))
    found = (spelt for run in runs if (spelt := _together(text, run, known)))
    return sorted(islice(found, MOST_RUNS), key=lambda spelt: spelt.order)


def _together(text: str, run: list[re.Match[str]], known: CodeWords) -> _Spelt | None:
    pieces = [word[0] for word in run]
    joined = "".join(pieces)
    if len(joined) != CODE_LENGTH or not joined.isascii() or not _has_both(joined):
        return None
    gaps = [text[one.end() : other.start()] for one, other in pairwise(run)]
    if not all(map(_GAP.fullmatch, gaps)):
        return None
    tied = all(gap.strip() for gap in gaps)
    code = joined.upper()
    return _Spelt(
        code,
        len(pieces),
        beside=frozenset(fold(f"{text[: run[0].start()]} {text[run[-1].end() :]}").split()),
        is_mixed=sum(one.isdigit() != other.isdigit() for one, other in pairwise(joined)) > 1,
        looks_meant=is_code(code) and (tied or joined.isupper() or any(map(_has_both, pieces))),
        order=(len(pieces), not tied, not known.asking.isdisjoint(pieces)),
    )


def _has_both(text: str) -> bool:
    """Letters and digits."""
    return not text.isalpha() and not text.isdigit()
