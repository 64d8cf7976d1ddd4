"""*Đề xuất*: changes of the content that wait for a second person, proved, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from starlette.responses import Response

from bot.authoring.proposals.grounds import NO_CHECKOUT, NOT_NOW
from bot.authoring.proposals.proposal import ProblemRow, Proof, Proposal
from bot.authoring.proposals.proving import Stage, changed_files
from bot.authoring.proposals.workbench import GONE, NEEDS_REASON, NOT_PROVED, OWN_WORK, summary
from bot.errors import Refusal
from bot.i18n import mark
from bot.ports import Transaction
from bot.web.chat.requests import PageRefused
from bot.web.console import proposing
from bot.web.console.asked import Asked
from bot.web.console.pages.editing import address
from bot.web.console.rendering import short_moment
from bot.web.console.routes import ConsolePage, StaffRoute, Waiting

CLOSED_SHOWN = 20
LONGEST_REASON = 500
LONGEST_PATCH = 200_000  # characters on the page; all of it can be downloaded

T = TypeVar("T")

TITLE = mark("Proposals")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "open": mark("Open"),
    "closed": mark("Closed"),
    "none": mark("Nothing is proposed. Changes begin at Questions, or at an answer under Content."),
    "none_here": mark("None."),
    "faults": mark("Faults"),
    "warnings": mark("Hints, in the files that it changes"),
    "better": mark("Better"),
    "worse": mark("Worse"),
    "change": mark("What it changes"),
    "more": mark("There is more; download it to see all."),
    "download": mark("Download as a patch"),
    "take": mark("Take it in"),
    "reason": mark("Why it is taken in all the same"),
    "anew": mark("Do it anew"),
    "again": mark("Prove it again"),
    "drop": mark("Drop it"),
    "revert": mark("Take it back"),
    "revert_hint": mark("At once, for all residents: what was answered before is answered again."),
    "edit": mark("Edit a file of it:"),
    "no_git": NO_CHECKOUT,
    "own": OWN_WORK,
    "stale": NOT_NOW,
    "done_viet": mark("It is proposed. It is being proved; then somebody else can take it in."),
    "done_sua": mark("The proposal is changed, and is being proved anew."),
    "done_dua": mark("It is taken in. In some seconds residents are answered from it."),
    "done_lui": mark("It is taken back. In some seconds residents are answered as before."),
    "done_bo": mark("It is dropped."),
}
BY = mark("by {who}, {when}")
TAKEN_BY = mark("taken in by {who}, {when}")
REVERTED_BY = mark("taken back by {who}, {when}")
DROPPED = mark("dropped")
STAGES: Mapping[Stage, str] = {
    "waiting": mark("It waits until another one is proved…"),
    "check": mark("Step 1 of 2: the content is checked…"),
    "evaluate": mark("Step 2 of 2: residents' questions are asked, before and after…"),
}
TROUBLE = mark("It could not be proved: {why}")
ERRORS = mark("It has {count} faults, so it cannot be taken in.")
ONE_ERROR = mark("It has one fault, so it cannot be taken in.")
NO_ERROR = mark("No faults.")
NOT_MEASURED = mark("There are no questions to measure it with.")
GAIN = mark("Better for {better} questions, worse for {worse}.")
BROKEN = mark("Recorded conversations that go otherwise: {count}.")
LOSS = mark("Better for {better} questions, worse for {worse}. Write the reason if it is taken in all the same.")
WAITS = mark("Proposal {number} waits for a second person: {what}")
HEADLINE = mark("Proposal {number}")


@dataclass(frozen=True, slots=True)
class Line:
    """A proposal in a list."""

    number: int
    headline: str
    what: str
    by: str
    state: str


@dataclass(frozen=True, slots=True)
class PatchLine:
    """`sign`: added, removed, a place in a file, or neither."""

    text: str
    sign: Literal["add", "del", "at", ""]


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal as somebody sees it who may do this and that with it."""

    number: int
    head: str
    what: Sequence[str]
    by: str
    state: str
    proving: bool
    told: Sequence[str]
    faults: Sequence[ProblemRow]
    hints: Sequence[ProblemRow]
    better: Sequence[str]
    worse: Sequence[str]
    lines: Sequence[PatchLine]
    more: bool
    files: Sequence[tuple[str, str]]  # that can be edited, and where
    is_open: bool
    stale: bool
    own: bool
    may_take: bool
    needs_reason: bool
    may_prove: bool
    may_revert: bool


# --- the list ---------------------------------------------------------------------------------------------------------


async def show_all(asked: Asked) -> Response:
    found = await asyncio.to_thread(asked.parts.bench.all)
    opened = [one for one in found if one.state == "open"]
    for one in reversed(opened):
        asked.parts.proving.want(one)
    closed = [one for one in found if one.state != "open"][:CLOSED_SHOWN]

    def work(view: Transaction) -> Mapping[str, Sequence[Line]]:
        return {name: [_line(asked, one, view) for one in some] for name, some in (("open", opened), ("closed", closed))}

    return asked.page("proposals.html", TEXTS, lists=await asked.look(work))


