"""Writing an announcement: one page, the whole to look at once more, and sending it. The draft is stored with every look."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from starlette.responses import Response

from bot.announcements.actions import Confirmation
from bot.announcements.authority import current_staff, speaks_for
from bot.announcements.draft import KINDS
from bot.announcements.planning import fields_again, fresh_code, plan_of, speaks_for_one_commune
from bot.announcements.rendering import render
from bot.announcements.sent_before import sent_lately
from bot.announcements.summary import format_language
from bot.announcements.times import example_date, format_moment
from bot.desk.composer import CHANGED
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import KEEP, Announcement, Audience, Plan, Reply, Staff
from bot.model.well_known import MAIN_LANGUAGE
from bot.ports import Transaction
from bot.web.console.asked import Asked
from bot.web.console.drafts import (
    PHOTO,
    PLACES,
    TEXT,
    UNTIL,
    WHEN,
    PageDraft,
    filled_in,
    in_the_chat,
    keep,
    kept_under,
    page_draft,
    stored,
)
from bot.web.console.previews import Told, told_of
from bot.web.console.rendering import short_moment

WRITING = "/thong-bao/viet"
NEWEST = 20  # of one's own, to find what a form sent before

TEXTS: Mapping[str, str] = {
    "title": mark("Write an announcement"),
    "places": mark("For which communes?"),
    "one_place": mark("For: {places}"),
    "everywhere": mark("The whole province"),
    "filter": mark("Show communes by name"),
    "all_of": mark("All {count} of them"),
    "topics": mark("Only for those who want these topics? None ticked: for everybody."),
    "when": mark("When is it to go out?"),
    "until": mark("How long does it stay true?"),
    "kind": mark("How important is it?"),
    "photo": mark("A picture, by its address"),
    "photo_hint": mark("It may be left out. It begins with https://"),
    "keep_photo": mark("With the picture that was sent in the chat"),
    "look": mark("Preview"),
    "test": mark("Send a test to me"),
    "save": mark("Keep as a draft"),
    "go_on": mark("Check and send"),
    "preview": mark("Preview"),
    "nothing_yet": mark("What people will get appears here once there is a text."),
    "missing": mark("Still missing:"),
    "too_long": mark("What is struck out does not fit into one message, so it cannot be sent like this."),
    "no_script": mark("The button “Preview” counts anew, and shows what people will get."),
    "photo_at": mark("Picture: {address}"),
    "confirm": mark("Look at it once more"),
    "send": mark("Send"),
    "ask": mark("Ask for approval"),
    "change": mark("Change something"),
    "approvers": mark("One of these has to approve it:"),
    "approver": mark("They are told in their chats. You cannot approve it yourself."),
    "once_more": mark("Yes, send it once more"),
    "drop": mark("Throw the draft away"),
    "done_thu": mark("The test is on its way to your chat. Only you get it."),
    "done_lay": mark("Here is what you began in the chat."),
    "done_lai": mark("Here is its text. Change what you want, and send it again."),
}
WHEN_HINT = mark("For example: now; tomorrow 7:30; {date} 15:00; every Monday 7:30; the 15th of every month 8:00.")
UNTIL_HINT = mark("After that nobody gets it any more. For example: 5 hours; 3 days; until {date} 17:00.")
TEXT_IN = mark("The text in Vietnamese, just as people are to read it")
TEXT_ALSO = mark("{language}: the same text. Left empty, they get the Vietnamese one")
TEST = mark("This is a test; only you get it:")
NO_CHAT = mark("There is no chat of yours to send it to.")
SENT_BEFORE = mark("The same text is in announcement {number}, of {when}. Tick the box if it is to go out once more.")
KEPT_UNTIL = mark("The draft is kept until {when}.")
DRAFT_THERE = mark("You are writing another announcement. Send it or throw it away first.")

State = Literal["gone", "changed"]


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is shown before it is sent."""

    plan: Plan
    told: Told
    approvers: Sequence[str]
    twin: Announcement | None


# --- the page ---------------------------------------------------------------------------------------------------------


async def write(asked: Asked) -> Response:
    def work(view: Transaction) -> tuple[PageDraft, Told]:
        draft = stored(view, asked.staff, _now(asked)) or _empty(asked, view)
        return draft, told_of(asked, view, draft)

    return _form(asked, *await asked.look(work))


async def save(asked: Asked) -> Response:
    """The draft is stored first, whatever else is wanted with it."""
    wanted = asked.form.get("viec")
    draft = await asyncio.to_thread(_stored_anew, asked)
    if wanted == "luu":
        return asked.back("/thong-bao", "luu")
    told = await asked.look(lambda view: told_of(asked, view, draft))
    if wanted not in ("thu", "gui"):
        return _form(asked, draft, told)
    errors = told.wrong | told.missing
    if wanted == "thu" and asked.staff.address is None:
        errors = errors or {f"{TEXT}-{MAIN_LANGUAGE}": asked.say(NO_CHAT)}
    if errors or told.preview is None:
        return _form(asked, draft, told, errors, 422)
    if wanted == "gui":
        return asked.back(f"{WRITING}/gui")
    plan = told.preview.plan
    await asked.act(lambda transaction: _send_test(asked, transaction, plan))
    return asked.back(WRITING, "thu")


