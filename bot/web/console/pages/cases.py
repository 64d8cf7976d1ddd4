"""*Việc*: questions that residents passed on. Taking, answering and ending are those of the chat (bot/cases/actions.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from starlette.responses import Response

from bot.cases import texts
from bot.cases.actions import NOT_FOUND, TAKEN, TAKEN_UNSENT, CaseActions
from bot.cases.suggesting import suggested_text, suggestions
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Case, CaseMessage
from bot.model.well_known import CASE_TAKEN, WEB
from bot.ports import Transaction
from bot.web.chat.requests import PageRefused
from bot.web.console.asked import Asked
from bot.web.console.rendering import short_moment
from bot.web.console.routes import ConsolePage, StaffRoute, Waiting
from bot.zone import local_day

SHOWN = 50
ALL_OPEN = 500
NAMED = 5  # cases that *Hôm nay* names one by one
LONGEST_ANSWER = 3500  # characters; each app cuts what is longer for it into messages
LINES = 20  # of the log of a case, to find when it was taken

TITLE = mark("Cases")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "waiting": mark("Nobody's"),
    "mine": mark("Mine"),
    "others": mark("With colleagues"),
    "closed": mark("Finished cases"),
    "open": mark("Open"),
    "none": mark("No case waits. When there is a new one, it appears here by itself."),
    "none_here": mark("None."),
    "more": mark("There are more; these are the oldest."),
    "talk": mark("What was written"),
    "answer": mark("Your answer"),
    "send": mark("Send"),
    "insert": mark("Begin with an answer of Loa Bản"),
    "take": mark("Take it"),
    "take_over": mark("Take it over"),
    "give_back": mark("Give back"),
    "close": mark("Finished"),
    "picture": mark("See the picture"),
    "file": mark("See the file"),
    "something": mark("(something that cannot be passed on)"),
    "away": mark("The resident's page is not open now; your answer waits there until they come back."),
    "by_answering": mark("Whoever answers takes it by that."),
    "done_nhan": mark("This case is yours now."),
    "done_gui": mark("Sent to the resident."),
    "done_tra": mark("Given back. Your colleagues were told."),
    "done_xong": mark("Closed. The resident was told, and Loa Bản answers again."),
}
RESIDENT, ME, SERVICE = mark("Resident"), mark("Me"), mark("Officer")
EMPTY = mark("Write your answer first.")
TOO_LONG = mark("The answer has {count} letters; {limit} at most can be sent.")
UNSEEN = mark("Something was written meanwhile; it stands above. Read it, and send your answer again if it still holds.")
TAKEN_AT = mark("Case {number} was taken by {who} at {when}. What you wrote was not sent; it still stands below.")
WAIT_FOR_SOMEBODY = mark("{count} questions wait for somebody to take them.")
ONE_WAITS_FOR_SOMEBODY = mark("One question waits for somebody to take it.")
WAITS_FOR_ME = mark("A resident waits for your answer: {case}")
MANY_WAIT_FOR_ME = mark("{count} residents wait for your answer.")

State = Literal["waiting", "mine", "others", "closed"]


@dataclass(frozen=True, slots=True)
class Line:
    """A case in a list."""

    number: int
    headline: str
    question: str
    state: str


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was written in a case."""

    who: str
    text: str
    when: str
    mine: bool
    photo: str | None
    file: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A case with its talk. `seen` is how much of that there is: an answer names it, so that nothing is answered over."""

    case: Case
    headline: str
    state: str
    kind: State
    talk: Sequence[Said]
    seen: int
    may_take: bool
    may_answer: bool
    may_end: bool
    may_give_back: bool
    away: bool
    suggestions: Sequence[tuple[str, str]]


# --- lists ------------------------------------------------------------------------------------------------------------


async def show_open(asked: Asked) -> Response:
    def work(view: Transaction) -> Mapping[State, Sequence[Line]]:
        found: dict[State, list[Line]] = {"waiting": [], "mine": [], "others": []}
        for case in _cases(asked).list_open(view, asked.me, ALL_OPEN):
            lines = found[_kind(asked, case)]
            if len(lines) <= SHOWN:
                lines.append(_line(asked, case, view))
        return found

    return asked.page("cases.html", TEXTS, lists=await asked.look(work), most=SHOWN)


async def show_closed(asked: Asked) -> Response:
    def work(view: Transaction) -> Sequence[Line]:
        places = asked.staff.places if asked.staff.role == "officer" else None
        found = view.cases(places, states=("closed",), limit=SHOWN, newest_first=True)
        return [_line(asked, case, view) for case in found]

    return asked.page("cases_closed.html", TEXTS, lines_found=await asked.look(work))


def waits(asked: Asked, view: Transaction) -> Sequence[Waiting]:
    found = _cases(asked).list_open(view, asked.me, ALL_OPEN)
    free = sum(_kind(asked, case) == "waiting" for case in found)
    mine = [case for case in found if _kind(asked, case) == "mine" and case.due is not None]
    if len(mine) <= NAMED:
        told = [Waiting(asked.say(WAITS_FOR_ME, case=_headline(asked, case)), f"/viec/{case.number}") for case in mine]
    else:
        told = [Waiting(asked.say(MANY_WAIT_FOR_ME, count=len(mine)), "/viec")]
    if free:
        message = ONE_WAITS_FOR_SOMEBODY if free == 1 else WAIT_FOR_SOMEBODY
        told.append(Waiting(asked.say(message, count=free), "/viec"))
    return told


# --- one case ---------------------------------------------------------------------------------------------------------


async def show(asked: Asked) -> Response:
    return await _page(asked)


async def take(asked: Asked) -> Response:
    return await _done(asked, lambda cases, transaction: cases.take(transaction, asked.me, asked.number(), _now(asked)), "nhan")


async def close(asked: Asked) -> Response:
    return await _done(
        asked, lambda cases, transaction: cases.close(transaction, asked.me, asked.number(), _now(asked)), "xong"
    )


async def give_back(asked: Asked) -> Response:
    return await _done(
        asked, lambda cases, transaction: cases.give_back(transaction, asked.me, asked.number(), _now(asked)), "tra"
    )


async def answer(asked: Asked) -> Response:
    """Sent, unless somebody wrote meanwhile: then they are shown it first. The same form once more has no second effect."""
    text, seen = asked.form.get("noi_dung"), asked.form.whole("thay")
    if not text:
        return await _page(asked, 422, error=asked.say(EMPTY))
    if len(text) > LONGEST_ANSWER:
        return await _page(asked, 422, error=asked.say(TOO_LONG, count=len(text), limit=LONGEST_ANSWER))

    def work(transaction: Transaction) -> Literal["sent", "unseen"]:
        number, cases = asked.number(), _cases(asked)
        case = cases.find(transaction, asked.me, number)
        news = transaction.messages(number)[seen:]
        if any(one.author == asked.me and one.text == text for one in news):
            return "sent"
        if news and case.state != "closed" and case.owner in (None, asked.me):
            return "unseen"
        cases.answer(transaction, asked.me, number, CaseMessage(asked.me, text, _now(asked)))
        return "sent"

    try:
        outcome = await asked.act(work)
    except Refusal as refusal:
        return await _refused(asked, refusal, text)
    if outcome == "unseen":
        return await _page(asked, 409, error=asked.say(UNSEEN), draft=text)
    return asked.back(f"/viec/{asked.number()}", "gui")


async def insert(asked: Asked) -> Response:
    """An answer of the bot, behind what is written already; nothing is sent or stored."""

    def work(view: Transaction) -> str | None:
        case = _cases(asked).find(view, asked.me, asked.number())
        return suggested_text(asked.parts.desk().engine, case, asked.form.get("chen"), local_day(_now(asked)))

    try:
        found = await asked.look(work)
    except Refusal:
        found = None
    if found is None:
        raise PageRefused(404, "not_found")
    return await _page(asked, draft="\n\n".join(part for part in (asked.form.get("noi_dung"), found) if part))


async def _done(asked: Asked, action: Callable[[CaseActions, Transaction], Case], done: str) -> Response:
    try:
        case = await asked.act(lambda transaction: action(_cases(asked), transaction))
    except Refusal as refusal:
        return await _refused(asked, refusal, asked.form.get("noi_dung"))
    return asked.back(f"/viec/{case.number}", done)


async def _refused(asked: Asked, refusal: Refusal, draft: str) -> Response:
    """The case as it is now, with what was written: it was not sent."""
    if refusal.message == NOT_FOUND:
        raise PageRefused(404, "not_found")
    if refusal.message not in (TAKEN, TAKEN_UNSENT) or not draft:
        error = await asked.look(lambda view: asked.explain(refusal, view))
    else:
        error = await asked.look(lambda view: _taken(asked, view))
    return await _page(asked, 409, error=error, draft=draft)


def _taken(asked: Asked, view: Transaction) -> str:
    """By whom, and when."""
    case = _cases(asked).find(view, asked.me, asked.number())
    taken = [line.at for line in view.log(LINES, f"case {case.number}") if line.action == CASE_TAKEN]
    who, when = asked.person(case.owner or 0, view), _moment(asked, taken[0] if taken else case.touched)
    return asked.say(TAKEN_AT, number=case.number, who=who, when=when)


async def _page(asked: Asked, status: int = 200, *, error: str = "", draft: str = "") -> Response:
    try:
        shown = await asked.look(lambda view: _shown(asked, view))
    except Refusal:
        raise PageRefused(404, "not_found") from None
    return asked.page(
        "case.html",
        TEXTS,
        status=status,
        shown=shown,
        here=f"/viec/{shown.case.number}",
        values={"noi_dung": draft or asked.form.get("noi_dung")},
        errors={"noi_dung": error} if error else {},
        most=LONGEST_ANSWER,
    )


def _shown(asked: Asked, view: Transaction) -> Shown:
    """Raises Refusal for one that is not for this person."""
    case = _cases(asked).find(view, asked.me, asked.number())
    said, kind = view.messages(case.number), _kind(asked, case)
    first = Said(asked.say(RESIDENT), case.question, _moment(asked, case.opened), False, None, None)
    return Shown(
        case=case,
        headline=_headline(asked, case),
        state=_state(asked, case, view),
        kind=kind,
        talk=[first, *(_said(asked, one) for one in said)],
        seen=len(said),
        may_take=kind == "waiting" or (kind == "others" and asked.may("admin")),
        may_answer=kind in ("waiting", "mine"),
        may_end=kind in ("waiting", "mine") or (kind == "others" and asked.may("admin")),
        may_give_back=kind == "mine" or (kind == "others" and asked.may("admin")),
        suggestions=() if kind in ("closed", "others") else suggestions(asked.parts.desk().engine, case),
        away=case.resident.channel == WEB and kind != "closed" and not asked.parts.is_open(case.resident),
    )


# --- the pieces -------------------------------------------------------------------------------------------------------


def _said(asked: Asked, message: CaseMessage) -> Said:
    who = RESIDENT if message.author is None else ME if message.author == asked.me else SERVICE
    return Said(
        who=asked.say(who),
        text=message.text,
        when=_moment(asked, message.at),
        mine=message.author is not None,
        photo=_link(asked, message.photo),
        file=_link(asked, message.file),
    )


def _link(asked: Asked, media: str | None) -> str | None:
    """An address that opens it, where there is one; it is never loaded by itself."""
    if not media:
        return None
    return media if media.startswith("https://") else asked.parts.link(media)


def _line(asked: Asked, case: Case, view: Transaction) -> Line:
    return Line(case.number, _headline(asked, case), case.question, _state(asked, case, view))


def _headline(asked: Asked, case: Case) -> str:
    return texts.headline(case, asked.names, asked.words)


def _kind(asked: Asked, case: Case) -> State:
    if case.state == "closed":
        return "closed"
    if case.owner is None:
        return "waiting"
    return "mine" if case.owner == asked.me else "others"


def _state(asked: Asked, case: Case, view: Transaction) -> str:
    match _kind(asked, case):
        case "closed":
            return asked.say("closed since {when}", when=_moment(asked, case.touched))
        case "waiting":
            return asked.say("waits since {when}", when=_moment(asked, case.opened))
        case "mine" if case.due is not None:
            return asked.say("the resident waits for your answer, since {when}", when=_moment(asked, case.touched))
        case "mine":
            return asked.say("yours; it is the resident's turn")
    return asked.say("taken by {who}", who=asked.person(case.owner or 0, view))


def _moment(asked: Asked, at: datetime) -> str:
    return short_moment(at, _now(asked), asked.words)


def _now(asked: Asked) -> datetime:
    return asked.parts.now()


def _cases(asked: Asked) -> CaseActions:
    return asked.parts.desk().cases


PAGE = ConsolePage(
    TITLE,
    "/viec",
    "officer",
    (
        StaffRoute("cases", "GET", "/viec", "officer", show_open),
        StaffRoute("cases.closed", "GET", "/viec/xong", "officer", show_closed),
        StaffRoute("case", "GET", "/viec/{number}", "officer", show, bound=True),
        StaffRoute("case.take", "POST", "/viec/{number}/nhan", "officer", take, bound=True),
        StaffRoute("case.answer", "POST", "/viec/{number}/tra-loi", "officer", answer, bound=True),
        StaffRoute("case.insert", "POST", "/viec/{number}/chen", "officer", insert, bound=True),
        StaffRoute("case.give_back", "POST", "/viec/{number}/tra", "officer", give_back, bound=True),
        StaffRoute("case.close", "POST", "/viec/{number}/xong", "officer", close, bound=True),
    ),
    waits,
)