def waits(asked: Asked, view: Transaction) -> Sequence[Waiting]:
    """Those of others that are proved, and have nothing wrong."""
    bench = asked.parts.bench
    found = [one for one in bench.all() if one.state == "open" and asked.me not in one.writers]
    ready = [one for one in found if one.proved and not one.proved.trouble and not one.proved.errors]
    live = bench.live() if ready and bench.takes else ""
    return [
        Waiting(asked.say(WAITS, number=one.number, what="; ".join(summary(one.steps, asked.words))), f"/de-xuat/{one.number}")
        for one in ready
        if one.base == live
    ]


def _line(asked: Asked, found: Proposal, view: Transaction) -> Line:
    what = "; ".join(summary(found.steps, asked.words))
    headline = asked.say(HEADLINE, number=found.number)
    return Line(found.number, headline, what, _by(asked, found, view), " ".join(_told(asked, found, view)))


# --- one proposal -----------------------------------------------------------------------------------------------------


async def show(asked: Asked) -> Response:
    return await _page(asked)


async def patch(asked: Asked) -> Response:
    """To be put in by hand where the content is no checkout of git."""
    found = await _found(asked)
    text = await asyncio.to_thread(asked.parts.bench.patch, found.number)
    name = {"content-disposition": f'attachment; filename="de-xuat-{found.number}.patch"'}
    return Response(text, media_type="text/x-patch; charset=utf-8", headers=name)


async def take(asked: Asked) -> Response:
    """One commit with the numbers of both. Raises Refusal, which is answered for us."""
    number, bench, now = (await _found(asked)).number, asked.parts.bench, asked.parts.now()
    seen, reason = asked.form.get("thay"), asked.form.get("ly_do")[:LONGEST_REASON]

    def work(transaction: Transaction) -> None:
        proposing.note(asked, transaction, "proposal taken", number, reason)
        bench.take(number, asked.me, seen, reason, now)

    try:
        await asyncio.to_thread(bench.check_taking, number, asked.me, seen, reason)
        await asked.act(work)
    except Refusal as refusal:
        return await _refused(asked, refusal)
    await asyncio.to_thread(bench.clear, number)
    return asked.back(f"/de-xuat/{number}", "dua")


async def revert(asked: Asked) -> Response:
    number, bench, now = (await _found(asked)).number, asked.parts.bench, asked.parts.now()

    def work(transaction: Transaction) -> None:
        proposing.note(asked, transaction, "proposal taken back", number)
        bench.revert(number, asked.me, now)

    try:
        await asked.act(work)
    except Refusal as refusal:
        return await _refused(asked, refusal)
    return asked.back(f"/de-xuat/{number}", "lui")


async def do_anew(asked: Asked) -> Response:
    number, bench = (await _found(asked)).number, asked.parts.bench
    try:
        await proposing.change(asked, number, "proposal changed", lambda: bench.do_anew(number, asked.me))
    except Refusal as refusal:
        return await _refused(asked, refusal)
    return asked.back(f"/de-xuat/{number}", "sua")


async def prove_again(asked: Asked) -> Response:
    """Where it could not be proved; it changes nothing, so there is nothing to note."""
    number = (await _found(asked)).number
    try:
        asked.parts.proving.want(await asyncio.to_thread(asked.parts.bench.forget_proof, number))
    except Refusal as refusal:
        return await _refused(asked, refusal)
    return asked.back(f"/de-xuat/{number}")


async def drop(asked: Asked) -> Response:
    number, bench = (await _found(asked)).number, asked.parts.bench
    try:
        await proposing.change(asked, number, "proposal dropped", lambda: bench.drop(number))
    except Refusal as refusal:
        return await _refused(asked, refusal)
    return asked.back("/de-xuat", "bo")


async def _refused(asked: Asked, refusal: Refusal) -> Response:
    """The proposal as it is now, with what is in the way, and the reason that was written."""
    field = "ly_do" if refusal.message == NEEDS_REASON else "tinh-trang"
    return await _page(asked, 409, {field: asked.say(refusal.message, **refusal.values)})


async def _page(asked: Asked, status: int = 200, errors: Mapping[str, str] | None = None) -> Response:
    found, bench = await _found(asked), asked.parts.bench
    asked.parts.proving.want(found)
    text, live = await asyncio.to_thread(lambda: (bench.patch(found.number), bench.live() if found.state == "open" else ""))
    shown = await asked.look(lambda view: _shown(asked, found, text, live, view))
    return asked.page(
        "proposal.html",
        TEXTS,
        status=status,
        shown=shown,
        takes=bench.takes,
        here=f"/de-xuat/{found.number}",
        title=asked.say(HEADLINE, number=found.number),
        values={"ly_do": asked.form.get("ly_do")},
        errors=errors or {},
        most=LONGEST_REASON,
    )