def _stored_anew(asked: Asked) -> PageDraft:
    """Nobody else's rows are touched, so nobody waits for it."""
    desk, now = asked.parts.desk(), _now(asked)
    with asked.parts.store.writing((kept_under(asked.staff),)) as transaction:
        staff = current_staff(transaction, asked.me)
        before = stored(transaction, staff, now) or _empty(asked, transaction)
        draft = filled_in(asked.form, before, staff, desk.engine.gazetteer, desk.actions, now)
        keep(transaction, staff, draft)
    return draft


def _empty(asked: Asked, records: Transaction) -> PageDraft:
    one = speaks_for_one_commune(asked.staff)
    return PageDraft(fresh_code(records), _now(asked), places=asked.staff.places if one else None, kind="ordinary")


def _send_test(asked: Asked, transaction: Transaction, plan: Plan) -> None:
    """Exactly what residents will get, for the writer alone."""
    address, notifier = current_staff(transaction, asked.me).address, asked.parts.desk().actions.notifier
    if address is not None:
        shown = [render(plan, notifier.words(lang), address.channel) for lang in plan.texts]
        transaction.queue(address, [Reply(asked.say(TEST)), *shown], _now(asked))


def _form(asked: Asked, draft: PageDraft, told: Told, errors: Mapping[str, str] | None = None, status: int = 200) -> Response:
    values = {f"{TEXT}-{lang}": draft.texts.get(lang, "") for lang in asked.catalogues}
    values |= {WHEN: draft.when, UNTIL: draft.until, PHOTO: draft.picture}
    date = example_date(_now(asked), 1)
    return asked.page(
        "announce.html",
        TEXTS,
        status=status,
        here=WRITING,
        draft=draft,
        told=told,
        errors=errors or {},
        values=values,
        chosen={"muc": draft.topics or (), "loai": [draft.kind]},
        boxes=[(f"{TEXT}-{lang}", lang, _text_label(asked, lang)) for lang in asked.catalogues],
        districts=_districts(asked),
        may_all=speaks_for(asked.staff, Audience()),
        one=asked.names.communes(asked.staff.places, asked.words) if speaks_for_one_commune(asked.staff) else "",
        topics=[(id_, asked.names.topic(id_, asked.words)) for id_ in asked.names.topics],
        kinds=[(kind, asked.say(meaning)) for kind, (_, meaning) in KINDS.items()],
        old_photo=bool(draft.photo and draft.photo != draft.picture),
        when_hint=asked.say(WHEN_HINT, date=date),
        until_hint=asked.say(UNTIL_HINT, date=date),
        kept=asked.say(KEPT_UNTIL, when=kept_until(asked, draft)),
        PLACES=PLACES,
    )


def _text_label(asked: Asked, lang: str) -> str:
    if lang == MAIN_LANGUAGE:
        return asked.say(TEXT_IN)
    return asked.say(TEXT_ALSO, language=format_language(lang, asked.words))


