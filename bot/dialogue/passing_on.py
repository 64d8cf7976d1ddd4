"""Passing a question on to a person, step by step: which question, which commune, and a yes. Before the yes nobody sees it.

The choices are `person`, `person:new` (another question), `person:where` (another commune), `person-list:<page>`,
`person:<commune>` and the same with `:yes`; `person-end` ends what was passed on. The question itself waits in the session.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from bot.cases import Case
from bot.dialogue.compose import full_name, reading
from bot.dialogue.mind import Mind
from bot.dialogue.phrases import all_forms, as_typed
from bot.dialogue.places import Found
from bot.dialogue.standing import Standing
from bot.folding import fold
from bot.i18n import Words
from bot.model import Button, Handover, Place, Reply, Session
from bot.privacy import masked

ASKED = "person"  # the open question in the session
PERSON = "person"
END = "person-end"
CHOICES = ("person", "person-list", END)
YES = "yes"
KEPT = 300  # characters of a question that are kept or passed on
PAGE = 12  # communes on a page of the list
NEAREST = 3
A_QUESTION = 4  # words from which what names no commune is rather a question

_ENDS = all_forms(
    "kết thúc, kết thúc trò chuyện, kết thúc nhé, quay lại loa bản, quay lại, gặp loa bản, hỏi loa bản, hỏi máy, thôi nhé, "
    "không cần nữa, end, end it, end chat, back to the bot, back"
)
_REFUSALS = all_forms("không, không ạ, ko, k, hông, thôi, thôi ạ, thôi không, không gửi, đừng gửi, hủy, no, cancel, not now")


@dataclass(frozen=True, slots=True)
class Step:
    """What one step says (None: it is said where the case is known), remembers and does.

    `open`: what is written next is an answer to it; `ends`: what was passed on is withdrawn, or over.
    """

    reply: Reply | None
    session: Session
    open: bool = True
    handover: Handover | None = None
    ends: bool = False


def button(mind: Mind, lang: str) -> Button:
    """What leads to a person; stands under every answer that is none."""
    return Button(mind.words(lang).say("Pass it on to an officer"), PERSON)


def kept(text: str) -> str:
    """A question as it may be kept and passed on: without numbers and names."""
    return masked(text.strip())[:KEPT]


def wants_to_end(text: str) -> bool:
    return as_typed(text) in _ENDS


def begin(mind: Mind, lang: str, standing: Standing, session: Session) -> Step:
    """The first thing that is still to be asked."""
    if standing.case is not None and not session.question:
        return _waiting(mind, lang, session, standing.case)
    if not session.question:
        return _write_it(mind, lang, session)
    place = _place(mind, standing, session)
    return _agree(mind, lang, session, place) if place else Step(_which_commune(mind, lang), session)


def chosen(mind: Mind, lang: str, standing: Standing, session: Session, choice: str) -> Step | None:
    """The step behind a choice; None when it means nothing, or names what is no longer known."""
    kind, _, value = choice.partition(":")
    if kind == END:
        return Step(None, session, open=False, ends=True) if standing.case else _nothing_open(mind, lang, session)
    if kind == "person-list":
        page = _commune_list(mind, lang, int(value)) if re.fullmatch("[0-9]{1,3}", value) else None
        return Step(page, session) if page else None
    if not value:
        return begin(mind, lang, standing, session)
    if value == "new":
        return _write_it(mind, lang, session)
    if value == "where":
        return Step(_which_commune(mind, lang), session)
    code, _, yes = value.partition(":")
    place = mind.gazetteer.by_code.get(code)
    if place is None or yes not in ("", YES):
        return None
    if not session.question:
        return _write_it(mind, lang, replace(session, place=code))
    if not yes:
        return _agree(mind, lang, session, place)
    handover = Handover(code, session.topic, lang, session.question)
    return Step(None, replace(session, question="", place=code), open=False, handover=handover)


def refuse(mind: Mind, lang: str, session: Session) -> Step:
    said = mind.words(lang).say("All right, nothing was passed on. You can ask another question at any time.")
    return Step(Reply(said), session, open=False)


def typed(mind: Mind, lang: str, standing: Standing, session: Session, text: str) -> Step | None:
    """The step that follows what was typed; None where it is no answer to what was asked. A yes is read before."""
    if as_typed(text) in _REFUSALS:
        return refuse(mind, lang, session)
    if not session.question:
        return begin(mind, lang, standing, replace(session, question=kept(text)))
    return None if agreement_offered(session.offered) else _to_commune(mind, lang, session, text)


def _to_commune(mind: Mind, lang: str, session: Session, text: str) -> Step | None:
    words = mind.words(lang)
    found = mind.gazetteer.find(text, misspelt=False) or mind.gazetteer.find(text)
    former = mind.gazetteer.district(text)
    if former and (not found or fold(found[0].name) == fold(former[0])):
        said = words.say("There is no {name} district any more. Which of the communes on its land do you mean?", name=former[0])
        communes = tuple(Button(full_name(words, place), f"person:{place.code}") for place in former[1])
        return Step(Reply(said, communes), session)
    if len(found) == 1:
        return _agree(mind, lang, session, found[0].place)
    if found:
        said = words.say("There is more than one {name}. Which one do you mean?", name=found[0].name)
        return Step(Reply(said, _communes(words, found)), session)
    if len(fold(text).split()) >= A_QUESTION:
        return None
    said = words.say("Loa Bản finds no commune of that name in Điện Biên. Please write it again, or see the list.")
    near = mind.gazetteer.nearest(text, NEAREST)
    return Step(Reply(said, (*_communes(words, near), _list_button(words))), session)


def agreement_offered(offered: Sequence[Button]) -> bool:
    """Whether the last thing asked was whether to pass it on."""
    return bool(offered) and offered[0].choice.startswith("person:") and offered[0].choice.endswith(f":{YES}")


# --- what is said -----------------------------------------------------------------------------------------------------


def _agree(mind: Mind, lang: str, session: Session, place: Place) -> Step:
    words = mind.words(lang)
    lines = [
        words.say("Loa Bản will pass this on to the officers of {place}:", place=full_name(words, place)),
        f"“{session.question}”",
        words.say("They see the question, not your name or number. Numbers and names in it are hidden."),
        words.say("What is written then is deleted 30 days after the talk is over."),
        words.say("Shall it be passed on?"),
    ]
    buttons = (
        Button(words.say("Yes, pass it on"), f"person:{place.code}:{YES}"),
        Button(words.say("Write another question"), "person:new"),
        Button(words.say("Another commune"), "person:where"),
        Button(words.say("No"), "none"),
    )
    return Step(Reply("\n".join(lines), buttons), replace(session, place=place.code))


def _write_it(mind: Mind, lang: str, session: Session) -> Step:
    said = mind.words(lang).say("Write your question for the officer here, in one message.")
    return Step(Reply(said), replace(session, question=""))


def _waiting(mind: Mind, lang: str, session: Session, case: Case) -> Step:
    words = mind.words(lang)
    said = words.say(
        "Your question {number} is with the officers. You can add something to it: write it here.", number=case.number
    )
    return Step(Reply(said, (Button(words.say("Withdraw the question"), END),)), session)


def _nothing_open(mind: Mind, lang: str, session: Session) -> Step:
    said = mind.words(lang).say("No question of yours is with an officer now. Loa Bản is here: just write.")
    return Step(Reply(said), session, open=False)


def _which_commune(mind: Mind, lang: str) -> Reply:
    words = mind.words(lang)
    return Reply(
        words.say("Which commune or ward do you live in? Write its name, old or new, or choose it from the list."),
        (_list_button(words),),
    )


def _list_button(words: Words) -> Button:
    return Button(words.say("Choose from a list"), "person-list:1")


def _commune_list(mind: Mind, lang: str, page: int) -> Reply | None:
    words = mind.words(lang)
    places = mind.gazetteer.in_order()
    pages = ceil(len(places) / PAGE)
    if not 1 <= page <= pages:
        return None
    buttons = [Button(full_name(words, place), f"person:{place.code}") for place in places[(page - 1) * PAGE : page * PAGE]]
    if page < pages:
        buttons.append(Button(words.say("Next page"), f"person-list:{page + 1}"))
    if page > 1:
        buttons.append(Button(words.say("Previous page"), f"person-list:{page - 1}"))
    return Reply(words.say("Choose your commune (page {page} of {pages}).", page=page, pages=pages), tuple(buttons))


def _communes(words: Words, found: Sequence[Found]) -> tuple[Button, ...]:
    return tuple(Button(reading(words, one), f"person:{one.place.code}") for one in found)


def _place(mind: Mind, standing: Standing, session: Session) -> Place | None:
    """Where the person lives, as far as is known: where announcements come from, what was said, what the question names."""
    known = mind.gazetteer.by_code
    for code in (standing.case.place if standing.case else None, session.place, _subscribed(standing)):
        if code in known:
            return known[code]
    named = mind.gazetteer.find(session.question, misspelt=False)
    return named[0].place if len(named) == 1 else None


def _subscribed(standing: Standing) -> str | None:
    return standing.subscription.place if standing.subscription else None
