"""What a message means inside a conversation: every intent weighed by its words and by what was said before.

P(intent) = softmax(weights x features) over all intents and "none of them". The features are few and have names; their
weights stand in `in_context.json`, fitted by `make calibrate-talks` on conversations of writers who knew the catalogue
only. Nothing in here knows an intent by name.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from bot.matching.matcher import Evidence
from bot.model import Button, Intent, Match, MatchReasons
from bot.model.well_known import OUT_OF_SCOPE, SYSTEM, UNCLEAR

Numbers = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STEEPNESS = 6.0  # how fast an intent's share of the message falls as its score falls behind the best
LEAST = 1e-4  # a share below this says nothing more
KEPT = 5  # candidates returned

# Of an intent: how near the message alone comes to it ...
#   lead        its score, as a share of the best, times how near the best comes to a perfect match
#   share       log of its share of all scores
#   likeness    of its closest phrasing
#   alone       the probability that it would have without a conversation, 0 for all but the first few
#   topic       log of its topic's share of all scores
#   aspect      its aspect's share of all scores: "how much" points at amounts, whatever they are of
#   asked       share of the message that asks for one of its aspects by the phrases of content/conversation.yaml
# ... and what the conversation says for it; "short" is one over the root of the words, so it fades in longer messages
#   here        of the topic spoken about; here short; here share (times its score); here aspect (log of the aspect's share);
#               here asked on (the message begins as a follow-up); here asked (times asked)
#   again       what was answered last; again short
#   related     named as related by what was answered last
#   earlier     of a topic spoken about before that; earlier short
#   offered     among the choices that stand open
#   system      about the bot itself; system in talk, once something was spoken about
#   learned     log of its probability as learnt from written conversations (learned.py); learned short
# Of "none of them": none itself, foreign (nearness of refused topics), foreign alone (probability of those without a
#   conversation), none lead, none known, none short, none in talk, none learned.
FEATURES = (
    "lead",
    "share",
    "likeness",
    "alone",
    "topic",
    "aspect",
    "here",
    "here short",
    "here share",
    "here aspect",
    "here asked on",
    "asked",
    "here asked",
    "again",
    "again short",
    "related",
    "earlier",
    "earlier short",
    "offered",
    "system",
    "system in talk",
    "learned",
    "learned short",
    "none",
    "foreign",
    "foreign alone",
    "none lead",
    "none known",
    "none short",
    "none in talk",
    "none learned",
)


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said before: intents answered, the newest first, without those about the bot itself; choices that are open.

    `asks_on`: the message begins as one that goes on with what was answered ("thế còn ..."). `asked`: aspect → the share of
    the message that asks for it by its phrases, 0 to 1. `learned`: intent → log-probability as learnt from conversations.
    """

    subjects: tuple[str, ...] = ()
    offered: frozenset[str] = frozenset()
    asks_on: bool = False
    asked: Mapping[str, float] = field(default_factory=dict)
    learned: Mapping[str, float] = field(default_factory=dict)


def rank(evidence: Evidence, thread: Thread, intents: Mapping[str, Intent]) -> list[Match]:
    """Candidates, best first, each with the probability that it is meant; `out-of-scope` stands for none of them."""
    names, values = features(evidence, thread, intents)
    scores = values @ fitted_weights()
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    reasons = dict(zip(evidence.intents, evidence.likeness.tolist(), strict=True))
    covered = dict(zip(evidence.intents, evidence.covered.tolist(), strict=True))
    found = {match.intent: match for match in evidence.matches}
    best = [int(number) for number in np.argsort(-shares)[:KEPT]]
    return [
        Match(
            names[number],
            round(float(shares[number]), 4),
            found[names[number]].example if names[number] in found else "",
            MatchReasons(float(scores[number]), covered.get(names[number], 0.0), reasons.get(names[number], 0.0), 0),
        )
        for number in best
    ]


def parts(evidence: Evidence, thread: Thread, intents: Mapping[str, Intent], intent: str) -> dict[str, float]:
    """What each feature adds to the score of an intent, the largest first; `out-of-scope` stands for none of them."""
    names, values = features(evidence, thread, intents)
    added = dict(zip(FEATURES, (values[names.index(intent)] * fitted_weights()).tolist(), strict=True))
    return dict(sorted(((name, part) for name, part in added.items() if part), key=lambda one: -abs(one[1])))


def candidates(thread: Thread, intents: Mapping[str, Intent]) -> Collection[str]:
    """Intents whose closest phrasing is worth looking for because of what was said before."""
    topics = {intents[name].topic for name in thread.subjects[:1] if name in intents}
    return {name for name, intent in intents.items() if intent.topic in topics} | thread.offered