def _districts(asked: Asked) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Former districts with the communes of today that this person speaks for; each commune under the first it had land in."""
    gazetteer = asked.parts.desk().engine.gazetteer
    found: dict[str, list[tuple[str, str]]] = {}
    for place in gazetteer.in_order():
        if speaks_for(asked.staff, Audience((place.code,))):
            found.setdefault(place.former_districts[0], []).append((place.code, asked.names.place(place.code, asked.words)))
    return [(name, _former(asked, name), communes) for name, communes in sorted(found.items())]


def _former(asked: Asked, name: str) -> str:
    """Towns had a name of their own kind: "TP Điện Biên Phủ"."""
    message = mark("Former {name}") if name.startswith(("TP ", "TX ")) else mark("Former {name} district")
    return asked.say(message, name=name)


def kept_until(asked: Asked, draft: PageDraft) -> str:
    """When it is thrown away by itself."""
    return short_moment(draft.at + KEEP.drafts, _now(asked), asked.words)


# --- sending ----------------------------------------------------------------------------------------------------------


async def confirm(asked: Asked) -> Response:
    whole = await asked.look(lambda view: _whole(asked, view))
    return _confirm_page(asked, whole) if whole is not None else asked.back(WRITING)


async def send(asked: Asked) -> Response:
    """Exactly what was shown; the same form once more leads to what the first one sent."""

    def work(transaction: Transaction) -> Confirmation | Announcement | Whole | State:
        staff, now = current_staff(transaction, asked.me), _now(asked)
        draft = stored(transaction, staff, now)
        if draft is None or draft.code != asked.form.get("ma"):
            return _sent_already(asked, transaction) or "gone"
        whole = _whole(asked, transaction)
        if whole is None or whole.plan.fingerprint() != asked.form.get("dau"):
            return "changed"
        if whole.twin is not None and not asked.form.get("lan_nua"):
            return whole
        confirmation = asked.parts.desk().actions.confirm(transaction, asked.me, whole.plan, now)
        transaction.drop_draft(kept_under(staff))
        return confirmation

    try:
        outcome = await asked.act(work)
    except Refusal as refusal:
        return await _not_sent(asked, await _explained(asked, refusal), 409)
    if isinstance(outcome, Confirmation):
        return asked.back(f"/thong-bao/{outcome.announcement.id}", "gui")
    if isinstance(outcome, Announcement):
        return asked.back(f"/thong-bao/{outcome.id}", "gui")
    if isinstance(outcome, Whole):
        return _confirm_page(asked, outcome, _twin_said(asked, outcome), 422)
    return await _not_sent(asked, asked.say(CHANGED), 409) if outcome == "changed" else asked.back(WRITING)


async def _not_sent(asked: Asked, error: str, status: int) -> Response:
    """As it is now, with why nothing was sent."""
    whole = await asked.look(lambda view: _whole(asked, view))
    return _confirm_page(asked, whole, error, status) if whole is not None else asked.back(WRITING)


async def _explained(asked: Asked, refusal: Refusal) -> str:
    return await asked.look(lambda view: asked.explain(refusal, view))


def _sent_already(asked: Asked, records: Transaction) -> Announcement | None:
    """What this form sent when it came before."""
    code = asked.form.get("ma")
    return next((one for one in records.announcements(None, author=asked.me, limit=NEWEST) if one.plan.code == code), None)


def _whole(asked: Asked, records: Transaction) -> Whole | None:
    """None for what cannot be sent as it is."""
    now = _now(asked)
    draft = stored(records, asked.staff, now)
    told = told_of(asked, records, draft) if draft is not None else None
    if draft is None or told is None or told.preview is None:
        return None
    plan = plan_of(draft, asked.staff, asked.parts.desk().actions)
    approvers = [asked.names.person(one.number, one, asked.words) for one in told.preview.approvers]
    return Whole(plan, told, approvers, sent_lately(records, asked.staff, plan.texts, now))


def _confirm_page(asked: Asked, whole: Whole, error: str = "", status: int = 200) -> Response:
    return asked.page(
        "announce_confirm.html",
        TEXTS,
        status=status,
        here=f"{WRITING}/gui",
        whole=whole,
        told=whole.told,
        twin=_twin_said(asked, whole) if whole.twin is not None else "",
        may_send=whole.told.preview is not None and not whole.told.preview.is_refused,
        second=whole.told.preview is not None and whole.told.preview.second,
        errors={"gui": error} if error else {},
    )


def _twin_said(asked: Asked, whole: Whole) -> str:
    if whole.twin is None:
        return ""
    when = format_moment(whole.twin.created, asked.words)
    return asked.say(SENT_BEFORE, number=whole.twin.id, when=when)


# --- the draft --------------------------------------------------------------------------------------------------------


async def drop(asked: Asked) -> Response:
    await asked.act(lambda transaction: transaction.drop_draft(kept_under(asked.staff)))
    return asked.back("/thong-bao", "bo")


async def take_over(asked: Asked) -> Response:
    """Go on here with what was begun in the chat; there it is no more."""

    def work(transaction: Transaction) -> bool:
        staff, now = current_staff(transaction, asked.me), _now(asked)
        found = in_the_chat(transaction, staff, now)
        if found is None or staff.address is None:
            return False
        _no_other(transaction, staff, asked)
        names = ("texts", "photo", "places", "topics", "at_once", "due", "rule", "lasts", "kind")
        known = {name: getattr(found, name) for name in names}
        keep(transaction, staff, page_draft(known, found.code, asked.words, now))
        transaction.drop_draft(staff.address)
        return True

    return asked.back(WRITING, "lay" if await asked.act(work) else "")


async def send_again(asked: Asked) -> Response:
    """What nobody approved, as a draft; never in the place of another one."""

    def work(transaction: Transaction) -> None:
        staff, now, actions = current_staff(transaction, asked.me), _now(asked), asked.parts.desk().actions
        found = actions.to_send_again(transaction, asked.me, asked.number())
        _no_other(transaction, staff, asked)
        known = fields_again(found.plan, now, actions.catalogues)
        keep(transaction, staff, page_draft(known, fresh_code(transaction), asked.words, now))

    await asked.act(work)
    return asked.back(WRITING, "lai")


def _no_other(transaction: Transaction, staff: Staff, asked: Asked) -> None:
    draft = stored(transaction, staff, _now(asked))
    if draft is not None and (any(draft.texts.values()) or draft.when):
        raise Refusal(DRAFT_THERE)


def _now(asked: Asked) -> datetime:
    return asked.parts.now()
