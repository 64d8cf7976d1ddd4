"""Cell suppression: counts of communes so small that they tell on somebody are not shown, and cannot be computed either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BELOW = 5


@dataclass(frozen=True, slots=True)
class CommuneCounts:
    """How many questions came from which commune, as far as it may be told.

    shown         commune → how many, the largest first; each of it is at least `threshold`
    hidden        the other communes; each has fewer than `threshold`, or none
    hidden_total  what the hidden ones have together; 0 where it is plain that none of them has any
    unknown       how many questions came from people whose commune is not known
    threshold     5, or more where otherwise a hidden count could be computed
    publishable   whether anything may be told; where not, everything else here is empty
    """

    shown: Mapping[str, int]
    hidden: tuple[str, ...]
    hidden_total: int
    unknown: int
    threshold: int = BELOW
    publishable: bool = True


def suppressed(counts: Mapping[str, int], unknown: int) -> CommuneCounts:
    """What may be told of `counts`, which holds every commune there is, those without a question with 0.

    The total and all that is shown may be known, so the sum of the hidden counts is, too. Still each of them could be any of
    the hidden values: whichever of the hidden communes has which, the same is shown. So nothing can be computed unless all
    hidden values are alike, as a single one is. Then the limit is raised until the next smallest is hidden as well; the same
    where the hidden ones have fewer than 5 together. All that tie are hidden together, or the order would tell.
    """
    threshold = BELOW
    while True:
        shown = {place: n for place, n in counts.items() if n >= threshold}
        hidden = {place: n for place, n in counts.items() if n < threshold}
        total = sum(hidden.values())
        if total == 0 or (total >= BELOW and len(set(hidden.values())) > 1):
            ordered = dict(sorted(shown.items(), key=lambda item: (-item[1], item[0])))
            return CommuneCounts(ordered, tuple(sorted(hidden)), total, unknown, threshold)
        if not shown:
            return CommuneCounts({}, (), 0, 0, publishable=False)
        threshold = min(shown.values()) + 1