def features(evidence: Evidence, thread: Thread, intents: Mapping[str, Intent]) -> tuple[list[str], Numbers]:
    """Names of the candidates, the last of them none; and their features, a row each, in the order of FEATURES."""
    table = _table_of(evidence.intents, intents)
    known, keep = table.known, table.keep
    scores = evidence.scores[keep].astype(np.float64)
    weight = np.exp(STEEPNESS * (scores - 1))
    share = weight / (weight.sum() + np.exp(STEEPNESS * (evidence.foreign - 1)))
    topic, aspect = _pooled(weight, table.topics), _pooled(weight, table.aspects)
    alone = {match.intent: match.probability for match in evidence.matches}
    last = intents.get(thread.subjects[0]) if thread.subjects else None
    before = {intents[name].topic for name in thread.subjects[1:] if name in intents} - ({last.topic} if last else set())
    short, talk = float(max(evidence.length, 1)) ** -0.5, float(last is not None)
    here, again, related = (
        (table.flags(*table.of_topic.get(last.topic, ())), table.flags_of(last.id), table.flags_of(*last.related))
        if last is not None
        else (table.flags(),) * 3
    )
    earlier = table.flags(*(place for one in before for place in table.of_topic.get(one, ())))
    asked = table.flags()
    for name, part in thread.asked.items():
        for place in table.of_aspect.get(name, ()):
            asked[place] = max(asked[place], part)
    unknown = -np.log(len(known) + 1.0)  # of an intent that came after the fitting: neither for it nor against it
    learned = np.array([thread.learned.get(one.id, unknown) for one in known])
    columns = (
        scores * evidence.lead,
        np.log(share + LEAST),
        evidence.likeness[keep],
        np.array([alone.get(one.id, 0.0) for one in known]),
        np.log(topic + LEAST),
        aspect,
        here,
        here * short,
        here * scores,
        here * np.log(aspect + LEAST),
        here * float(thread.asks_on),
        asked,
        here * asked,
        again,
        again * short,
        related,
        earlier,
        earlier * short,
        table.flags_of(*thread.offered),
        table.system,
        table.system * talk,
        learned,
        learned * short,
    )
    of_none = (
        1.0,
        evidence.foreign,
        max(alone.get(OUT_OF_SCOPE, 0.0), alone.get(UNCLEAR, 0.0)),
        evidence.lead,
        evidence.known,
        short,
        talk,
        thread.learned.get(OUT_OF_SCOPE, unknown),
    )
    values = np.zeros((len(known) + 1, len(FEATURES)))
    values[:-1, : len(columns)] = np.stack(columns, axis=1)
    values[-1, len(columns) :] = of_none
    return [*(one.id for one in known), OUT_OF_SCOPE], values


def offered_intents(offered: Iterable[Button]) -> frozenset[str]:
    """The intents among choices."""
    return frozenset(button.choice.removeprefix("intent:") for button in offered if button.choice.startswith("intent:"))


def _pooled(weight: Numbers, groups: Integers) -> Numbers:
    """Each candidate's group's share of all weights."""
    sums = np.bincount(groups, weight)
    return np.asarray(sums[groups] / max(float(sums.sum()), LEAST))


class _Table:
    """What does not change from message to message: the candidates, and what each belongs to.

    `keep` are their places among all that the matcher knows; `topics` and `aspects` number those of each.
    """

    def __init__(self, names: Sequence[str], intents: Mapping[str, Intent]) -> None:
        self.keep = [n for n, name in enumerate(names) if name in intents and name not in (OUT_OF_SCOPE, UNCLEAR)]
        self.known = [intents[names[number]] for number in self.keep]
        self.topics, self.aspects = (
            _numbered([one.topic for one in self.known]),
            _numbered([one.aspect for one in self.known]),
        )
        self.of_topic: dict[str, list[int]] = {}
        self.of_aspect: dict[str, list[int]] = {}
        for place, one in enumerate(self.known):
            self.of_topic.setdefault(one.topic, []).append(place)
            for aspect in one.aspects:
                self.of_aspect.setdefault(aspect, []).append(place)
        self._places = {one.id: place for place, one in enumerate(self.known)}
        self.system = np.array([float(one.topic == SYSTEM and not one.urgent) for one in self.known])

    def flags(self, *places: int) -> Numbers:
        """1 at these places, 0 at all others."""
        found = np.zeros(len(self.known))
        found[list(places)] = 1.0
        return found

    def flags_of(self, *names: str) -> Numbers:
        """1 for these intents, those that are no candidates apart."""
        return self.flags(*(self._places[name] for name in names if name in self._places))


def _numbered(groups: Sequence[str]) -> Integers:
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    return np.array([numbers[group] for group in groups], np.int64)


_made: tuple[Sequence[str], Mapping[str, Intent], _Table] | None = None


def _table_of(names: Sequence[str], intents: Mapping[str, Intent]) -> _Table:
    """The one that was made last, as long as the content is the same."""
    global _made  # replaced whole, so any thread may
    made = _made
    if made is None or made[0] is not names or made[1] is not intents:
        made = _made = (names, intents, _Table(names, intents))
    return made[2]


@cache
def fitted_weights() -> Numbers:
    """The weights that were fitted last, in the order of FEATURES."""
    data = json.loads(resources.files("bot.dialogue").joinpath("in_context.json").read_text("utf-8"))
    return np.array([data["weights"][name] for name in FEATURES])
