"""*Nội dung*: every answer as residents see it, with what it rests on; and what Loa Bản makes of a sentence, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from bot.authoring.asking import ask
from bot.dialogue import answers
from bot.engine import Engine
from bot.i18n import Words, mark
from bot.knowledge.known import Knowledge
from bot.knowledge.render import figure
from bot.knowledge.schema import is_id
from bot.matching.matcher import Explanation
from bot.model import Fact, Intent, Match, Outcome, Source
from bot.model.well_known import OUT_OF_SCOPE, SYSTEM
from bot.stats.labels import ABOUT_ITSELF
from bot.text.folding import fold
from bot.web.chat.requests import PageRefused
from bot.web.console.asked import Asked
from bot.web.console.pages import editing
from bot.web.console.routes import ConsolePage, StaffRoute
from bot.zone import local_day

LONGEST = 500  # characters of a sentence that is tried
MOST_WORDS = 6  # of a sentence, that counted most
CLOSE, FAR = 0.1, 0.35  # a margin below which two are nearly tied; a share of known words below which most are unknown
ALIKE, FOREIGN = 0.6, 0.9

TITLE = mark("Content")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "search": mark("Words to look for"),
    "look": mark("Look"),
    "none": mark("No answer has all these words."),
    "all": mark("All answers"),
    "try": mark("Try a sentence"),
    "try_hint": mark("As a resident would write it. It is not kept, and not counted."),
    "ask": mark("Try it"),
    "answer": mark("The answer, as residents see it"),
    "more": mark("What they read who want more"),
    "choices": mark("Under it they can choose"),
    "facts": mark("What it rests on"),
    "no_facts": mark("No facts."),
    "verdicts": mark("What residents said of it"),
    "about": mark("What belongs here"),
    "examples": mark("How people ask"),
    "read": mark("How it was read"),
    "why": mark("Why"),
    "candidates": mark("Answers that came near"),
    "replies": mark("What a resident would get"),
    "due": mark("past its day of review"),
    "edit": editing.TEXTS["edit"],
    "files": editing.TITLE,
}
NOTHING_TYPED = mark("Write a sentence first.")
TOO_LONG = mark("At most {limit} letters.")
REVIEW = mark("To be compared again by {day}")
HOLDS = mark("Holds for {period}")
VERDICTS = mark("👍 {good}, 👎 {bad}")
READ_AS = mark("Read as: {words}")
REPAIRED = mark("“{typed}” was read as “{read}”")
SURE = mark("{percent} sure")
CLOSEST = mark("closest to “{example}”")
REFUSED = mark("A topic that is not ours")

ANSWERED = mark("It was answered: “{question}” is {percent} sure.")
ASKED_BACK = mark("It was asked back: no answer is sure enough alone.")
IS_FOREIGN = mark("It was not answered: it is most like topics that are not ours.")
NOT_KNOWN = mark("It was not answered: no answer is near enough.")
OTHERWISE = mark("It was taken for a greeting, a command or a wish, and answered as such.")
NO_WORD_KNOWN = mark("Most of its words stand in no example.")
NEARLY_TIED = mark("The first and the second are nearly tied.")
LIKE_EXAMPLE = mark("It is much like an example: “{example}”.")
LIKE_FOREIGN = mark("It is also much like topics that are not ours.")
MENDED = mark("Its spelling had to be mended.")
COUNTED = mark("These words counted most: {words}.")


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer in the list."""

    id: str
    question: str
    due: bool


@dataclass(frozen=True, slots=True)
class ShownSource:
    """Where a fact comes from. `href` is "" for what is no address."""

    name: str
    title: str
    day: str
    href: str


@dataclass(frozen=True, slots=True)
class ShownFact:
    """A fact under an answer."""

    id: str
    value: str
    holds: str
    review: str
    due: bool
    sources: Sequence[ShownSource]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that came near. `id` is "" for what is none of ours."""

    id: str
    name: str
    sure: str
    closest: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What was made of a sentence."""

    reading: Sequence[str]
    verdict: str
    reasons: Sequence[str]
    candidates: Sequence[Candidate]
    replies: Sequence[tuple[str, Sequence[str]]]  # text, and what can be chosen under it


# --- browsing ---------------------------------------------------------------------------------------------------------


