"""The phrases by which people tell something of themselves, ready to be found in a message."""

from __future__ import annotations

from bot.model import ToldVocabulary
from bot.text.spans import PhraseFinder

# What words around a fact do to it; no fact is called so, for a fact has its kind before a colon.
THERE, NEGATION, OPEN, BETWEEN = "there", "negation", "open", "between"


def told_phrases(told: ToldVocabulary) -> PhraseFinder[str]:
    facts = ((one.id, [phrase for said in one.said.values() for phrase in said]) for one in told.facts.values())
    around = ((THERE, told.there), (NEGATION, told.negations), (OPEN, told.open), (BETWEEN, told.between))
    return PhraseFinder((*facts, *around))
