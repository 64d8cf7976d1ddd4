"""What there is to review: kept questions that the content of today does not answer, as groups, the most asked first."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.authoring.reviewing.clustering import clusters, medoid, vectors
from bot.dialogue import learned
from bot.dialogue.decide import FOREIGN_SURE, NO_ANSWER, decide
from bot.dialogue.learned import Numbers
from bot.engine import Engine
from bot.matching.matcher import FOREIGN, MatchProfile
from bot.model import UnansweredQuestion
from bot.model.well_known import OUT_OF_SCOPE
from bot.text.folding import fold, has_accents

SHOWN = 12  # wordings of a group
NEAREST = 5
BELOW = 5  # counts of a commune that are not told: in a small village they tell on somebody
DISLIKED = "disliked"

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")

Status = Literal["open", "answered", "refused", "wordless"]


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to ask, as most people typed it. `example_of`: the intent or refused topic that has it already, else ""."""

    text: str
    lang: str
    count: int
    example_of: str = ""


@dataclass(frozen=True, slots=True)
class NearestIntent:
    """An intent that a group may belong to: its probability for the representative, and the mean one for all askings."""

    intent: str
    probability: float
    vote: float


@dataclass(frozen=True, slots=True)
class QuestionGroup:
    """Questions that ask much the same.

    question   the most central wording
    count      how often it was asked; `newest` is the last day
    wordings   at most SHOWN, the most asked first; `different` is how many there are
    places     commune → how often; "" where it is not known
    weeks      ISO week ("2026-W47") → how often, in order; langs and kinds the same, the most frequent first
    nearest    best first; refused topics are not among them
    foreign    the refused topics it comes near to, best first
    """

    question: Wording
    count: int
    newest: date
    different: int
    wordings: tuple[Wording, ...]
    places: Mapping[str, int]
    weeks: Mapping[str, int]
    langs: Mapping[str, int]
    kinds: Mapping[str, int]
    nearest: tuple[NearestIntent, ...]
    foreign: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """`left_out`: why → how many askings are in no group: answered or refused by now, wordless (all of it was masked)."""

    groups: tuple[QuestionGroup, ...]
    questions: int
    left_out: Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class _Asked:
    """All askings that the matcher reads alike."""

    profile: MatchProfile
    askings: tuple[UnansweredQuestion, ...]
    wording: Wording
    sense: Numbers  # see `Learned.sense`


def findings(questions: Sequence[UnansweredQuestion], engine: Engine, *, everything: bool = False) -> Findings:
    """The groups of the questions, with `everything` also of those that are answered or refused for certain by now.

    Takes about a second for each thousand different questions.
    """
    left_out: Counter[Status] = Counter()
    by_words: dict[tuple[str, ...], tuple[MatchProfile, list[UnansweredQuestion]]] = {}
    for folded, askings in _folded(questions).items():
        profile = engine.matcher.profile(_most_typed(askings)) if folded else None
        for asking in askings:
            status = _status(asking, profile, engine)
            if profile is None or (status != "open" and not everything):
                left_out[status] += 1
            else:
                by_words.setdefault(profile.words, (profile, []))[1].append(asking)
    asked = [_asked(profile, askings, engine) for profile, askings in by_words.values()]
    found = clusters([one.profile for one in asked], [one.sense for one in asked])
    groups = [_group([asked[number] for number in members], engine) for members in found]
    groups.sort(key=lambda one: (-one.count, -one.newest.toordinal(), one.question.text))
    return Findings(tuple(groups), len(questions), left_out)


def small_counts_hidden(counts: Mapping[str, int]) -> dict[str, int | str]:
    """Counts by commune as they may be told: those that are small as "<5"."""
    return {place: count if count >= BELOW else f"<{BELOW}" for place, count in counts.items()}


