"""What a person writes after an announcement of the commune arrived: questions about it, and answers meant for the commune.

Answered from its own text, how long it holds and its code. What it does not say goes to the officers of the commune that
sent it. What is asked, and how, stands in content/conversation.yaml under `received`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.dialogue import genuine, handoff
from bot.dialogue.moments import said_moment
from bot.dialogue.person_context import Received
from bot.engine import Engine
from bot.i18n import Words
from bot.model import Button, ReceivedKind, Reply, Session
from bot.model.well_known import SYSTEM
from bot.text.folding import fold, has_accents, tokens
from bot.text.splitting import shortened

KEPT = timedelta(days=3)  # so long after it arrived, messages may be about it
OPEN_QUESTION = "received"  # in the session: the last message was about the announcement
SHORT = 8  # words of a message about it that names none of its words
LONGEST = 20  # words of one that does
SURE_WHEN_LATEST_AND_NAMED = 1.0
SURE_WHEN_NAMED = 0.95
SURE_WHEN_LATEST = 0.97
SURE_AFTER_SILENCE = 0.85  # it arrived earlier, and nothing else is spoken of now
SURE_IN_ANOTHER_TALK = 0.35
LOST_A_WORD = 0.35  # for each word that neither asks nor stands in the announcement
SURE_OF_ITS_WORDS = 0.75  # where nothing is asked in words that are known
LEAST_SURE = 0.15
SENTENCES = 2  # quoted for a kind
QUOTED = 600  # UTF-16 units of a sentence
FIRST_WORDS = 120  # UTF-16 units by which an announcement is recognised

# Kinds that the announcement's frame answers, without a sentence.
_FRAMED: frozenset[ReceivedKind] = frozenset({"genuine", "content", "sender", "until"})
_TIMED: frozenset[ReceivedKind] = frozenset({"when", "until"})
_CLOCK = re.compile(r"\d{1,2}\s?(?:h|giờ|gio|g|:|am|pm)\s?\d{0,2}\b|\b\d{1,2}[/-]\d{1,2}\b", re.IGNORECASE)
_WORDS = re.compile(r"\w+")
# A full stop between digits, or behind a lone capital, ends no sentence: "7.30", "TP. Điện Biên Phủ".
_SENTENCE_END = re.compile(r"(?<=[.!?;…])(?<![A-ZĐ]\.)(?<!TP\.)(?<!\bTS\.)\s+|\n+")


@dataclass(frozen=True, slots=True)
class AboutReceived:
    """A reply about the announcement, what was asked of it, and how sure it is that it was meant, 0 to 1.

    `named`: the message says that it means the announcement ("tin này"), so that what it asks is asked of nothing else.
    """

    reply: Reply
    kinds: tuple[ReceivedKind, ...]
    sure: float
    named: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """How a message reads beside the announcement. `shared`: its words that stand there; `unexplained`: how many do nowhere."""

    kinds: tuple[ReceivedKind, ...]
    unexplained: int
    shared: frozenset[str]
    pointed: bool

    @property
    def named(self) -> bool:
        return self.pointed or bool(self.shared)


def about(
    engine: Engine, lang: str, text: str, received: Received, session: Session, now: datetime, *, people: bool
) -> AboutReceived | None:
    """The reply to a question about what was received; None when the message asks nothing of the kind.

    `people`: there are officers to ask. The caller knows what else the message may mean, and how likely that is.
    """
    if not timedelta() <= now - received.at <= KEPT or engine.command(text):
        return None
    asked = _asked(engine, text, received)
    if asked is None:
        return None
    sure = _situation(received, session, named=asked.named) - LOST_A_WORD * asked.unexplained
    if not asked.kinds:
        sure = min(sure, SURE_OF_ITS_WORDS)
    if sure < LEAST_SURE:
        return None
    reply = _reply(engine, lang, received, asked, now, people=people)
    return AboutReceived(reply, asked.kinds, round(sure, 2), asked.pointed and bool(asked.kinds))


def at_hand(received: Received, session: Session, now: datetime) -> bool:
    """Whether nothing was said since but about it, so that what is not clear by itself is most likely about it."""
    return timedelta() <= now - received.at <= KEPT and (received.latest or session.asked == OPEN_QUESTION)


def read_again(engine: Engine, lang: str, received: Received, now: datetime, *, people: bool) -> Reply:
    """The whole announcement once more and whom to ask, for a message about it that is not understood."""
    frame = genuine.holds(received.until, now, engine.words(lang), withdrawn=received.withdrawn)
    words = engine.words(lang)
    parts = [_head(words, received), received.text, f"{frame} {_code(words, received)}", _ask_officer(words, people=people)]
    return Reply("\n\n".join(parts), _officer(engine, lang, received, people=people))


def answered_back(
    engine: Engine, lang: str, text: str, received: Received, session: Session, now: datetime, *, people: bool
) -> Reply | None:
    """The reply to a yes, a no or a short sign that answers the announcement: it does not reach the commune by itself.

    None where something of ours is open that it may answer as well.
    """
    if now - received.at > KEPT or not _may_answer(received, session):
        return None
    wanted = engine.lexicon.received.wants_answer(received.text)
    ours = session.asked == OPEN_QUESTION or any(button.choice == "none" for button in session.offered)
    meant = engine.lexicon.received.replies.has(text)
    sign = _is_sign(text, received) and (wanted or not session.offered)
    if not meant and not sign and not (_is_yes_or_no(engine, text) and (wanted or not ours)):
        return None
    words = engine.words(lang)
    said = words.say(
        "Loa Bản only carries the announcement of {office}; what you write here does not reach the office.",
        office=received.office,
    )
    tap = words.say("To tell an officer there, tap below.") if people else ""
    return Reply(f"{said} {tap}".rstrip(), _officer(engine, lang, received, people=people))


def question_about(received: Received, text: str) -> str:
    """The question as it is passed on: officers see which announcement it is about."""
    return handoff.masked_question(f"[{received.code}] {text}")


# --- reading the message ----------------------------------------------------------------------------------------------


def _asked(engine: Engine, text: str, received: Received) -> _Asked | None:
    """The reading that leaves the fewest words unexplained: as typed, or repaired."""
    typed, repaired = fold(text).split(), list(engine.matcher.read(text).words)
    accents = dict(zip(typed, tokens(text), strict=False)) if has_accents(text) else {}
    readings = [_read(engine, text, words, accents, received) for words in (typed, repaired)]
    best = min(readings, key=lambda reading: (not reading.kinds, reading.unexplained))
    if not best.kinds and not best.shared:
        return None
    return best if len(repaired) <= (LONGEST if best.named or not best.unexplained else SHORT) else None


def _read(engine: Engine, text: str, words: Sequence[str], accents: Mapping[str, str], received: Received) -> _Asked:
    """`words` are folded; `accents` tells how they were typed, where with any: "lắm" is no "làm"."""
    phrases = engine.lexicon.received
    found = phrases.asked(words)
    asking = {place for one in found for place in range(one.start, one.end) if place not in one.free}
    last = len(words) - 1
    if last - 1 in asking and words[last] in phrases.ending:
        asking.add(last)
    rest = {
        word
        for place, word in enumerate(words)
        if place not in asking and accents.get(word, word) not in phrases.beside and not word.isdigit()
    }
    own = set(fold(f"{received.text} {received.office}").split())
    pointed = phrases.points(text)
    pointing = {word for phrase in phrases.pointing for word in phrase.split()} if pointed else set()
    kinds = tuple(dict.fromkeys(one.kind for one in found))
    return _Asked(kinds, len(rest - own - pointing), frozenset(rest & own), pointed)


def _situation(received: Received, session: Session, *, named: bool) -> float:
    if received.latest or session.asked == OPEN_QUESTION:
        return SURE_WHEN_LATEST_AND_NAMED if named else SURE_WHEN_LATEST
    if named:
        return SURE_WHEN_NAMED
    return SURE_AFTER_SILENCE if session.topic in (None, SYSTEM) else SURE_IN_ANOTHER_TALK


def _may_answer(received: Received, session: Session) -> bool:
    """Whether nothing of ours came after it but answers about it, and none of our questions is open."""
    return session.asked == OPEN_QUESTION or (received.latest and session.asked is None)


def _is_yes_or_no(engine: Engine, text: str) -> bool:
    lexicon = engine.lexicon
    return (engine.agrees(text) or lexicon.handoff_refused.has(text)) and engine.command(text) is None


def _is_sign(text: str, received: Received) -> bool:
    """A number, or a short word that the announcement has in capitals: "soạn DK gửi lại"."""
    sign = text.strip().rstrip(".!")
    if re.fullmatch(r"\d{1,2}", sign):
        return True
    own = " ".join(_WORDS.findall(received.text))
    return bool(re.fullmatch(r"\w{1,8}(?: \w{1,4})?", sign)) and f" {sign.upper()} " in f" {own} "


# --- the answer -------------------------------------------------------------------------------------------------------


def _reply(engine: Engine, lang: str, received: Received, asked: _Asked, now: datetime, *, people: bool) -> Reply:
    words = engine.words(lang)
    frame = f"{genuine.holds(received.until, now, words, withdrawn=received.withdrawn)} {_code(words, received)}"
    if "genuine" in asked.kinds:
        parts = [_is_genuine(words, received), frame]
    elif "content" in asked.kinds:
        parts = [_head(words, received), received.text, frame]
    else:
        quoted = "\n".join(f"“{shortened(sentence, QUOTED)}”" for sentence in _quoted(engine, received, asked))
        framed = not _FRAMED.isdisjoint(asked.kinds)
        parts = [_begin(words, received, quoted=bool(quoted), framed=framed), quoted, frame]
        parts.append(_further(words, asked.kinds, found=bool(quoted) or framed, people=people))
    return Reply("\n\n".join(filter(None, parts)), _officer(engine, lang, received, people=people))


def _begin(words: Words, received: Received, *, quoted: bool, framed: bool) -> str:
    if quoted:
        return _head(words, received)
    if framed:
        when = said_moment(received.at, words)
        return words.say("The announcement came from {office}, at {when}.", office=received.office, when=when)
    return words.say("The announcement of {office} does not say that.", office=received.office)


def _further(words: Words, kinds: Sequence[ReceivedKind], *, found: bool, people: bool) -> str:
    """What remains to be asked, and whom."""
    if "joining" in kinds and found:
        return f"{words.say('Whether that is you, the commune decides.')} {_ask_officer(words, people=people)}"
    return "" if found and kinds else _ask_officer(words, people=people)


def _ask_officer(words: Words, *, people: bool) -> str:
    if people:
        return words.say("An officer there can tell you: tap below, and your question goes to them.")
    return words.say("Please ask at the commune's office or the village head.")


def _head(words: Words, received: Received) -> str:
    return words.say("The announcement of {office} says:", office=received.office)


def _code(words: Words, received: Received) -> str:
    return words.say("Its code: {code}.", code=received.code)


def _is_genuine(words: Words, received: Received) -> str:
    real = words.say("Genuine: announcement {code} of {office}.", code=received.code, office=received.office)
    begins = words.say("It begins: “{text}”", text=shortened(received.text, FIRST_WORDS))
    other = words.say("Another message that says so but has no code or another one: send its code with /check.")
    return f"{real}\n{begins}\n{other}"


def _officer(engine: Engine, lang: str, received: Received, *, people: bool) -> tuple[Button, ...]:
    """One tap to the officers of the commune that sent it."""
    if not people:
        return ()
    button = handoff.button(engine, lang)
    known = received.place in engine.gazetteer.by_code
    return (Button(button.label, f"{handoff.PERSON}:{received.place}") if known else button,)


def _quoted(engine: Engine, received: Received, asked: _Asked) -> list[str]:
    """The sentences that answer, in the order of the announcement; those with the words of a question of no known kind."""
    sentences = [part.strip() for part in _SENTENCE_END.split(received.text) if part.strip()]
    accented = has_accents(received.text)
    chosen: set[int] = set()
    for kind in asked.kinds:
        chosen |= _best([_fits(engine, kind, sentence, accented=accented) for sentence in sentences])
    if not asked.kinds:
        chosen = _best([len(asked.shared & set(fold(sentence).split())) for sentence in sentences])
    return [sentences[place] for place in sorted(chosen)]


def _best(scores: Sequence[int]) -> set[int]:
    """Where the highest scores stand, of those above 0."""
    return set(sorted((place for place, score in enumerate(scores) if score), key=lambda place: -scores[place])[:SENTENCES])


def _fits(engine: Engine, kind: ReceivedKind, sentence: str, *, accented: bool) -> int:
    """How many signs a sentence has that it answers this kind; a clock or a date counts twice."""
    clocks = len(_CLOCK.findall(sentence)) if kind in _TIMED else 0
    meant: ReceivedKind = "whom" if kind == "joining" else kind
    return 2 * clocks + engine.lexicon.received.hits(meant, sentence, accented=accented)
