"""*Sửa tệp*: the YAML of one content file, in a proposal of its own or in one that there is. Live files are only read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from bot.authoring.editing.canonical import Unformattable, formatted
from bot.authoring.editing.file_kinds import CONTENT, files_of, kind_of
from bot.authoring.proposals.proposal import ProblemRow, Proposal
from bot.authoring.proposals.steps import WriteFile, content_file, hashed
from bot.errors import Refusal
from bot.i18n import mark
from bot.web.chat.requests import PageRefused
from bot.web.console import proposing
from bot.web.console.asked import Asked
from bot.web.console.forms import whole_number
from bot.web.console.routes import StaffRoute

PATH = "/noi-dung/tep"
LONGEST = 200_000  # characters

TITLE = mark("Files")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "edit": mark("Edit the file"),
    "list_hint": mark("Nothing here changes what is live: what is saved is a proposal."),
    "text": mark("What stands in the file"),
    "save": mark("Save as a proposal"),
    "save_there": mark("Save in the proposal"),
    "order": mark("Put in order"),
    "faults": mark("What is wrong with this file"),
    "back": mark("Back"),
}
LINE = mark("line {line}: {what}")
TOO_LONG = mark("The file is too long to be edited here.")
SAME = mark("Nothing in it was changed.")
IN_ORDER = mark("It is in order. Nothing is saved yet.")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, live or of an open proposal. `before` is the hash of what stands in it."""

    name: str
    text: str
    before: str
    proposal: Proposal | None


async def show_all(asked: Asked) -> Response:
    if asked.request.query_params.get("ten"):
        return await show(asked)
    names = await asyncio.to_thread(files_of, asked.parts.bench.home, CONTENT)
    folders: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        folders.setdefault(name.rpartition("/")[0], []).append((name, address(name)))
    return asked.page("files.html", TEXTS, folders=folders)


async def show(asked: Asked) -> Response:
    opened = await _opened(asked, asked.request.query_params.get("ten", ""), asked.request.query_params.get("de_xuat", ""))
    return _page(asked, opened, opened.text)


async def save(asked: Asked) -> Response:
    """As a proposal, or a further step of one; with "xep" only what it looks like in order."""
    form = asked.form
    opened = await _opened(asked, form.get("ten"), form.get("de_xuat"))
    text = f"{form.get('noi_dung')}\n"
    try:
        if len(text) > LONGEST:
            raise Refusal(TOO_LONG)
        in_order = await asyncio.to_thread(_formatted, opened.name, text)
    except Unformattable as error:
        told = asked.say(error.fault.message, **error.fault.values)
        return _page(asked, opened, text, asked.say(LINE, line=error.fault.line, what=told))
    except Refusal as refusal:
        return _page(asked, opened, text, asked.say(refusal.message, **refusal.values))
    if form.get("viec") == "xep":
        return _page(asked, opened, in_order, told=asked.say(IN_ORDER))
    try:
        if hashed(in_order.encode()) == opened.before:
            raise Refusal(SAME)
        number = await _saved(asked, opened, in_order)
    except Refusal as refusal:
        return _page(asked, opened, text, asked.say(refusal.message, **refusal.values))
    return asked.back(f"/de-xuat/{number}", "sua" if opened.proposal else "viet")


def address(name: str, proposal: int | None = None) -> str:
    """Where a file is edited, live or in a proposal."""
    where = {"ten": name, **({"de_xuat": str(proposal)} if proposal else {})}
    return f"{PATH}?{urlencode(where, safe='/')}"


async def _saved(asked: Asked, opened: Opened, text: str) -> int:
    """The number of the proposal. Raises Refusal, also where what stood there when somebody began is something else now."""
    step = WriteFile(name=opened.name, before=asked.form.get("truoc")[:64], text=text)
    if opened.proposal is None:
        return (await proposing.begin(asked, [step])).number
    bench, number, now = asked.parts.bench, opened.proposal.number, asked.parts.now()
    await proposing.change(asked, number, "proposal changed", lambda: bench.go_on(number, asked.me, step, now))
    return number


async def _opened(asked: Asked, name: str, proposal: str) -> Opened:
    """Raises PageRefused for what is no content file, and for a proposal that is not open."""
    bench = asked.parts.bench

    def work() -> Opened:
        found = None
        home = bench.home
        if proposal:
            number = whole_number(proposal)
            if number is None:
                raise PageRefused(404, "not_found")
            found = bench.find(number)
            if found.state != "open":
                raise PageRefused(404, "not_found")
            home = bench.home_of(number)
        data = content_file(home, name).read_bytes()
        return Opened(name, data.decode("utf-8", "replace"), hashed(data), found)

    try:
        return await asyncio.to_thread(work)
    except (Refusal, OSError):
        raise PageRefused(404, "not_found") from None


def _formatted(name: str, text: str) -> str:
    kind = kind_of(name, CONTENT)
    return formatted(text.encode(), kind.shape, kind.modeline(name)).decode() if kind else text


def _page(asked: Asked, opened: Opened, text: str, error: str = "", told: str = "") -> Response:
    proposal = opened.proposal
    return asked.page(
        "file.html",
        TEXTS,
        status=422 if error else 200,
        file=opened.name,
        before=asked.form.get("truoc") or opened.before,
        proposal=proposal.number if proposal else None,
        faults=_faults(asked, proposal, opened.name),
        values={"noi_dung": text},
        errors={"noi_dung": error} if error else {},
        back=f"/de-xuat/{proposal.number}" if proposal else PATH,
        here=address(opened.name, proposal.number if proposal else None),
        told=told,
    )


def _faults(asked: Asked, proposal: Proposal | None, name: str) -> Sequence[ProblemRow]:
    """What was found in this file when the proposal was proved last."""
    proof = proposal.proof if proposal else None
    if proof is None:
        return ()
    rows = proof.problems.get(asked.words.lang) or next(iter(proof.problems.values()), ())
    return [one for one in rows if one.file == name]


ROUTES = (
    StaffRoute("files", "GET", PATH, "admin", show_all),
    StaffRoute("file.save", "POST", PATH, "admin", save),
)