async def show(asked: Asked) -> Response:
    sought = asked.request.query_params.get("tim", "")[:LONGEST]
    knowledge = _engine(asked).knowledge
    found = await asyncio.to_thread(_listed, knowledge, sought, asked.words, _today(asked))
    return asked.page(
        "content.html",
        TEXTS,
        topics=found,
        values={"tim": sought, "cau": ""},
        sought=sought,
        most=LONGEST,
        files=editing.PATH if asked.may("admin") else "",
    )


async def show_answer(asked: Asked) -> Response:
    intent = _intent(asked)
    verdicts = await asyncio.to_thread(_verdicts, asked, intent.id)
    knowledge, words, today = _engine(asked).knowledge, asked.words, _today(asked)
    reply = answers.short_reply(knowledge, words.lang, intent.id)
    return asked.page(
        "answer.html",
        TEXTS,
        intent=intent,
        question=intent.question[words.lang],
        topic=topic_name(knowledge, intent.topic, words),
        reply=reply.text,
        beneath=[button.label for button in reply.buttons],
        more=answers.more_reply(knowledge, words.lang, intent.id).text if intent.more else "",
        facts=[_fact(knowledge.facts[name], knowledge, words, today) for name in intent.facts if name in knowledge.facts],
        review=asked.say(REVIEW, day=words.period(intent.review.isoformat())),
        due=intent.review < today,
        verdicts=asked.say(VERDICTS, good=verdicts[0], bad=verdicts[1]),
        examples=intent.examples.get(words.lang, ()),
        edit=editing.address(f"intents/{intent.topic}/{intent.id}.yaml") if asked.may("admin") else "",
    )


def _listed(knowledge: Knowledge, sought: str, words: Words, today: date) -> Sequence[tuple[str, Sequence[Entry]]]:
    """Topics in the order of the menu, with their answers that have all the words."""
    wanted = fold(sought).split()
    found = []
    for topic in (*knowledge.topics, SYSTEM):
        of_topic = [one for one in knowledge.intents.values() if one.topic == topic and _has(one, wanted)]
        entries = [Entry(one.id, one.question[words.lang], _is_due(one, knowledge, today)) for one in of_topic]
        if entries:
            found.append((topic_name(knowledge, topic, words), sorted(entries, key=lambda one: one.question)))
    return found


def _has(intent: Intent, wanted: Sequence[str]) -> bool:
    if not wanted:
        return True
    texts = fold(" ".join([intent.id, *intent.question.values(), *intent.short.values(), *intent.more.values()]))
    return all(word in texts for word in wanted)


def _is_due(intent: Intent, knowledge: Knowledge, today: date) -> bool:
    facts = (knowledge.facts[name] for name in intent.facts if name in knowledge.facts)
    return any(day < today for day in (intent.review, *(fact.review for fact in facts)))


def _fact(fact: Fact, knowledge: Knowledge, words: Words, today: date) -> ShownFact:
    return ShownFact(
        id=fact.id,
        value=figure(fact, words),
        holds=words.say(HOLDS, period=words.period(fact.period)),
        review=words.say(REVIEW, day=words.period(fact.review.isoformat())),
        due=fact.review < today,
        sources=[_source(knowledge.sources[name], words) for name in fact.sources if name in knowledge.sources],
    )


def _source(source: Source, words: Words) -> ShownSource:
    href = source.address if source.address.startswith(("https://", "http://")) else ""
    return ShownSource(source.name[words.lang], source.title, words.period(source.date), href)


def _verdicts(asked: Asked, intent: str) -> tuple[int, int]:
    with asked.parts.sums() as sums:
        found = [one for one in sums.sum_verdicts(None, None) if one.intent == intent]
    return sum(one.good for one in found), sum(one.bad for one in found)


# --- trying -----------------------------------------------------------------------------------------------------------


async def try_sentence(asked: Asked) -> Response:
    text = asked.form.get("cau")
    if not text or len(text) > LONGEST:
        error = asked.say(TOO_LONG, limit=LONGEST) if text else asked.say(NOTHING_TYPED)
        return asked.page(
            "tried.html", TEXTS, status=422, errors={"cau": error}, values={"cau": text}, tried=None, most=LONGEST
        )
    tried = await asyncio.to_thread(_tried, _engine(asked), text, asked.words)
    return asked.page("tried.html", TEXTS, values={"cau": text}, tried=tried, most=LONGEST)


