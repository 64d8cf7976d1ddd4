"""Which messages ask the same: average-link clustering of what the matcher sees in them.

Likeness is the mean of two cosines: of the profiles (`Matcher.profile`: 6 parts the words, 4 parts the intents and refused
topics that they come near to), and of what the messages mean as conversations taught it (`Learned.sense`), which tells that
two ask for the same new thing though they share no word. Groups grow while the mean likeness of all their pairs is at least
ALIKE; that mean is the product of two mean vectors, so no table of all pairs is needed. The order in which the messages are
given plays no part.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.matching.matcher import MatchProfile

Floats = npt.NDArray[np.float32]

# Measured on the residents' questions, half of the intents held out (`python -m benchmarks.grouping`); see docs/reviewing.md.
ALIKE = 0.40
BY_LABELS = 0.4
BY_SENSE = 0.5
STEEPNESS = 8  # how fast a label counts less as its score falls behind the best
LABELS = 8
BUCKETS = 512  # the thousands of features are hashed into so many numbers; likeness moves by some hundredths by that
ROUNDING = 1e-5  # less than this is no difference: or else equals could be followed in circles
TOGETHER = 1000  # messages that are compared each with each; groups of these are then compared with each other


def clusters(profiles: Sequence[MatchProfile], senses: Sequence[Floats]) -> list[list[int]]:
    """Positions that belong together, in each group and of the groups in no particular order but always the same.

    `senses` are as `Learned.sense` gives them, one a profile.
    """
    if not profiles:
        return []
    order = sorted(range(len(profiles)), key=lambda number: (_first(profiles[number]), profiles[number].words))
    means = vectors([profiles[number] for number in order], [senses[number] for number in order])
    groups = [[number] for number in range(len(order))]
    # Neighbours in that order have the same label in first place: most that belongs together is joined here, quickly.
    firsts = [_first(profiles[number]) for number in order]
    joined: list[list[int]] = []
    begin = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or firsts[end] != firsts[begin] or end - begin == TOGETHER:
            joined += _join(means, groups[begin:end])
            begin = end
    return [[order[number] for number in sorted(members)] for members in _join(means, joined)]


def vectors(profiles: Sequence[MatchProfile], senses: Sequence[Floats]) -> Floats:
    """One row a profile; the product of two rows is their likeness, about 0 to 1."""
    column = {label: number for number, label in enumerate(sorted({label for one in profiles for label in one.labels}))}
    features = np.zeros((len(profiles), BUCKETS), np.float32)
    labels = np.zeros((len(profiles), max(1, len(column))), np.float32)
    for row, profile in enumerate(profiles):
        for feature, weight in profile.features.items():
            code = zlib.crc32(feature.encode())
            features[row, code % BUCKETS] += weight if code >> 31 else -weight
        for label, share in list(profile.labels.items())[:LABELS]:
            labels[row, column[label]] = share**STEEPNESS
    parts = ((features, 1 - BY_LABELS), (labels, BY_LABELS))
    seen = [_unit(part) * math.sqrt(share * (1 - BY_SENSE)) for part, share in parts]
    return np.hstack([*seen, _unit(np.stack(senses)) * math.sqrt(BY_SENSE)])


def medoid(rows: Floats, weights: Sequence[int]) -> int:
    """The row that is most like all of them together."""
    return int((rows @ np.average(rows, axis=0, weights=np.array(weights))).argmax())


def _first(profile: MatchProfile) -> str:
    return next(iter(profile.labels), "")


def _unit(rows: Floats) -> Floats:
    unit: Floats = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit


def _join(rows: Floats, groups: Sequence[list[int]]) -> list[list[int]]:
    """Groups joined as long as two of them are alike, the most alike first (by chains of nearest neighbours)."""
    members = [list(one) for one in groups]
    means = np.stack([rows[one].mean(axis=0) for one in members])
    open_ = np.ones(len(members), bool)
    done: list[list[int]] = []
    chain: list[int] = []
    for start in range(len(members)):
        while open_[start]:
            if not chain:
                chain.append(start)
            tip = chain[-1]
            likeness = np.where(open_, means @ means[tip], -1.0)
            likeness[tip] = -1.0
            near = int(likeness.argmax())
            before = chain[-2] if len(chain) > 1 else None
            if likeness[near] < ALIKE:  # and whatever the others are joined to, it cannot come nearer
                open_[tip] = False
                done.append(members[tip])
                chain.pop()
            elif before is None or likeness[near] > likeness[before] + ROUNDING:
                chain.append(near)
            else:
                chain = chain[:-2]
                members[tip] += members[before]
                means[tip] = rows[members[tip]].mean(axis=0)
                open_[before] = False
    return done
