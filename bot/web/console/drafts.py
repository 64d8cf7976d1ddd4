"""The announcement that somebody is writing on the page: what they typed, what was understood of it, and where it is kept.

It is a draft as the chat has one, beside the chat's: what somebody types in the chat meanwhile belongs to the talk there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.announcements.actions import AnnouncementActions
from bot.announcements.authority import speaks_for
from bot.announcements.cleaning import clean
from bot.announcements.draft import KINDS, Draft, draft_data, draft_fields
from bot.announcements.moment import read_when
from bot.announcements.planning import draft_text_faults, format_start, is_photo_address, speaks_for_one_commune
from bot.announcements.times import format_moment
from bot.announcements.timing import lasting_as_typed, starting
from bot.desk.chat_draft import ChatDraft, load
from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.knowledge.gazetteer import Gazetteer
from bot.model import KEEP, Address, Audience, Staff
from bot.model.well_known import MAIN_LANGUAGE, STAFF_PAGE
from bot.ports import Transaction
from bot.web.console.forms import Form

LONGEST_TYPED = 20_000  # characters of a text: what is longer than any app takes is said, what is longer than this is cut
TEXT, PLACES, PHOTO, WHEN, UNTIL = "chu", "xa", "anh", "khi", "den"  # fields; a text is "chu-vi"

NO_TEXT = mark("Write the text in Vietnamese.")
NO_PLACE = mark("Choose at least one commune.")
BOTH = mark("Choose the whole province, or some communes, not both.")
NO_TIME = mark("Write when it is to go out.")
NO_END = mark("Write how long it stays true.")
NO_PHOTO = mark("A picture is an address that begins with https:// and ends at the picture.")


@dataclass(frozen=True, slots=True)
class PageDraft(Draft):
    """`when` and `until` are the words that were typed for the times, `picture` what was typed for the photo.

    `both`: the whole province was chosen, and communes as well.

    What was understood of words stays what it was when they were typed: tomorrow, "tomorrow" is another day.
    """

    when: str = ""
    until: str = ""
    picture: str = ""
    both: bool = False


TYPED = ("when", "until", "picture", "both")


@dataclass(frozen=True, slots=True)
class Faults:
    """Sentences by field: what stands there and cannot be used, and what is not there yet."""

    wrong: Mapping[str, tuple[Refusal, ...]] = field(default_factory=dict)
    missing: Mapping[str, Refusal] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.wrong or self.missing)


# --- kept -------------------------------------------------------------------------------------------------------------


def kept_under(staff: Staff) -> Address:
    return Address(STAFF_PAGE, str(staff.number))


def stored(records: Transaction, staff: Staff, now: datetime) -> PageDraft | None:
    """None where nothing is being written, it is too old, or another version wrote it."""
    text = records.draft(kept_under(staff))
    if text is None:
        return None
    try:
        data: dict[str, Any] = json.loads(text)
        draft = PageDraft(**draft_fields(data), **{name: data[name] for name in TYPED})
    except (ValueError, KeyError, TypeError):
        return None
    return draft if now - draft.at <= KEEP.drafts else None


def keep(transaction: Transaction, staff: Staff, draft: PageDraft) -> None:
    typed = {name: getattr(draft, name) for name in TYPED}
    data = json.dumps({**draft_data(draft), **typed}, ensure_ascii=False)
    transaction.save_draft(kept_under(staff), data, draft.at)


# --- filled in --------------------------------------------------------------------------------------------------------


def filled_in(
    form: Form, before: PageDraft, staff: Staff, gazetteer: Gazetteer, actions: AnnouncementActions, now: datetime
) -> PageDraft:
    """The draft with what the form says. Words for a time that were understood before are not understood anew."""
    texts = {lang: clean(form.get(f"{TEXT}-{lang}")[:LONGEST_TYPED]) for lang in actions.catalogues}
    picture = form.get(PHOTO)
    old = before.photo if before.photo and not is_photo_address(before.photo) and form.get("giu_anh") else None
    chosen = _chosen(form, staff, gazetteer)
    everywhere = bool(form.get("tinh")) and speaks_for(staff, Audience())
    draft = replace(
        before,
        at=now,
        texts=texts,
        picture=picture,
        photo=picture if is_photo_address(picture) else old,
        places=chosen or (() if everywhere else None),
        both=everywhere and bool(chosen),
        topics=tuple(id_ for id_ in actions.names.topics if id_ in form.all("muc")),
        kind=next((kind for kind in KINDS if kind == form.get("loai")), "ordinary"),
    )
    when, until = form.get(WHEN), form.get(UNTIL)
    if when != draft.when:
        draft = replace(draft, when=when, at_once=False, due=None, rule=None, lasts=None)
    if until != draft.until:
        draft = replace(draft, until=until, lasts=None)
    return understood(draft, actions, now)


def _chosen(form: Form, staff: Staff, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Communes that were chosen by themselves or with their former district, of those that this person speaks for."""
    if speaks_for_one_commune(staff):
        return staff.places
    chosen = set(form.all(PLACES))
    for _, (name, places) in gazetteer.districts.items():
        if name in form.all("huyen"):
            chosen |= {place.code for place in places}
    own = (place.code for place in gazetteer.in_order() if speaks_for(staff, Audience((place.code,))))
    return tuple(code for code in own if code in chosen)