def _tried(engine: Engine, text: str, words: Words) -> Tried:
    found, turn = engine.matcher.explain(text), ask(engine, text)
    candidates = turn.outcome.candidates if turn.outcome else ()
    return Tried(
        reading=list(_reading(found, words)),
        verdict=_verdict(turn.outcome, engine.knowledge, words),
        reasons=list(_reasons(found, words)),
        candidates=[_candidate(match, engine.knowledge, words) for match in candidates],
        replies=[(reply.text, [button.label for button in reply.buttons]) for reply in turn.replies],
    )


def _reading(found: Explanation, words: Words) -> Iterator[str]:
    yield words.say(READ_AS, words=" ".join(found.words))
    for repair in found.repairs:
        yield words.say(REPAIRED, typed=repair.typed, read=repair.read)


def _verdict(outcome: Outcome | None, knowledge: Knowledge, words: Words) -> str:
    if outcome is None or outcome.kind not in ("answer", "clarify", "unknown"):
        return words.say(OTHERWISE)
    if outcome.kind == "answer" and outcome.intent is not None and outcome.intent in knowledge.intents:
        question = knowledge.intents[outcome.intent].question[words.lang]
        return words.say(ANSWERED, question=question, percent=f"{outcome.probability:.0%}")
    if outcome.kind == "clarify":
        return words.say(ASKED_BACK)
    foreign = bool(outcome.candidates) and outcome.candidates[0].intent == OUT_OF_SCOPE
    return words.say(IS_FOREIGN if foreign else NOT_KNOWN)


def _reasons(found: Explanation, words: Words) -> Iterator[str]:
    """What told how sure it is, in words; see SIGNALS in bot/matching/calibration.py."""
    signals = found.signals
    if signals["known"] < FAR:
        yield words.say(NO_WORD_KNOWN)
    if len(found.matches) > 1 and signals["margin"] < CLOSE:
        yield words.say(NEARLY_TIED)
    if found.matches and found.matches[0].example and signals["example"] >= ALIKE:
        yield words.say(LIKE_EXAMPLE, example=found.matches[0].example)
    if signals["foreign"] >= FOREIGN:
        yield words.say(LIKE_FOREIGN)
    if signals["typos"] > 0:
        yield words.say(MENDED)
    if counted := [feature for feature, _ in found.parts if feature in found.words][:MOST_WORDS]:
        yield words.say(COUNTED, words=", ".join(counted))


def _candidate(match: Match, knowledge: Knowledge, words: Words) -> Candidate:
    intent = knowledge.intents.get(match.intent)
    foreign = intent is None or match.intent == OUT_OF_SCOPE
    return Candidate(
        id="" if foreign else match.intent,
        name=words.say(REFUSED) if foreign or intent is None else intent.question[words.lang],
        sure=words.say(SURE, percent=f"{match.probability:.0%}"),
        closest=words.say(CLOSEST, example=match.example) if match.example else "",
    )


# --- the pieces -------------------------------------------------------------------------------------------------------


def topic_name(knowledge: Knowledge, topic: str, words: Words) -> str:
    return knowledge.topics[topic][words.lang] if topic in knowledge.topics else words.say(ABOUT_ITSELF)


def _intent(asked: Asked) -> Intent:
    """The one that the path names. Raises PageRefused."""
    name = str(asked.request.path_params["intent"])
    found = _engine(asked).knowledge.intents.get(name) if is_id(name) else None
    if found is None:
        raise PageRefused(404, "not_found")
    return found


def _engine(asked: Asked) -> Engine:
    return asked.parts.desk().engine


def _today(asked: Asked) -> date:
    return local_day(asked.parts.now())


PAGE = ConsolePage(
    TITLE,
    "/noi-dung",
    "officer",
    (
        StaffRoute("content", "GET", "/noi-dung", "officer", show),
        StaffRoute("content.try", "POST", "/noi-dung/thu", "officer", try_sentence),
        *editing.ROUTES,
        StaffRoute("content.answer", "GET", "/noi-dung/{intent}", "officer", show_answer),
    ),
)
