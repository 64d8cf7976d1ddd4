"""*Thông báo*: those on their way and those that were, one with what became of it, and what can still be done with it.

Writing one is in announcing.py. Who may do what is decided in bot/announcements/actions.py, at that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from babel.dates import format_date
from starlette.responses import Response

from bot.announcements.actions import FORBIDDEN_STATE, NOT_FOUND, AnnouncementActions, may_send_again
from bot.announcements.authority import approvers
from bot.announcements.report import report_lines, state_word, time_lines
from bot.announcements.times import format_moment
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import CLOSED_STATES, COMMAND_LINE, OPEN_STATES, Announcement, DeliveryReport
from bot.ports import Transaction
from bot.text.splitting import shortened
from bot.web.chat.requests import PageRefused
from bot.web.console.asked import Asked
from bot.web.console.drafts import in_the_chat, stored
from bot.web.console.figures import Row, as_csv, rows_of
from bot.web.console.pages import announcing
from bot.web.console.previews import Message, messages_of
from bot.web.console.rendering import short_moment
from bot.web.console.routes import ConsolePage, StaffRoute, Waiting
from bot.zone import local_day

MOST_OPEN = 200
MOST_OVER = 30
TIMES = 10  # of a repeated one
BEGINNING = 60  # characters of a text in a list
LONGEST_REASON = 500

TITLE = mark("Announcements")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "new": mark("Write an announcement"),
    "draft": mark("Your draft"),
    "go_on": mark("Go on writing"),
    "drop": mark("Throw the draft away"),
    "in_chat": mark("You began an announcement in the chat."),
    "take_over": mark("Go on with it here"),
    "waiting": mark("Waiting for approval"),
    "sending": mark("Being sent"),
    "planned": mark("Planned"),
    "over": mark("Over"),
    "none": mark("There are no announcements yet."),
    "figures": mark("How it stands"),
    "outcome": mark("Outcome"),
    "people": mark("People"),
    "together": mark("All together"),
    "no_figures": mark("Nobody has been written to yet."),
    "text": mark("What people get"),
    "file": mark("As a file for a spreadsheet (CSV)"),
    "times": mark("The last times"),
    "pause": mark("Pause"),
    "resume": mark("Go on sending"),
    "cancel": mark("Cancel this announcement"),
    "really": mark("Whoever has it keeps it; nobody else gets it, and it cannot go on later."),
    "yes_cancel": mark("Yes, cancel it"),
    "no_cancel": mark("No, leave it"),
    "approve": mark("Approve and send"),
    "turn_down": mark("Turn down"),
    "why": mark("Why not? Whoever wrote it reads this."),
    "judge": mark("Your approval"),
    "judge_hint": mark("Read what people will get, above. Approving sends exactly this."),
    "again": mark("Send it again"),
    "back": mark("All announcements"),
    "photo_at": mark("Picture: {address}"),
    "too_long": mark("What is struck out does not fit into one message, so it cannot be sent like this."),
    "done_gui": mark("Done. How it goes on is shown here."),
    "done_dung": mark("Paused. Whoever has it keeps it."),
    "done_tiep": mark("It goes on."),
    "done_huy": mark("Cancelled. Nobody else gets it."),
    "done_duyet": mark("Approved."),
    "done_khong": mark("Turned down: nothing was sent. Whoever wrote it is told."),
    "done_luu": mark("The draft is kept."),
    "done_bo": mark("Thrown away: nothing was sent."),
}
TITLE_OF = mark("Announcement {number}, code {code}")
EMPTY_REASON = mark("Write in a sentence why it should not be sent.")
ASKED = mark("Waits for a second person; {count} people have been told. You cannot approve it yourself.")
WAITS_FOR_ME = mark("Announcement {number} waits for your approval: “{text}”")
IS_BEING_SENT = mark("Announcement {number} is being sent: {sent} of {total}")
IS_PAUSED = mark("Announcement {number} is paused: “{text}”")
DRAFT_WAITS = mark("An announcement that you have not sent yet, kept until {when}")


@dataclass(frozen=True, slots=True)
class Line:
    """An announcement in a list."""

    number: int
    text: str
    more: str


@dataclass(frozen=True, slots=True)
class Lists:
    """`planned` is by day, the next first. `draft` says until when one is kept; "" for none."""

    draft: str
    in_chat: bool
    waiting: Sequence[Line]
    sending: Sequence[Line]
    planned: Sequence[tuple[str, Sequence[Line]]]
    over: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Shown:
    """One with all that is known of it. `bound` is what an approval is bound to; "" for whoever may not approve."""

    number: int
    title: str
    headline: str
    about: Sequence[str]
    facts: Sequence[str]
    rows: Sequence[Row]
    total: str
    goes_on: bool
    messages: Sequence[Message]
    times: Sequence[Line]
    bound: str
    asked: str
    may: frozenset[str]


# --- lists ------------------------------------------------------------------------------------------------------------


async def show_all(asked: Asked) -> Response:
    return asked.page("announcements.html", TEXTS, lists=await asked.look(lambda view: _lists(asked, view)))


def _lists(asked: Asked, view: Transaction) -> Lists:
    now, places = _now(asked), _places(asked)
    found = view.announcements(places, states=OPEN_STATES, limit=MOST_OPEN)
    planned = sorted((one for one in found if _is_planned(one, now)), key=lambda one: one.due)
    draft = stored(view, asked.staff, now)
    return Lists(
        draft=asked.say(announcing.KEPT_UNTIL, when=announcing.kept_until(asked, draft)) if draft is not None else "",
        in_chat=in_the_chat(view, asked.staff, now) is not None,
        waiting=[_line(asked, one) for one in found if one.state == "waiting"],
        sending=[_line(asked, one, view) for one in found if one.state in ("sending", "paused") and one not in planned],
        planned=_by_day(asked, planned),
        over=[_line(asked, one) for one in view.announcements(places, states=CLOSED_STATES, limit=MOST_OVER)],
    )


def _is_planned(one: Announcement, now: datetime) -> bool:
    return one.state == "repeating" or (one.state == "sending" and one.due > now)


def _by_day(asked: Asked, planned: Sequence[Announcement]) -> list[tuple[str, Sequence[Line]]]:
    days: dict[str, list[Line]] = {}
    for one in planned:
        pattern = "EEEE, d/M/y" if asked.words.lang == "vi" else "EEEE d MMMM y"
        day = str(format_date(local_day(one.due), pattern, locale=asked.words.lang))
        days.setdefault(day, []).append(_line(asked, one))
    return list(days.items())


def _line(asked: Asked, one: Announcement, view: Transaction | None = None) -> Line:
    """With how far it is, where there is a view to count in."""
    parts = [state_word(one, asked.words, _now(asked))]
    if view is not None:
        parts.append("/".join(asked.words.number(Decimal(count)) for count in view.progress(one.id)))
    parts.append(short_moment(one.due, _now(asked), asked.words))
    parts.append(asked.names.communes(one.plan.audience.places, asked.words))
    if one.author not in (asked.me, COMMAND_LINE):
        parts.append(asked.say("written by no. {number}", number=one.author))
    return Line(one.id, _beginning(one), " · ".join(parts))


def _beginning(one: Announcement) -> str:
    return shortened(" ".join(one.plan.texts["vi"].split()), BEGINNING)


def waits(asked: Asked, view: Transaction) -> Sequence[Waiting]:
    now, told = _now(asked), []
    found = view.announcements(_places(asked), states=("waiting", "sending", "paused"), limit=MOST_OPEN)
    for one in found:
        where = f"/thong-bao/{one.id}"
        if _actions(asked).may(asked.staff, "approve", one):
            told.append(Waiting(asked.say(WAITS_FOR_ME, number=one.id, text=_beginning(one)), where))
        if one.state == "sending" and one.due <= now:
            sent, total = (asked.words.number(Decimal(count)) for count in view.progress(one.id))
            told.append(Waiting(asked.say(IS_BEING_SENT, number=one.id, sent=sent, total=total), where))
        if one.state == "paused":
            told.append(Waiting(asked.say(IS_PAUSED, number=one.id, text=_beginning(one)), where))
    draft = stored(view, asked.staff, now)
    if draft is not None:
        told.append(Waiting(asked.say(DRAFT_WAITS, when=announcing.kept_until(asked, draft)), announcing.WRITING))
    return told


# --- one announcement -------------------------------------------------------------------------------------------------


async def show(asked: Asked) -> Response:
    return await _page(asked)


async def as_file(asked: Asked) -> Response:
    def work(view: Transaction) -> str:
        found = _found(asked, view)
        return as_csv(found, view.report(found.id), asked.words)

    name = f"thong-bao-{asked.number()}.csv"
    body = "\ufeff" + await asked.look(work)  # without this sign Excel takes it for another alphabet
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


async def pause(asked: Asked) -> Response:
    return await _done(asked, _actions(asked).pause, "dung")


async def resume(asked: Asked) -> Response:
    return await _done(asked, _actions(asked).resume, "tiep")


async def ask_cancel(asked: Asked) -> Response:
    """Once more, because it is for good."""
    found = await asked.look(lambda view: _found(asked, view))
    if not _actions(asked).may(asked.staff, "cancel", found):
        over = FORBIDDEN_STATE["cancel"]
        return await _page(asked, 409, error=asked.say(over))
    title = asked.say(TITLE_OF, number=found.id, code=found.plan.code)
    return asked.page("announcement_cancel.html", TEXTS, number=found.id, headline=title, text=_beginning(found))


async def cancel(asked: Asked) -> Response:
    return await _done(asked, _actions(asked).cancel, "huy")


async def approve(asked: Asked) -> Response:
    """Exactly what was shown: what it was stands in the form."""
    bound = asked.form.get("dau")
    return await _done(asked, lambda all_, me, number, now: _actions(asked).approve(all_, me, number, bound, now), "duyet")


async def turn_down(asked: Asked) -> Response:
    why, bound = " ".join(asked.form.get("ly_do").split()), asked.form.get("dau")
    if not why:
        return await _page(asked, 422, error=asked.say(EMPTY_REASON), where="ly_do")

    def act(transaction: Transaction, me: int, number: int, now: datetime) -> None:
        _actions(asked).turn_down(transaction, me, number, bound, now)
        _actions(asked).explain(transaction, me, number, shortened(why, LONGEST_REASON), now)

    return await _done(asked, act, "khong")


async def send_again(asked: Asked) -> Response:
    try:
        return await announcing.send_again(asked)
    except Refusal as refusal:
        return await _refused(asked, refusal)


async def _done(asked: Asked, act: Callable[[Transaction, int, int, datetime], object], done: str) -> Response:
    number, now = asked.number(), _now(asked)
    try:
        await asked.act(lambda transaction: act(transaction, asked.me, number, now))
    except Refusal as refusal:
        return await _refused(asked, refusal)
    return asked.back(f"/thong-bao/{number}", done)


async def _refused(asked: Asked, refusal: Refusal) -> Response:
    """How it is now, and why nothing was done."""
    if refusal.message == NOT_FOUND:
        raise PageRefused(404, "not_found")
    error = await asked.look(lambda view: asked.explain(refusal, view))
    return await _page(asked, 409, error=error)


async def _page(asked: Asked, status: int = 200, *, error: str = "", where: str = "viec") -> Response:
    shown = await asked.look(lambda view: _shown(asked, view))
    return asked.page(
        "announcement.html",
        TEXTS,
        status=status,
        shown=shown,
        here=f"/thong-bao/{shown.number}",
        errors={where: error} if error else {},
        values={"ly_do": asked.form.get("ly_do")},
        most=LONGEST_REASON,
    )


def _found(asked: Asked, view: Transaction) -> Announcement:
    """Raises PageRefused for one that is not for this person."""
    try:
        return _actions(asked).find(view, asked.me, asked.number())
    except Refusal:
        raise PageRefused(404, "not_found") from None


def _shown(asked: Asked, view: Transaction) -> Shown:
    found, actions, now = _found(asked, view), _actions(asked), _now(asked)
    report, may_approve = view.report(found.id), actions.may(asked.staff, "approve", found)
    return Shown(
        number=found.id,
        title=asked.say(TITLE_OF, number=found.id, code=found.plan.code),
        headline=report_lines(found, report, asked.names, asked.words, now)[0],
        about=_about(asked, view, found),
        facts=_facts(asked, view, found, report),
        rows=rows_of(report, asked.words) if report.recipients else (),
        total=asked.words.number(Decimal(report.recipients)),
        goes_on=found.state == "sending" and found.due <= now,
        messages=messages_of(asked, found.plan),
        times=_times(asked, view, found),
        bound=found.plan.fingerprint() if may_approve else "",
        asked=_who_was_asked(asked, view, found),
        may=frozenset(action for action in ("pause", "resume", "cancel") if actions.may(asked.staff, action, found))
        | ({"again"} if may_send_again(found, asked.me) else set()),
    )


def _about(asked: Asked, view: Transaction, found: Announcement) -> list[str]:
    """Who wrote it, decided about it, and gets it."""
    lines = [asked.say("Written by {who}", who=asked.person(found.author, view))]
    if found.approver is not None:
        lines.append(asked.say("Approved by {who}", who=asked.person(found.approver, view)))
    by = _actions(asked).turned_down_by(view, found)
    if by is not None:
        lines.append(asked.say("Turned down by {who}", who=asked.person(by.actor, view)))
        if why := _actions(asked).reason_given(view, found):
            lines.append(asked.say("Why: {why}", why=f"“{why}”"))
    return [*lines, asked.say("To: {audience}", audience=asked.names.audience(found.plan.audience, asked.words))]


def _facts(asked: Asked, view: Transaction, found: Announcement, report: DeliveryReport) -> list[str]:
    """Its times; while nobody is frozen, how many it would go to; else when the first and the last had it."""
    lines = time_lines(found, _actions(asked).rules, asked.words, _now(asked))
    if not report.recipients and found.state in OPEN_STATES:
        count = asked.words.number(Decimal(sum(view.recipients(found.plan.audience).values())))
        return [*lines, asked.say("People: {count}", count=count)]
    for message, at in ((mark("First: {time}"), report.first), (mark("Last: {time}"), report.last)):
        if at is not None:
            lines.append(asked.say(message, time=format_moment(at, asked.words)))
    return lines


def _times(asked: Asked, view: Transaction, found: Announcement) -> list[Line]:
    """The last times of a repeated one: each is an announcement of its own."""
    if found.plan.rule is None or found.parent is not None:
        return []
    return [_line(asked, one, view) for one in view.announcements(None, parent=found.id, limit=TIMES)]


def _who_was_asked(asked: Asked, view: Transaction, found: Announcement) -> str:
    if found.state != "waiting" or found.author != asked.me:
        return ""
    told = [one for one in approvers(view, found.plan.audience, found.author) if one.address is not None]
    return asked.say(ASKED, count=len(told))


def _places(asked: Asked) -> Sequence[str] | None:
    return asked.staff.places if asked.staff.role == "officer" else None


def _actions(asked: Asked) -> AnnouncementActions:
    return asked.parts.desk().actions


def _now(asked: Asked) -> datetime:
    return asked.parts.now()


PAGE = ConsolePage(
    TITLE,
    "/thong-bao",
    "officer",
    (
        StaffRoute("announcements", "GET", "/thong-bao", "officer", show_all),
        StaffRoute("announce", "GET", "/thong-bao/viet", "officer", announcing.write),
        StaffRoute("announce.save", "POST", "/thong-bao/viet", "officer", announcing.save),
        StaffRoute("announce.confirm", "GET", "/thong-bao/viet/gui", "officer", announcing.confirm),
        StaffRoute("announce.send", "POST", "/thong-bao/viet/gui", "officer", announcing.send),
        StaffRoute("announce.drop", "POST", "/thong-bao/viet/bo", "officer", announcing.drop),
        StaffRoute("announce.take_over", "POST", "/thong-bao/viet/lay", "officer", announcing.take_over),
        StaffRoute("announcement", "GET", "/thong-bao/{number}", "officer", show, bound=True),
        StaffRoute("announcement.file", "GET", "/thong-bao/{number}/bao-cao.csv", "officer", as_file, bound=True),
        StaffRoute("announcement.pause", "POST", "/thong-bao/{number}/dung", "officer", pause, bound=True),
        StaffRoute("announcement.resume", "POST", "/thong-bao/{number}/tiep", "officer", resume, bound=True),
        StaffRoute("announcement.ask_cancel", "GET", "/thong-bao/{number}/huy", "officer", ask_cancel, bound=True),
        StaffRoute("announcement.cancel", "POST", "/thong-bao/{number}/huy", "officer", cancel, bound=True),
        StaffRoute("announcement.approve", "POST", "/thong-bao/{number}/duyet", "officer", approve, bound=True),
        StaffRoute("announcement.turn_down", "POST", "/thong-bao/{number}/khong", "officer", turn_down, bound=True),
        StaffRoute("announcement.again", "POST", "/thong-bao/{number}/lai", "officer", send_again, bound=True),
    ),
    waits,
)
