"""The zones: sure enough to answer, close enough to ask back, or honestly unknown.

How sure is sure enough follows from what a wrong answer costs (see costs.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.dialogue.costs import bar
from bot.model import Intent, Match
from bot.model.well_known import OUT_OF_SCOPE, UNCLEAR

MAYBE = 0.22  # from here it is worth asking back
MAYBE_TOGETHER = 0.33  # or when the first three have this much between them: "bảo hiểm" alone
NOT_FOREIGN = 0.34  # a foreign first place below FOREIGN_SURE with this much behind it is not certain: "bảo hiểm" alone
FOREIGN_SURE = 0.60
URGENT = 0.60  # an urgent intent is given from here, below the bar of others: a missed emergency costs most
TIE = 0.10  # probabilities closer than this are a tie, which an urgent intent wins
TIED = 0.75  # what the two of a tie must have between them
PLACE_SURE = 0.55  # with a place named, a question about the merger needs less to be sure
OFFERED = 3

# Inside a conversation, where the probability counts what was said before (see in_context.py).
OPENING = 0.10  # added to the bar for the first message of a conversation, which nothing before makes likelier
MAYBE_IN_TALK = 0.16
NONE_IN_TALK = 0.50  # from here on a message is about nothing that is known

NO_ANSWER = (OUT_OF_SCOPE, UNCLEAR)


@dataclass(frozen=True, slots=True)
class Decision:
    """`choices` are the intents to answer with (one) or to ask back about (up to three), best first."""

    zone: Literal["answer", "clarify", "unknown"]
    choices: tuple[Match, ...]


def of_topic(topic: str, matches: Sequence[Match], intents: Mapping[str, Intent]) -> float:
    """Probability that the topic is meant, whichever of its intents."""
    return sum(one.probability for one in matches if one.intent in intents and intents[one.intent].topic == topic)


def decide(
    matches: Sequence[Match], intents: Mapping[str, Intent], *, sure_shift: float = 0.0, urgent: bool = True
) -> Decision:
    """What to do with ranked matches. `sure_shift` moves the bar: below zero where the conversation already tells the topic.

    Without `urgent` what is urgent needs to be as sure as anything else.
    """
    if not matches:
        return Decision("unknown", ())
    winner = _urgent_winner(matches, intents) if urgent else None
    if winner is not None:
        return Decision("answer", (winner,))
    first = matches[0]
    known = tuple(match for match in matches if match.intent not in NO_ANSWER)[:OFFERED]
    together = sum(match.probability for match in known)
    if first.intent == OUT_OF_SCOPE:
        doubtful = together >= NOT_FOREIGN and first.probability < FOREIGN_SURE
        return Decision("clarify", known) if doubtful else Decision("unknown", (first,))
    if first.intent == UNCLEAR:
        near = bool(known) and known[0].probability >= MAYBE
        return Decision("clarify", known) if near else Decision("unknown", ())
    if first.probability >= bar(intents[first.intent].topic) + sure_shift:
        return Decision("answer", (first,))
    if first.probability >= MAYBE or together >= MAYBE_TOGETHER:
        return Decision("clarify", known)
    return Decision("unknown", ())


def decide_in_talk(matches: Sequence[Match], intents: Mapping[str, Intent], *, opening: bool = False) -> Decision:
    """What to do with matches weighed as in a conversation; `out-of-scope` among them stands for none of the intents."""
    known = tuple(match for match in matches if match.intent not in NO_ANSWER)
    if not known:
        return Decision("unknown", ())
    first = known[0]
    none = next((match for match in matches if match.intent == OUT_OF_SCOPE), None)
    if none is not None and none.probability >= NONE_IN_TALK:
        return Decision("unknown", (none,))
    shift = OPENING if opening else 0.0
    if first.probability >= bar(intents[first.intent].topic, in_talk=True) + shift:
        return Decision("answer", (first,))
    if first.probability >= MAYBE_IN_TALK:
        return Decision("clarify", known[:OFFERED])
    return Decision("unknown", ())


def _urgent_winner(matches: Sequence[Match], intents: Mapping[str, Intent]) -> Match | None:
    """The urgent intent to give: one that is likely in itself, or one that is tied for the first place.

    Of two urgent ones that are tied the first is given: either way a number to call comes first.
    """
    first = matches[0]
    for match in matches[:OFFERED]:
        intent = intents.get(match.intent)
        if intent is None or not intent.urgent:
            continue
        tied = first.probability - match.probability < TIE and first.probability + match.probability >= TIED
        if match.probability >= URGENT:
            return match
        if match is not first and tied and first.intent in intents and first.intent not in NO_ANSWER:
            return first if intents[first.intent].urgent else match
    return None