def _shown(asked: Asked, found: Proposal, text: str, live: str, view: Transaction) -> Shown:
    proof, proving = found.proved, asked.parts.proving.stage(found.number) is not None
    opened, own = found.state == "open", asked.me in found.writers
    stale = opened and found.base != live
    rows = _in(proof.problems if proof else {}, asked)
    good = proof is not None and not proof.trouble and not proof.errors
    gain = proof.gain if proof else None
    return Shown(
        number=found.number,
        head=found.head,
        what=summary(found.steps, asked.words),
        by=_by(asked, found, view),
        state=_closed_as(asked, found, view),
        proving=proving,
        told=_told(asked, found, view),
        faults=[one for one in rows if not one.warning],
        hints=[one for one in rows if one.warning],
        better=_in(gain.won if gain else {}, asked),
        worse=_in(gain.lost if gain else {}, asked),
        lines=[_patch_line(line) for line in text[:LONGEST_PATCH].split("\n")[:-1]],
        more=len(text) > LONGEST_PATCH,
        files=[(name, address(name, found.number)) for name in changed_files(text)] if opened and not stale else (),
        is_open=opened,
        stale=stale,
        own=own,
        may_take=opened and good and not own and not stale and asked.parts.bench.takes,
        needs_reason=proof is not None and proof.is_loss,
        may_prove=opened and proof is not None and bool(proof.trouble),
        may_revert=found.state == "taken" and asked.parts.bench.takes,
    )


def _told(asked: Asked, found: Proposal, view: Transaction) -> Sequence[str]:
    """How far it is: what became of it, or what was found."""
    if found.state != "open":
        return [_closed_as(asked, found, view)]
    stage, proof = asked.parts.proving.stage(found.number), found.proved
    if stage is not None:
        return [asked.say(STAGES[stage])]
    if proof is None:
        return [asked.say(NOT_PROVED)]
    if proof.trouble:
        return [asked.say(TROUBLE, why=proof.trouble)]
    if proof.errors:
        return [asked.say(ONE_ERROR if proof.errors == 1 else ERRORS, count=proof.errors)]
    return [asked.say(NO_ERROR), *_measured(asked, proof)]


def _measured(asked: Asked, proof: Proof) -> Sequence[str]:
    gain = proof.gain
    if gain is None:
        return [asked.say(NOT_MEASURED)]
    told = [asked.say(LOSS if proof.is_loss else GAIN, better=gain.better, worse=gain.worse)]
    return [*told, asked.say(BROKEN, count=gain.broken)] if gain.broken else told


def _closed_as(asked: Asked, found: Proposal, view: Transaction) -> str:
    told = []
    if found.taken and found.taker is not None:
        told.append(asked.say(TAKEN_BY, who=asked.person(found.taker, view), when=_moment(asked, found.taken)))
    if found.reverted and found.reverter is not None:
        told.append(asked.say(REVERTED_BY, who=asked.person(found.reverter, view), when=_moment(asked, found.reverted)))
    if found.state == "dropped":
        told.append(asked.say(DROPPED))
    return "; ".join([*told, *([found.reason] if found.reason else [])])


# --- the pieces -------------------------------------------------------------------------------------------------------


async def _found(asked: Asked) -> Proposal:
    """The one that the path names. Raises PageRefused."""
    try:
        return await asyncio.to_thread(asked.parts.bench.find, asked.number())
    except Refusal as refusal:
        if refusal.message != GONE:
            raise
        raise PageRefused(404, "not_found") from None


def _in(by_language: Mapping[str, Sequence[T]], asked: Asked) -> Sequence[T]:
    """In the language of whoever looks, or in the first it is told in."""
    return by_language.get(asked.words.lang) or next(iter(by_language.values()), ())


def _by(asked: Asked, found: Proposal, view: Transaction) -> str:
    who = ", ".join(asked.person(number, view) for number in found.writers)
    return asked.say(BY, who=who, when=_moment(asked, found.written))


def _moment(asked: Asked, at: datetime) -> str:
    return short_moment(at, asked.parts.now(), asked.words)


def _patch_line(line: str) -> PatchLine:
    if line.startswith(("diff ", "index ", "--- ", "+++ ", "@@", "new file")):
        return PatchLine(line, "at")
    return PatchLine(line, "add" if line.startswith("+") else "del" if line.startswith("-") else "")


PAGE = ConsolePage(
    TITLE,
    "/de-xuat",
    "admin",
    (
        StaffRoute("proposals", "GET", "/de-xuat", "admin", show_all),
        StaffRoute("proposal", "GET", "/de-xuat/{number}", "admin", show),
        StaffRoute("proposal.patch", "GET", "/de-xuat/{number}/patch", "admin", patch),
        StaffRoute("proposal.take", "POST", "/de-xuat/{number}/dua-vao", "admin", take),
        StaffRoute("proposal.revert", "POST", "/de-xuat/{number}/lui", "admin", revert),
        StaffRoute("proposal.anew", "POST", "/de-xuat/{number}/lam-lai", "admin", do_anew),
        StaffRoute("proposal.prove", "POST", "/de-xuat/{number}/thu-lai", "admin", prove_again),
        StaffRoute("proposal.drop", "POST", "/de-xuat/{number}/bo", "admin", drop),
    ),
    waits,
)