def understood(draft: PageDraft, actions: AnnouncementActions, now: datetime) -> PageDraft:
    """With the times that can be read."""
    try:
        if draft.when and not draft.timed:
            draft = starting(draft, read_when(draft.when, now))
        if draft.until and draft.timed and draft.lasts is None:
            draft = lasting_as_typed(draft, draft.until, now, actions)
    except Refusal:
        return draft
    return draft


def faults_of(draft: PageDraft, staff: Staff, actions: AnnouncementActions, now: datetime) -> Faults:
    """What keeps it from being sent, as far as that can be said without looking at who would get it."""
    wrong: dict[str, tuple[Refusal, ...]] = {}
    for lang, text in draft.texts.items():
        if text and (found := draft_text_faults(draft, lang, staff, actions)):
            wrong[f"{TEXT}-{lang}"] = tuple(Refusal(one.message, **one.values) for one in found)
    if draft.both:
        wrong[PLACES] = (Refusal(BOTH),)
    if draft.picture and draft.picture != draft.photo:
        wrong[PHOTO] = (Refusal(NO_PHOTO),)
    try:
        if draft.when and not draft.timed:
            read_when(draft.when, now)
    except Refusal as refusal:
        wrong[WHEN] = (refusal,)
    try:
        if draft.until and draft.timed and draft.lasts is None:
            lasting_as_typed(draft, draft.until, now, actions)
    except Refusal as refusal:
        wrong[UNTIL] = (refusal,)
    return Faults(wrong, {name: Refusal(message) for name, message in _missing(draft)})


def _missing(draft: PageDraft) -> list[tuple[str, str]]:
    needed = (
        (f"{TEXT}-{MAIN_LANGUAGE}", NO_TEXT, bool(draft.texts.get(MAIN_LANGUAGE))),
        (PLACES, NO_PLACE, draft.places is not None),
        (WHEN, NO_TIME, bool(draft.when) or draft.timed),
        (UNTIL, NO_END, bool(draft.until) or draft.lasts is not None),
    )
    return [(name, message) for name, message, there in needed if not there]


# --- begun with what was written elsewhere ----------------------------------------------------------------------------


def in_the_chat(records: Transaction, staff: Staff, now: datetime) -> ChatDraft | None:
    """What this person is writing in the chat at this moment."""
    text = records.draft(staff.address) if staff.address else None
    found = load(text) if text else None
    return found if found is not None and not found.is_old(now) else None


def page_draft(known: Mapping[str, Any], code: str, words: Words, now: datetime) -> PageDraft:
    """A draft with these fields, and words for its times that would be read as the same."""
    draft = PageDraft(code, now, **known)
    picture = draft.photo if draft.photo and is_photo_address(draft.photo) else ""
    when = format_start(draft, words, now) if draft.timed else ""
    return replace(draft, when=when, until=_until_typed(draft, words), picture=picture)


def _until_typed(draft: PageDraft, words: Words) -> str:
    if draft.lasts is None:
        return ""
    if draft.due is not None:
        return format_moment(draft.due + draft.lasts, words)
    minutes = int(draft.lasts.total_seconds() // 60)
    if minutes % (24 * 60) == 0:
        return words.period(f"P{minutes // (24 * 60)}D")
    if minutes % 60 == 0:
        return words.period(f"PT{minutes // 60}H")
    return words.say("{count} minutes", count=minutes)
