"""Messages in an emergency: what tells a danger, what is read inside one, and what leaves it. Words and answers are content."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.dialogue.choices import typed_number
from bot.dialogue.decide import OFFERED, Decision, decide, of_topic
from bot.dialogue.in_context import offered_intents
from bot.dialogue.learned import LEAST, taught
from bot.engine import Engine
from bot.model import IncomingKind, Match, Outcome, Session
from bot.model.well_known import GREETING, LANGUAGE, SYSTEM, THANKS
from bot.text.folding import fold

DANGER = 0.15  # probability from which an urgent intent is given whose need stands in the words
UNNAMED = 0.75  # and from which one is given of which no need does
UNNAMED_TAUGHT = 0.05  # what conversations taught must give it at least so much: of 76 such urgent messages each had 0.08
NOT_NOW_TAUGHT = 0.3  # the same of what is told of another time
# And from which one is given, where its words or what was taught alone would not do. Of 380 urgent messages by two writers
# 33 more are answered at once, which would have been asked back under the numbers to call, and of 580 calm ones 2.
AS_TAUGHT, TAUGHT_LIKELY = 0.50, 0.60
NOTICE_LIKELY, NOTICE_NAMED = 0.14, 0.02  # probabilities from which the numbers to call stand above a question back
ANOTHER_DANGER = 0.30  # probability of another danger that takes the place of the one before
LEAVING = 0.75  # probability of a calm topic that ends an emergency ...
LEAVING_WORDS = 4  # ... in a message of at least so many words
MERELY_POLITE = 0.90  # probability of mere thanks; "nói thế thôi, ai cần mình nữa đâu" only begins like some
POLITE = (THANKS,)  # answered, and the emergency goes on; "is anybody there" is no greeting then
# As learnt: below the first the danger is hardly meant any more; from the others on a calm topic is, or nothing but thanks.
STILL_URGENT, CALM_NOW, ONLY_THANKS = 0.15, 0.60, 0.98
FOLLOW_UP_WORDS = 12  # a longer message that holds one of its phrases tells something else
_END = re.compile(r"[,.;!?\n]+\s*(?=\S)")
WHILE_WAITING, WHERE, OVER = "until-help", "where", "over"  # follow-ups that the code itself names


@dataclass(frozen=True, slots=True)
class Urgent:
    """What is answered in an emergency: the text of a need, "" where none is known, or that of a follow-up in it."""

    intent: str
    need: str
    follow_up: str | None = None

    @property
    def lasting(self) -> str:
        """What `Session.emergency` is afterwards."""
        return "" if self.follow_up == OVER else f"{self.intent}/{self.need}"


def by_its_words(text: str, matches: Sequence[Match], engine: Engine, *, first: bool = True) -> Decision:
    """What to do with a message taken alone, given its candidates: danger comes before what is likelier.

    Where it is not the `first` of a talk, a mere worry has to be as sure as anything else.
    """
    intents = engine.knowledge.intents
    found = endangered(text, matches, engine) or named(decide(matches, intents), text, engine)
    if not first and found.zone == "answer" and is_a_worry(found.choices[0].intent, text, engine):
        return named(decide(matches, intents, urgent=False), text, engine)
    return found


def endangered(text: str, matches: Sequence[Match], engine: Engine) -> Decision | None:
    """An urgent intent whose need stands in the words, before what is likelier but less dangerous.

    Of some needs the words are enough; the others must be likely, too.
    """
    emergencies, intents = engine.emergencies, engine.knowledge.intents
    plain = emergencies.told_alone(text)
    if plain is not None:
        found = next((match for match in matches if match.intent == plain), Match(plain, 1.0, ""))
        return Decision("answer", (found,))
    if emergencies.is_not_now(text):
        return None
    urgent = [match for match in matches if match.probability >= DANGER and match.intent in emergencies.known]
    for match in sorted(urgent, key=lambda match: not emergencies.known[match.intent].holds):
        if intents[match.intent].urgent and emergencies.need(match.intent, text):
            return Decision("answer", (match,))
    return None


def named(decision: Decision, text: str, engine: Engine) -> Decision:
    """An urgent answer that holds the conversation needs its words, or to be very likely; else it is asked back about.

    Very likely by its phrasings and not unlikely by what conversations taught: "cháu gái nhà bên 18 tuổi có dự được không" is
    near to a phrasing of abuse, and would keep the whole talk in an emergency that is none.
    """
    first = decision.choices[0] if decision.zone in ("answer", "clarify") else None
    emergency = engine.emergencies.known.get(first.intent) if first else None
    if first is None or emergency is None or not emergency.holds:
        return decision
    not_now, answered = engine.emergencies.is_not_now(text), decision.zone == "answer"
    if answered and not not_now and engine.emergencies.need(first.intent, text):
        return decision
    taught = _taught_urgent(text, engine)
    sure = answered and first.probability >= UNNAMED and taught >= (NOT_NOW_TAUGHT if not_now else UNNAMED_TAUGHT)
    sure = sure or (not not_now and first.probability >= AS_TAUGHT and taught >= TAUGHT_LIKELY)
    return Decision("answer", decision.choices[:1]) if sure else Decision("clarify", decision.choices)


def is_a_worry(intent: str, text: str, engine: Engine) -> bool:
    """Whether an urgent intent holds no conversation (a recruiter, a loan by telephone, trouble abroad) and no need is told."""
    emergency = engine.emergencies.known.get(intent)
    return emergency is not None and not emergency.holds and engine.emergencies.need(intent, text) is None


def _taught_urgent(text: str, engine: Engine) -> float:
    """Probability of anything urgent as learnt from conversations, the message taken alone."""
    intents = engine.knowledge.intents
    return sum(math.exp(value) for name, value in taught(text, engine).items() if name in intents and intents[name].urgent)


def inside(text: str, session: Session, engine: Engine) -> Urgent | None:
    """A short message after something urgent, read inside it; None where none holds the conversation, or it is left."""
    emergencies = engine.emergencies
    intent, _, need = (session.emergency or _offered(session, engine)).partition("/")
    if intent not in emergencies.known or _tells_of_another(text, intent, engine):
        return None
    follow_up, told = emergencies.follow_up(intent, text), emergencies.need(intent, text)
    if told is not None and told != need:
        return Urgent(intent, told, follow_up)
    if follow_up is not None and len(text.split()) <= FOLLOW_UP_WORDS:
        return Urgent(intent, need, follow_up)
    if not session.in_danger or not emergencies.known[intent].holds or asked_otherwise(text, session, engine):
        return None
    if taught_elsewhere(text, session, engine):
        return None
    return Urgent(intent, need, follow_up or WHILE_WAITING)


def taught_elsewhere(text: str, session: Session, engine: Engine) -> bool:
    """Whether conversations taught that who writes this inside the emergency speaks of a calm topic, or only thanks."""
    intents, found = engine.knowledge.intents, taught(text, engine, session.subjects, session)
    topics: dict[str, float] = {}
    urgent = 0.0
    for name, value in found.items():
        if name not in intents:
            continue
        if intents[name].urgent:
            urgent += math.exp(value)
        elif intents[name].topic != SYSTEM:
            topics[intents[name].topic] = topics.get(intents[name].topic, 0.0) + math.exp(value)
    if urgent >= STILL_URGENT or points_to_danger(text, engine.matcher.match(text)[:OFFERED], engine):
        return False
    return max(topics.values(), default=0.0) >= CALM_NOW or math.exp(found.get(THANKS, LEAST)) >= ONLY_THANKS


def is_left_by(outcome: Outcome | None, session: Session, engine: Engine) -> bool:
    """Whether something urgent held the conversation, and what was answered or asked back about is calm and of a topic."""
    if outcome is None or not session.emergency or outcome.kind not in ("answer", "clarify"):
        return False
    name = outcome.intent or (outcome.candidates[0].intent if outcome.candidates else "")
    intent = engine.knowledge.intents.get(name)
    return intent is not None and intent.topic != SYSTEM and not intent.urgent


def shown(kind: IncomingKind, session: Session, engine: Engine) -> Urgent | None:
    """A photo, a voice message or a place while an emergency holds the conversation: it goes on, though nobody here sees it."""
    intent, _, need = session.emergency.partition("/")
    emergency = engine.emergencies.known.get(intent)
    if emergency is None or not emergency.holds or session.left or kind == "sticker":
        return None
    return Urgent(intent, need, WHERE if kind == "location" else WHILE_WAITING)


def asks_on(text: str, session: Session, engine: Engine) -> bool:
    """Whether the words of an offered choice ("which number") are meant inside the emergency that holds the talk."""
    intent = session.emergency.partition("/")[0]
    return typed_number(text, engine.lexicon.numbers) is None and engine.emergencies.follow_up(intent, text) is not None


def tells_danger(text: str, engine: Engine) -> bool:
    """Whether a need stands in the words, more than a mere "which number"."""
    emergencies = engine.emergencies
    held = [intent for intent, one in emergencies.known.items() if one.holds]
    return any(emergencies.other_need(intent, text, inside=intent) is not None for intent in held)


def points_to_danger(text: str, matches: Iterable[Match], engine: Engine) -> bool:
    """Whether something that holds conversations is likely, or nearly as likely as anything, or named by its words."""
    for match in matches:
        emergency = engine.emergencies.known.get(match.intent)
        if emergency is not None and emergency.holds:
            told = engine.emergencies.need(match.intent, text) and not engine.emergencies.is_not_now(text)
            bar = NOTICE_NAMED if told else NOTICE_LIKELY
            if match.probability >= bar:
                return True
    return False


def _offered(session: Session, engine: Engine) -> str:
    """The emergency among the choices that stand open: who then asks for a number is in it."""
    offered = offered_intents(session.offered)
    held = [name for name, one in engine.emergencies.known.items() if one.holds and name in offered]
    return f"{held[0]}/" if held and any(button.choice == "none" for button in session.offered) else ""


def asked_otherwise(text: str, session: Session, engine: Engine) -> str | None:
    """What of a message plainly asks for something else than the danger; None where nothing does.

    All of it, or its end: "hôm nay nó hiền rồi, hỏi vay vốn nuôi gà".
    """
    intent = session.emergency.partition("/")[0]
    return next((part for part in (text, _END.split(text)[-1]) if _asks_otherwise(part, intent, engine)), None)


def _asks_otherwise(text: str, intent: str, engine: Engine) -> bool:
    intents, matches = engine.knowledge.intents, engine.matcher.match(text)
    first = matches[0] if matches and matches[0].intent in intents else None
    if first is None or first.intent == intent or points_to_danger(text, matches[:OFFERED], engine):
        return False
    other = intents[first.intent]
    if other.urgent or (first.probability if other.topic == SYSTEM else of_topic(other.topic, matches, intents)) < LEAVING:
        return False
    if other.id in (LANGUAGE, GREETING):  # "nobody speaks English on the phone" asks for no other language
        return False
    return first.probability >= MERELY_POLITE if other.id in POLITE else len(fold(text).split()) >= LEAVING_WORDS


def _tells_of_another(text: str, intent: str, engine: Engine) -> bool:
    """Whether the words tell a need of another intent that holds conversations, and are enough by themselves or likely."""
    return engine.emergencies.told_alone(text) not in (None, intent) or any(
        match.probability >= ANOTHER_DANGER and engine.emergencies.other_need(match.intent, text, inside=intent) is not None
        for match in engine.matcher.match(text)[:2]
        if match.intent != intent and match.intent in engine.emergencies.known
    )
