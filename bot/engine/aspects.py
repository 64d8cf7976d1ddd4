"""Which aspect of a topic a message asks for: "lãi mấy phần" the interest, "mang giấy gì" the documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.model import Aspect
from bot.text.spans import PhraseFinder


class AspectPhrases:
    """The phrases of content/conversation.yaml by which people ask for an aspect, in every language at once."""

    def __init__(self, aspects: Iterable[Aspect]) -> None:
        self._finder = PhraseFinder((one.id, (phrase for asked in one.asked.values() for phrase in asked)) for one in aspects)

    def aspects_in(self, words: Sequence[str]) -> Mapping[str, float]:
        """Aspect → the share of the words that its phrases take up, 0 to 1; the largest first.

        `words` as typed (see `words_in`) or folded. A phrase of several aspects counts for each, so shares may add up to more
        than one; of aspects with one share, that with more words of its own comes first, then the one listed first.
        """
        shares: dict[str, float] = {}
        own: dict[str, int] = {}
        for span in self._finder.find(words):
            for aspect in span.meanings:
                shares[aspect] = shares.get(aspect, 0.0) + span.length / len(words)
                own[aspect] = own.get(aspect, 0) + (span.length if len(span.meanings) == 1 else 0)
        return dict(sorted(shares.items(), key=lambda one: (-one[1], -own[one[0]])))