def _folded(questions: Iterable[UnansweredQuestion]) -> dict[str, list[UnansweredQuestion]]:
    found: defaultdict[str, list[UnansweredQuestion]] = defaultdict(list)
    for question in questions:
        found[fold(question.text)].append(question)
    return found


def _status(asking: UnansweredQuestion, profile: MatchProfile | None, engine: Engine) -> Status:
    """What the content of today makes of a question. An answer that was disliked is none as long as it is the same."""
    if profile is None:
        return "wordless"
    decision = decide(profile.matches, engine.knowledge.intents)
    if decision.zone == "answer":
        same = asking.kind == DISLIKED and decision.choices[0].intent == asking.intent
        return "open" if same else "answered"
    first = profile.matches[0] if profile.matches else None
    refused = first is not None and first.intent == OUT_OF_SCOPE and first.probability >= FOREIGN_SURE
    return "refused" if refused and asking.kind != DISLIKED else "open"


def _asked(profile: MatchProfile, askings: Sequence[UnansweredQuestion], engine: Engine) -> _Asked:
    wording = _wording(askings, engine.knowledge.phrasings)
    return _Asked(profile, tuple(askings), wording, learned.fitted().sense(learned.spoken(wording.text, engine), {}))


def _wording(askings: Sequence[UnansweredQuestion], examples: Mapping[str, str]) -> Wording:
    text = _most_typed(askings)
    langs = Counter(asking.lang for asking in askings if _clean(asking.text) == text)
    return Wording(text, min(langs, key=lambda lang: (-langs[lang], lang)), len(askings), examples.get(fold(text), ""))


def _most_typed(askings: Sequence[UnansweredQuestion]) -> str:
    typed = Counter(_clean(asking.text) for asking in askings)
    return min(typed, key=lambda one: (-typed[one], not has_accents(one), len(one), one))


def _clean(text: str) -> str:
    """In one line, and without what a terminal would obey."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _group(asked: Sequence[_Asked], engine: Engine) -> QuestionGroup:
    asked = sorted(asked, key=lambda one: (-len(one.askings), one.wording.text))
    counts = [len(one.askings) for one in asked]
    middle = asked[medoid(vectors([one.profile for one in asked], [one.sense for one in asked]), counts)]
    askings = [asking for one in asked for asking in one.askings]
    days = [asking.day for asking in askings]
    return QuestionGroup(
        middle.wording,
        len(askings),
        max(days),
        len(asked),
        tuple(one.wording for one in asked[:SHOWN]),
        _often(asking.place for asking in askings),
        dict(sorted(Counter(f"{day:%G-W%V}" for day in days).items())),
        _often(asking.lang for asking in askings),
        _often(asking.kind for asking in askings),
        _nearest(asked, middle, engine),
        _foreign(asked),
    )


def _often(values: Iterable[str]) -> dict[str, int]:
    counts = Counter(values)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _nearest(asked: Sequence[_Asked], middle: _Asked, engine: Engine) -> tuple[NearestIntent, ...]:
    votes: defaultdict[str, float] = defaultdict(float)
    total = sum(len(one.askings) for one in asked)
    for one in asked:
        for match in one.profile.matches:
            if match.intent in engine.knowledge.intents and match.intent not in NO_ANSWER:
                votes[match.intent] += match.probability * len(one.askings) / total
    own = {match.intent: match.probability for match in middle.profile.matches}
    ranked = sorted(votes, key=lambda intent: (-votes[intent], intent))[:NEAREST]
    return tuple(NearestIntent(intent, round(own.get(intent, 0.0), 3), round(votes[intent], 3)) for intent in ranked)


def _foreign(asked: Sequence[_Asked]) -> tuple[str, ...]:
    votes: defaultdict[str, float] = defaultdict(float)
    for one in asked:
        for label, share in one.profile.labels.items():
            if label.startswith(FOREIGN):
                votes[label.removeprefix(FOREIGN)] += share * len(one.askings)
    return tuple(sorted(votes, key=lambda name: (-votes[name], name))[:NEAREST])
