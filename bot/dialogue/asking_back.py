"""What is asked back: what tells two intents apart that are often confused, what of a topic is meant, or simply which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.decide import OFFERED
from bot.engine import Engine
from bot.model import Match

WISH_WORDS = 8  # a longer message tells what it wants to know
# Probability below which a choice of another topic is left out. Over 4,588 written turns as many stayed lost as before; from
# 0.06 on more were, and leaving out every choice of another topic lost some six in a thousand.
UNLIKELY = 0.04


@dataclass(frozen=True, slots=True)
class AskBack:
    """The intents to choose from, best first, and the question above them; "" where nothing tells more than the usual one."""

    intents: tuple[str, ...]
    question: str = ""


def ask_back(text: str, choices: Sequence[Match], matches: Sequence[Match], engine: Engine, lang: str) -> AskBack:
    """What to ask about `choices`, the first of `matches`.

    A message that only wishes for something ("nhà em đang cần ít vốn") may mean anything of its topic, so the likeliest of
    that are offered. An urgent choice is never left out.
    """
    known = engine.knowledge
    intents = tuple(match.intent for match in choices)
    alike = _of_one_topic(choices, engine)
    wish = len(alike) > 1 and only_wishes(text, engine)
    apart = known.pairs.get(frozenset(intents[:2]))
    if apart is not None and not (wish and alike[:2] == intents[:2]):
        return AskBack(intents, apart[lang])
    if len(alike) < 2 or not (wish or _others_are_unlikely(choices, alike)):
        return AskBack(intents)
    shown = _of_one_topic(matches, engine)[:OFFERED]
    if any(known.intents[intent].urgent for intent in set(intents).difference(shown)):
        return AskBack(intents)
    name = known.topics[known.intents[intents[0]].topic][lang]
    words = engine.words(lang)
    return AskBack(shown, words.say("About {topic}: what would you like to know?", topic=_inside_a_sentence(name)))


def _of_one_topic(matches: Sequence[Match], engine: Engine) -> tuple[str, ...]:
    """The intents of the topic of the first, in their order; none where that is no topic of the menu."""
    known = engine.knowledge
    named = [known.intents[match.intent] for match in matches if match.intent in known.intents]
    return tuple(one.id for one in named if one.topic == named[0].topic and one.topic in known.topics)


def _others_are_unlikely(choices: Sequence[Match], alike: Sequence[str]) -> bool:
    return all(match.probability < UNLIKELY for match in choices if match.intent not in alike)


def only_wishes(text: str, engine: Engine) -> bool:
    """Whether a message is short, wishes for something, and asks for nothing in particular."""
    short = len(text.split()) <= WISH_WORDS and "?" not in text
    return short and engine.wishes_in(text) and not engine.aspects_in(text)


def _inside_a_sentence(name: str) -> str:
    return name[:1].lower() + name[1:]
