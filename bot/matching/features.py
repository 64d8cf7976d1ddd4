"""What the ranker looks at in a message: words, neighbours, letters inside words, and concepts, each in a block of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from bot.text.folding import fold

# Block → weight. Measured by cross-validation on the phrasings; see docs/decisions/0002-matching.md.
BLOCKS: Mapping[str, float] = {"word": 1.0, "pair": 0.5, "skip": 0.3, "letters": 0.5, "concept": 0.4}


class Concepts:
    """Groups of words and phrases, in any language, that mean the same need."""

    def __init__(self, concepts: Mapping[str, Iterable[str]]) -> None:
        self._concepts = concepts
        self._named: dict[tuple[str, ...], set[str]] = {}
        sizes: dict[str, set[int]] = {}
        for concept, terms in concepts.items():
            for term in terms:
                words = tuple(fold(term).split())
                if words:
                    self._named.setdefault(words, set()).add(concept)
                    sizes.setdefault(words[0], set()).add(len(words))
        self._sizes = {first: tuple(found) for first, found in sizes.items()}  # lengths of the phrases a word begins

    def __reduce__(self) -> tuple[type[Concepts], tuple[object, ...]]:
        """Pickled as what it was made of, which the vocabulary holds in any case."""
        return Concepts, (self._concepts,)

    def of(self, words: Sequence[str]) -> set[str]:
        """Concepts that the folded words name."""
        found: set[str] = set()
        for position, word in enumerate(words):
            for size in self._sizes.get(word, ()):
                found |= self._named.get(tuple(words[position : position + size]), _NONE)
        return found


_NONE: frozenset[str] = frozenset()


def extract_features(words: Sequence[str], concepts: Concepts) -> dict[str, set[str]]:
    """Block → features of the folded words. Features of different blocks never collide."""
    return {
        "word": set(words),
        "pair": {f"{first} {second}" for first, second in pairwise(["<", *words, ">"])},
        "skip": {f"{first} _ {third}" for first, third in zip(words, words[2:], strict=False)},
        "letters": set().union(*map(_letters, words)),
        "concept": {f"@{concept}" for concept in concepts.of(words)},
    }


@lru_cache(maxsize=20_000)
def _letters(word: str) -> frozenset[str]:
    """Three neighbouring letters each, with the word's ends: "vay" → ~^va ~vay ~ay$."""
    padded = f"^{word}$"
    return frozenset(f"~{padded[start : start + 3]}" for start in range(len(padded) - 2))
