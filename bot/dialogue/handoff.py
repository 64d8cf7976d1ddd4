"""Passing a question on to a person, step by step: which question, which commune, and a yes. Before the yes nobody sees it.

The choices are `person`, `person:new` (another question), `person:where` (another commune), `person-list:<page>`,
`person:<commune>`, and `person:<commune>:yes:<fingerprint>`, which agrees to the one question that has it;
`person-end:<number>` ends what was passed on. The question itself waits in the session.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from bot.dialogue.communes import as_called, commune_list, list_button, of_today
from bot.dialogue.compose import full_name
from bot.dialogue.decide import decide
from bot.dialogue.person_context import PersonContext
from bot.engine import Engine
from bot.knowledge.gazetteer import LONGEST_NAME, Found
from bot.model import Button, Case, HandoffRequest, Place, Reply, Session
from bot.model.well_known import SYSTEM
from bot.text.folding import fold
from bot.text.masking import masked

OPEN_QUESTION = "person"  # in the session: an answer of these steps is waited for
PERSON = "person"
END = "person-end"
CHOICE_KINDS = ("person", "person-list", END)
YES = "yes"
LONGEST_QUESTION = 300  # characters of a question that are kept or passed on
NEAREST = 3
QUESTION_WORDS = 4  # words from which what names no commune is rather a question
LIKELY_TOPIC = 0.5  # that a question is about something, so that officers are told of the topic


@dataclass(frozen=True, slots=True)
class HandoffStep:
    """What one step says (None: it is said where the case is known), remembers and does.

    `open`: what is written next is an answer to it; `ends`: what was passed on is withdrawn, or over.
    """

    reply: Reply | None
    session: Session
    open: bool = True
    handoff: HandoffRequest | None = None
    ends: bool = False


def button(engine: Engine, lang: str) -> Button:
    """What leads to a person; stands under every answer that is none."""
    return Button(engine.words(lang).say("Pass it on to an officer"), PERSON)


def masked_question(text: str) -> str:
    """A question as it may be kept and passed on: without numbers and names, and where it is very long, without its end."""
    hidden = masked(text.strip())
    return hidden if len(hidden) <= LONGEST_QUESTION else f"{hidden[: LONGEST_QUESTION - 1].rstrip()}…"


def wants_to_end(engine: Engine, text: str) -> bool:
    return engine.lexicon.handoff_ended.has(text)


def begin(engine: Engine, lang: str, context: PersonContext, session: Session) -> HandoffStep:
    """The first thing that is still to be asked."""
    if context.case is not None and (context.case.muted or not session.question):
        return waiting(engine, lang, session, context.case)
    if not session.question:
        return _ask_question(engine, lang, session)
    place = _place(engine, context, session)
    return _ask_consent(engine, lang, context, session, place) if place else HandoffStep(_ask_commune(engine, lang), session)


def chosen(engine: Engine, lang: str, context: PersonContext, session: Session, choice: str) -> HandoffStep | None:
    """The step behind a choice; None when it means nothing, or names what is no longer known."""
    kind, _, value = choice.partition(":")
    if kind == END:
        return _end_case(engine, lang, context, session, value)
    if kind == "person-list":
        page = commune_list(engine, lang, int(value), PERSON) if re.fullmatch("[0-9]{1,3}", value) else None
        return HandoffStep(page, session) if page else None
    if not value:
        return begin(engine, lang, context, session)
    if value == "new":
        return _ask_question(engine, lang, session)
    if value == "where":
        return HandoffStep(_ask_commune(engine, lang), session)
    code, _, yes = value.partition(":")
    place = engine.gazetteer.by_code.get(code)
    if place is None or (yes and not yes.startswith(f"{YES}:")):
        return None
    if not session.question:
        return begin(engine, lang, context, replace(session, place=code))
    if yes != f"{YES}:{_fingerprint(session.question)}":  # also the yes of an older message, which was one to another question
        return _ask_consent(engine, lang, context, session, place)
    handoff = HandoffRequest(code, _topic(engine, session.question), lang, session.question)
    return HandoffStep(None, replace(session, question="", place=code), open=False, handoff=handoff)


def refuse(engine: Engine, lang: str, session: Session) -> HandoffStep:
    said = engine.words(lang).say("All right, nothing was passed on. You can ask another question at any time.")
    return HandoffStep(Reply(said), session, open=False)


def typed(engine: Engine, lang: str, context: PersonContext, session: Session, text: str) -> HandoffStep | None:
    """The step that follows what was typed; None where it is no answer to what was asked. A yes is read before."""
    if engine.lexicon.handoff_refused.has(text):
        return refuse(engine, lang, session)
    if not session.question:
        return begin(engine, lang, context, replace(session, question=masked_question(text)))
    beside = [word for word in fold(text).split() if word not in engine.lexicon.beside_homes]
    if not agreement_offered(session.offered):
        return _to_commune(engine, lang, context, session, text, beside)
    if engine.lexicon.handoff_agreed.has(text):
        return chosen(engine, lang, context, session, session.offered[0].choice)
    return _to_commune(engine, lang, context, session, text, beside) if _named_communes(engine, text, beside) else None


def _to_commune(
    engine: Engine, lang: str, context: PersonContext, session: Session, text: str, beside: Sequence[str]
) -> HandoffStep | None:
    """`beside` are the folded words that are not said with every name."""
    words = engine.words(lang)
    if len(beside) > LONGEST_NAME and _topic(engine, text, likely=0.0):
        return None
    found = _named_communes(engine, text, beside)
    former = engine.gazetteer.district(text)
    if former and (not found or fold(found[0].name) == fold(former[0])):
        said = words.say("There is no {name} district any more. Which of the communes on its land do you mean?", name=former[0])
        communes = of_today(words, former[1], PERSON)
        return HandoffStep(Reply(said, communes), session)
    if len(found) == 1:
        return _ask_consent(engine, lang, context, session, found[0].place)
    if found:
        said = words.say("There is more than one {name}. Which one do you mean?", name=found[0].name)
        return HandoffStep(Reply(said, as_called(words, found, PERSON)), session)
    if len(fold(text).split()) >= QUESTION_WORDS and (len(beside) >= QUESTION_WORDS or _topic(engine, text, likely=0.0)):
        return None
    said = words.say("Loa Bản finds no commune of that name in Điện Biên. Please write it again, or see the list.")
    near = engine.gazetteer.nearest(text, NEAREST)
    return HandoffStep(Reply(said, (*as_called(words, near, PERSON), list_button(words, PERSON))), session)


def _named_communes(engine: Engine, text: str, beside: Sequence[str]) -> tuple[Found, ...]:
    """The communes that an answer names. A slip of a letter counts only where there is nothing but the words of a name."""
    found = engine.gazetteer.find(text, misspelt=False)
    slips = () if found else engine.gazetteer.find(text)
    return slips if slips and len(beside) == len(fold(slips[0].name).split()) else found


def _topic(engine: Engine, question: str, *, likely: float = LIKELY_TOPIC) -> str | None:
    """What a question is about; None for what the content does not treat, or where that is less likely."""
    intents = engine.knowledge.intents
    decision = decide(engine.matcher.match(question), intents)
    if decision.zone == "unknown" or decision.choices[0].probability < likely:
        return None
    topic = intents[decision.choices[0].intent].topic
    return topic if topic != SYSTEM else None


def _fingerprint(question: str) -> str:
    """What a yes is bound to."""
    return f"{crc32(question.encode()):08x}"


def _end_case(engine: Engine, lang: str, context: PersonContext, session: Session, number: str) -> HandoffStep:
    """The button may be an older one, of a case that is over."""
    if context.case is None:
        return _nothing_open(engine, lang, session)
    if number != str(context.case.number):
        return waiting(engine, lang, session, context.case)
    return HandoffStep(None, session, open=False, ends=True)


def agreement_offered(offered: Sequence[Button]) -> bool:
    """Whether the last thing asked was whether to pass it on."""
    return bool(offered) and offered[0].choice.startswith("person:") and f":{YES}:" in offered[0].choice


# --- what is said -----------------------------------------------------------------------------------------------------


def _ask_consent(engine: Engine, lang: str, context: PersonContext, session: Session, place: Place) -> HandoffStep:
    """The whole to look at, and the question; what is added to an open case goes where that went."""
    words = engine.words(lang)
    if context.case is not None:
        place = engine.gazetteer.by_code.get(context.case.place, place)
    lines = [
        words.say("Loa Bản will pass this on to the officers of {place}:", place=full_name(words, place)),
        f"“{session.question}”",
        words.say("They see the question, not your name or number. Numbers and names in it are hidden."),
        words.say("What is written then is deleted 30 days after the talk is over."),
        words.say("Shall it be passed on?"),
    ]
    elsewhere = () if context.case else (Button(words.say("Another commune"), "person:where"),)
    buttons = (
        Button(words.say("Yes, pass it on"), f"person:{place.code}:{YES}:{_fingerprint(session.question)}"),
        Button(words.say("Write another question"), "person:new"),
        *elsewhere,
        Button(words.say("No"), "none"),
    )
    return HandoffStep(Reply("\n".join(lines), buttons), replace(session, place=place.code))


def _ask_question(engine: Engine, lang: str, session: Session) -> HandoffStep:
    said = engine.words(lang).say("Write your question for the officer here, in one message.")
    return HandoffStep(Reply(said), replace(session, question=""))


def waiting(engine: Engine, lang: str, session: Session, case: Case) -> HandoffStep:
    """What is written next is added to it, so no question of before may be in its place.

    To a muted one nothing is added; that is what somebody hears who would end it.
    """
    words = engine.words(lang)
    if case.muted:
        return HandoffStep(None, replace(session, question=""), open=False, ends=True)
    said = words.say(
        "Your question {number} is with the officers. You can add something to it: write it here.", number=case.number
    )
    return HandoffStep(
        Reply(said, (Button(words.say("Withdraw the question"), f"{END}:{case.number}"),)), replace(session, question="")
    )


def _nothing_open(engine: Engine, lang: str, session: Session) -> HandoffStep:
    said = engine.words(lang).say("No question of yours is with an officer now. Loa Bản is here: just write.")
    return HandoffStep(Reply(said), session, open=False)


def _ask_commune(engine: Engine, lang: str) -> Reply:
    words = engine.words(lang)
    return Reply(
        words.say("Which commune or ward do you live in? Write its name, old or new, or choose it from the list."),
        (list_button(words, PERSON),),
    )


def _place(engine: Engine, context: PersonContext, session: Session) -> Place | None:
    """Where the person lives, as far as is known: where announcements come from, what was said, what the question names."""
    known = engine.gazetteer.by_code
    for code in (context.case.place if context.case else None, session.place, _subscribed(context)):
        if code in known:
            return known[code]
    named = engine.gazetteer.find(session.question, misspelt=False)
    return named[0].place if len(named) == 1 else None


def _subscribed(context: PersonContext) -> str | None:
    return context.subscription.place if context.subscription else None
