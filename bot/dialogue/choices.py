"""Which of the offered choices a person means: by number, or by words."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.fuzz import token_sort_ratio

from bot.engine import Engine, NumberWords
from bot.model import Button, Session
from bot.text.folding import fold

SAME_WORDS = 90.0  # likeness of the typed words and a label, 0 to 100
INTENT = "intent:"  # how the choice of an intent begins
LISTED = (INTENT, "topic:")  # what "the last one" counts: not "none of these", or what stands beside
POINTING_WORDS = 6  # a longer message asks anew
POINTED_AT = 0.6  # probability among the choices alone
SAYS_ITSELF = 0.85  # probability of an intent that is not offered from which a message means that one
TELLING_WORDS = 2  # so many words that stand in one label only pick it
CHOOSABLE = 3  # replies after which what was asked back about can still be chosen


def picked(text: str, offered: Sequence[Button], numbers: NumberWords) -> Button | None:
    """The offered button that the text names by number ("2", "số 2", "câu thứ hai") or by words of its own."""
    if not offered:
        return None
    if typed_number(text, numbers) is not None or _alone(text, numbers) in numbers.last:
        return _numbered(text, offered, numbers)
    typed = fold(text)
    if not typed:
        return None
    best = max(offered, key=lambda button: token_sort_ratio(typed, fold(button.label)))
    if token_sort_ratio(typed, fold(best.label)) >= SAME_WORDS:
        return best
    words = set(typed.split())
    holding = [button for button in offered if words <= set(fold(button.label).split())]
    return holding[0] if len(holding) == 1 and len(words) >= TELLING_WORDS else None


def _numbered(text: str, offered: Sequence[Button], numbers: NumberWords) -> Button | None:
    """As `picked`, by number alone."""
    number = typed_number(text, numbers)
    if number is not None:
        return offered[number - 1] if 1 <= number <= len(offered) else None
    if _alone(text, numbers) in numbers.last:
        return next((button for button in reversed(offered) if button.choice.startswith(LISTED)), None)
    return None


def typed_number(text: str, numbers: NumberWords) -> int | None:
    """The number, where the message is nothing but one: "9", "số 9", "câu thứ hai", "the first one"."""
    typed = _alone(text, numbers)
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 2 else numbers.named.get(typed)


def pointed_at(text: str, offered: Sequence[Button], engine: Engine) -> Button | None:
    """The intent among those asked back about that a message points at in words of its own: "cái lớp may ấy"."""
    words = fold(text).split()
    pointing = engine.lexicon.numbers.pointing
    open_ones = {button.choice.removeprefix(INTENT): button for button in offered if button.choice.startswith(INTENT)}
    asked_back = any(button.choice == "none" for button in offered)
    if not asked_back or not 1 < len(words) <= POINTING_WORDS or not pointing & {words[0], words[-1]}:
        return None
    intents, alone = engine.knowledge.intents, engine.matcher.match(text)[:1]
    first = intents.get(alone[0].intent) if alone and alone[0].probability >= POINTED_AT else None
    if first is not None and first.topic not in {intents[name].topic for name in open_ones if name in intents}:
        return None  # "cái thẻ bảo hiểm mất rồi" points at nothing: it says what it is about
    if first is not None and first.id not in open_ones and alone[0].probability >= SAYS_ITSELF:
        return None  # "Korea, the exam one": another intent of that topic
    found = engine.matcher.match(text, within=open_ones)
    likely = found and found[0].probability >= POINTED_AT and found[0].intent in open_ones
    return open_ones[found[0].intent] if likely else None


def picked_earlier(text: str, session: Session, engine: Engine) -> Button | None:
    """The intent of an earlier list that a message picks, where nothing that stands under the last reply is meant.

    By number alone: words may ask something new by now (pointing words picked a wrong one of an older list twice in
    1,125 written turns, and a right one never). Never in an emergency: there a number is one to call.
    """
    if session.in_danger:
        return None
    button = _numbered(text, session.listed, engine.lexicon.numbers)
    return button if button is not None and button.choice.startswith(INTENT) else None


def listed_after(session: Session, buttons: tuple[Button, ...]) -> tuple[tuple[Button, ...], int]:
    """`Session.listed` and `Session.listed_for` after a reply with these buttons."""
    if sum(button.choice.startswith(INTENT) for button in buttons) > 1 and any(one.choice == "none" for one in buttons):
        return buttons, 0
    return (session.listed, session.listed_for + 1) if session.listed_for < CHOOSABLE else ((), 0)


def _alone(text: str, numbers: NumberWords) -> str:
    """The message without the words that stand around a number."""
    words = fold(text).split()
    while words and words[0] in numbers.before and len(words) > 1:
        words = words[1:]
    while words and words[-1] in numbers.after and len(words) > 1:
        words = words[:-1]
    return " ".join(words)
