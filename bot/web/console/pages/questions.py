"""*Câu hỏi*: what was not answered well, in groups as `loaban review` makes them, and what is to become of each of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from bot.authoring.proposals.proposal import Proposal
from bot.authoring.proposals.steps import MASKED, AddExamples, AddForeign, NewIntent, Step
from bot.authoring.proposals.workbench import summary
from bot.authoring.reviewing.findings import NearestIntent, QuestionGroup, Wording, small_counts_hidden
from bot.authoring.reviewing.groups import SIGNS, group_id, wording_id
from bot.dialogue.decide import NO_ANSWER
from bot.engine import Engine
from bot.errors import Refusal
from bot.i18n import mark
from bot.knowledge.nearest import no_intent
from bot.knowledge.schema import is_id
from bot.ports import StatisticsRecords
from bot.stats.gathering import QuestionCounts, counted_questions
from bot.stats.html_page import aria_label, bar
from bot.stats.labels import Labels
from bot.stats.sections import Section, before_and_after
from bot.text.folding import fold
from bot.text.masking import MASK
from bot.web.chat.requests import PageRefused
from bot.web.console import proposing
from bot.web.console.asked import Asked
from bot.web.console.routes import ConsolePage, StaffRoute
from bot.zone import local_day

SHOWN = 30  # groups
PLACES = 3  # communes of a group
LONGEST = 300  # characters of a wording
COMPARED = 5  # changes
SPAN = timedelta(days=28)  # before and after a change
GROUP = re.compile(rf"[0-9a-f]{{{SIGNS}}}")

TITLE = mark("Questions")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "none": mark("There is nothing to review. What is not answered well appears here, without the person."),
    "nearest": mark("Nearest:"),
    "no_nearest": mark("No answer is near."),
    "proposed": mark("There is a proposal for it:"),
    "wordings": mark("Which wordings"),
    "wordings_hint": mark("Tick those that fit. They can be rewritten: what was masked has to be."),
    "wording": mark("Wording"),
    "use": mark("Use it"),
    "known": mark("an example already"),
    "masked": mark("something of a person stood there"),
    "what": mark("What becomes of it"),
    "intent": mark("Which answer"),
    "other": mark("Another one, by its id"),
    "topic": mark("Its topic"),
    "id": mark("Its id (small letters, digits and hyphens, such as housing-amount)"),
    "foreign": mark("Which topic that is not ours"),
    "new_foreign": mark("A new one, by a name such as land-papers"),
    "propose": mark("Propose it"),
    "later": mark("Later: to the next group"),
    "back": mark("All groups"),
    "done_het": mark("This group is gone: it is answered by now, or nobody's question is kept any more."),
}
WAYS: Mapping[str, str] = {
    "y": mark("Examples of an answer that there is"),
    "moi": mark("A new answer, still to be written"),
    "ngoai": mark("Not ours: to be refused"),
}
ASKED = mark("asked {count} times, last on {day}")
ASKED_ONCE = mark("asked once, on {day}")
MORE_WORDINGS = mark("and {count} more wordings")
LIKELY = mark("{question} ({percent})")
NO_WAY = mark("Choose what becomes of it.")
NO_WORDING = mark("Tick at least one wording.")
EMPTY = mark("A ticked wording is empty.")
TOO_LONG = mark("At most {limit} letters.")
TWICE = mark("“{text}” is an example already.")
NO_INTENT = mark("Choose an answer.")
NO_TOPIC = mark("Choose a topic.")
BAD_ID = mark("Write small letters, digits and hyphens, such as housing-amount.")
NO_FOREIGN = mark("Choose a topic that is not ours, or write a new name.")
CHART_NOTE = mark("The four weeks before and after each proposal that was taken in. Other things change as well.")


@dataclass(frozen=True, slots=True)
class Line:
    """A group in the list. `proposal` is about it and open; None for none."""

    id: str
    question: str
    asked: str
    places: str
    nearest: str
    proposal: int | None


@dataclass(frozen=True, slots=True)
class ShownWording:
    """One that can be ticked and rewritten. `lang` is its language."""

    id: str
    number: int
    lang: str
    count: int
    known: str
    masked: bool


# --- the list ---------------------------------------------------------------------------------------------------------


async def show_all(asked: Asked) -> Response:
    groups, sections, proposals = await asyncio.to_thread(_all, asked)
    by_group = {one.group: one.number for one in proposals if one.state == "open" and one.group}
    return asked.page(
        "questions.html",
        TEXTS,
        groups=[_line(asked, one, by_group) for one in groups[:SHOWN]],
        sections=sections,
        bar=bar,
        aria_label=aria_label,
    )


def _all(asked: Asked) -> tuple[Sequence[QuestionGroup], Sequence[Section], Sequence[Proposal]]:
    """In a thread: to group takes a while, where a question or the content has changed since."""
    proposals = asked.parts.bench.all()
    taken = [one for one in proposals if one.taken is not None][:COMPARED]
    with asked.parts.sums() as records:
        questions = records.kept_questions(None, None)
        charts = _charts(asked, records, taken)
    return asked.parts.groups.find(questions, _engine(asked)).groups, charts, proposals


def _charts(asked: Asked, records: StatisticsRecords, taken: Sequence[Proposal]) -> Sequence[Section]:
    """How many questions were answered before a change and after it."""
    if not taken:
        return ()
    today = local_day(asked.parts.now())
    rows: list[tuple[str, QuestionCounts, QuestionCounts]] = []
    for one in taken:
        if one.taken is not None:
            day = local_day(one.taken)
            before = counted_questions(records, day - SPAN, day - timedelta(days=1))
            after = counted_questions(records, day, min(today, day + SPAN - timedelta(days=1)))
            rows.append((f"{one.number}: {'; '.join(summary(one.steps, asked.words))}", before, after))
    labels = Labels.of(asked.words, asked.names, _engine(asked).knowledge)
    return [before_and_after(rows, asked.say(CHART_NOTE), labels)]


def _line(asked: Asked, group: QuestionGroup, by_group: Mapping[str, int]) -> Line:
    near = group.nearest[0] if group.nearest else None
    name = group_id(group)
    nearest = _likely(asked, near) if near else ""
    return Line(name, group.question.text, _asked(asked, group), _places(asked, group), nearest, by_group.get(name))


def _asked(asked: Asked, group: QuestionGroup) -> str:
    day = asked.words.period(group.newest.isoformat())
    return asked.say(ASKED_ONCE, day=day) if group.count == 1 else asked.say(ASKED, count=group.count, day=day)


def _places(asked: Asked, group: QuestionGroup) -> str:
    counts = list(small_counts_hidden({code: n for code, n in group.places.items() if code}).items())[:PLACES]
    return ", ".join(f"{asked.names.place(code, asked.words)}: {count}" for code, count in counts)


# --- one group --------------------------------------------------------------------------------------------------------


async def show(asked: Asked) -> Response:
    found, groups = await asyncio.to_thread(_found, asked)
    if found is None:
        return asked.back("/cau-hoi", "het")
    return _page(asked, found, groups)


async def propose(asked: Asked) -> Response:
    """What somebody chose becomes a proposal; nothing is written where anything is wrong with it."""
    found, groups = await asyncio.to_thread(_found, asked)
    if found is None:
        return asked.back("/cau-hoi", "het")
    errors: dict[str, str] = {}
    step = _step(asked, _chosen(asked, found, errors), errors)
    if errors or step is None:
        return _page(asked, found, groups, errors, 422)
    try:
        proposal = await proposing.begin(asked, [step], group_id(found))
    except Refusal as refusal:
        return _page(asked, found, groups, {_field(asked): asked.say(refusal.message, **refusal.values)}, 409)
    return asked.back(f"/de-xuat/{proposal.number}", "viet")


def _chosen(asked: Asked, group: QuestionGroup, errors: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """The ticked wordings as they were left, by language; what is wrong with one stands at its field."""
    ticked, texts = set(asked.form.all("chon")), dict[str, list[str]]()
    for wording in group.wordings:
        name = wording_id(wording)
        if name not in ticked:
            continue
        text = " ".join(asked.form.get(f"cau-{name}").split())
        if wrong := _wrong(asked, text):
            errors[f"cau-{name}"] = wrong
        texts.setdefault(wording.lang, []).append(text)
    if not texts:
        errors["chon"] = asked.say(NO_WORDING)
    return {lang: tuple(found) for lang, found in texts.items()}


def _wrong(asked: Asked, text: str) -> str:
    if not fold(text):
        return asked.say(EMPTY)
    if len(text) > LONGEST:
        return asked.say(TOO_LONG, limit=LONGEST)
    if MASK in text:
        return asked.say(MASKED, mask=MASK)
    if fold(text) in _engine(asked).knowledge.phrasings:
        return asked.say(TWICE, text=text)
    return ""


def _step(asked: Asked, texts: dict[str, tuple[str, ...]], errors: dict[str, str]) -> Step | None:
    """What is to be done with them; None where that is not said rightly."""
    match asked.form.get("viec"):
        case "y":
            return _examples(asked, texts, errors)
        case "moi":
            return _new(asked, texts, errors)
        case "ngoai":
            return _foreign(asked, texts, errors)
    errors["viec"] = asked.say(NO_WAY)
    return None


def _examples(asked: Asked, texts: dict[str, tuple[str, ...]], errors: dict[str, str]) -> Step | None:
    intents = _engine(asked).knowledge.intents
    typed = asked.form.get("y_khac")
    intent = typed or asked.form.get("y")
    if intent in intents and intent not in NO_ANSWER:
        return AddExamples(intent=intent, texts=texts)
    refusal = no_intent(typed[:60], intents) if typed else Refusal(NO_INTENT)
    errors["y_khac"] = asked.say(refusal.message, **refusal.values)
    return None


def _new(asked: Asked, texts: dict[str, tuple[str, ...]], errors: dict[str, str]) -> Step | None:
    topic, name = asked.form.get("chu_de"), asked.form.get("ma")
    if topic not in _engine(asked).knowledge.topics:
        errors["chu_de"] = asked.say(NO_TOPIC)
    if not is_id(name) or len(name) > 60:
        errors["ma"] = asked.say(BAD_ID)
    return None if {"chu_de", "ma"} & errors.keys() else NewIntent(topic=topic, intent=name, texts=texts)


def _foreign(asked: Asked, texts: dict[str, tuple[str, ...]], errors: dict[str, str]) -> Step | None:
    name = asked.form.get("ngoai_moi") or asked.form.get("ngoai")
    if is_id(name) and len(name) <= 60:
        return AddForeign(name=name, texts=texts)
    errors["ngoai_moi"] = asked.say(NO_FOREIGN)
    return None


def _field(asked: Asked) -> str:
    """Where a refusal of what is written belongs."""
    return {"y": "y_khac", "moi": "ma", "ngoai": "ngoai_moi"}.get(asked.form.get("viec"), "viec")


def _page(
    asked: Asked,
    group: QuestionGroup,
    groups: Sequence[QuestionGroup],
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    name, form = group_id(group), asked.form
    position = next((place for place, one in enumerate(groups) if group_id(one) == name), 0)
    following = groups[position + 1] if position + 1 < len(groups) else None
    engine = _engine(asked)
    sent = bool(form.get("viec") or form.all("chon"))
    wordings = [_wording(number, one) for number, one in enumerate(group.wordings, 1)]
    texts = {f"cau-{wording_id(one)}": form.get(f"cau-{wording_id(one)}") if sent else one.text for one in group.wordings}
    ticked = form.all("chon") if sent else [one.id for one in wordings if not one.known and not one.masked]
    typed = {key: form.get(key) for key in ("y_khac", "ma", "ngoai_moi")}
    radios = {key: [form.get(key)] for key in ("viec", "y", "chu_de", "ngoai")}
    return asked.page(
        "question_group.html",
        TEXTS,
        status=status,
        group=group,
        asked_often=_asked(asked, group),
        places=_places(asked, group),
        more=asked.say(MORE_WORDINGS, count=group.different - len(wordings)) if group.different > len(wordings) else "",
        wordings=wordings,
        path=f"/cau-hoi/{name}",
        following=f"/cau-hoi/{group_id(following)}" if following else "",
        ways=[(way, asked.say(said)) for way, said in WAYS.items()],
        near=[(one.intent, _likely(asked, one)) for one in group.nearest],
        topics=[(topic, by_lang[asked.words.lang]) for topic, by_lang in engine.knowledge.topics.items()],
        foreign=[(one, one) for one in group.foreign if one in engine.knowledge.foreign],
        values={**texts, **typed, **radios, "chon": ticked},
        errors=errors or {},
        here=f"/cau-hoi/{name}",
        most=LONGEST,
    )


# --- the pieces -------------------------------------------------------------------------------------------------------


def _found(asked: Asked) -> tuple[QuestionGroup | None, Sequence[QuestionGroup]]:
    """The group that the path names, and all of them. Raises PageRefused for what is no name of one."""
    name = str(asked.request.path_params["group"])
    if not GROUP.fullmatch(name):
        raise PageRefused(404, "not_found")
    with asked.parts.sums() as records:
        questions = records.kept_questions(None, None)
    groups = asked.parts.groups.find(questions, _engine(asked)).groups
    return next((one for one in groups if group_id(one) == name), None), groups[:SHOWN]


def _wording(number: int, wording: Wording) -> ShownWording:
    known = wording.example_of
    return ShownWording(wording_id(wording), number, wording.lang, wording.count, known, MASK in wording.text)


def _likely(asked: Asked, near: NearestIntent) -> str:
    found = _engine(asked).knowledge.intents.get(near.intent)
    question = found.question[asked.words.lang] if found else near.intent
    return asked.say(LIKELY, question=question, percent=f"{near.vote:.0%}")


def _engine(asked: Asked) -> Engine:
    return asked.parts.desk().engine


PAGE = ConsolePage(
    TITLE,
    "/cau-hoi",
    "admin",
    (
        StaffRoute("questions", "GET", "/cau-hoi", "admin", show_all),
        StaffRoute("question.group", "GET", "/cau-hoi/{group}", "admin", show),
        StaffRoute("question.propose", "POST", "/cau-hoi/{group}", "admin", propose),
    ),
)
