"""From a draft to the plan that is previewed, confirmed and sent. What the writer may do is looked up each time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from bot.announcements.actions import AnnouncementActions
from bot.announcements.draft import Draft, kind_of
from bot.announcements.rendering import office_names
from bot.announcements.text_faults import TextFault
from bot.announcements.times import Once, Repeat, format_schedule
from bot.i18n import Words
from bot.model import Audience, Plan, Staff
from bot.ports import Transaction
from bot.text.codes import new_code

PHOTO_ADDRESS = re.compile(r"https://[\w-]+(?:\.[\w-]+)+(?::\d+)?/\S+")
LONGEST_ADDRESS = 2000  # characters


def speaks_for_one_commune(staff: Staff) -> bool:
    """Whether this person speaks for one commune, so that there is nothing to choose."""
    return staff.role == "officer" and len(staff.places) == 1


def plan_of(draft: Draft, staff: Staff, actions: AnnouncementActions) -> Plan:
    """The announcement that a complete draft is."""
    places = staff.places if speaks_for_one_commune(staff) else draft.places or ()
    return Plan(
        code=draft.code,
        office=office_for(staff, places, actions),
        texts={lang: text for lang, text in draft.texts.items() if text},
        audience=Audience(places, draft.topics or ()),
        lasts=draft.lasts or timedelta(),
        photo=draft.photo,
        due=draft.due,
        rule=draft.rule,
        must=draft.kind in ("must", "urgent"),
        urgent=draft.kind == "urgent",
    )


def fields_again(plan: Plan, now: datetime, langs: Iterable[str]) -> dict[str, Any]:
    """The fields of a draft with everything that a plan was to say, but its code. A time that has passed is to be said anew."""
    passed = plan.due is not None and plan.due <= now
    return {
        "texts": {lang: plan.texts.get(lang, "") for lang in langs},
        "photo": plan.photo,
        "places": plan.audience.places,
        "topics": plan.audience.topics,
        "at_once": plan.due is None and plan.rule is None,
        "due": None if passed else plan.due,
        "rule": plan.rule,
        "lasts": None if passed else plan.lasts,
        "kind": kind_of(plan),
    }


def fresh_code(records: Transaction) -> str:
    """One that no announcement has that ever went out."""
    code = new_code(SystemRandom())
    while records.announced(code) is not None:
        code = new_code(SystemRandom())
    return code


def is_photo_address(text: str) -> bool:
    """Whether it can be shown wherever photos are."""
    return len(text) <= LONGEST_ADDRESS and PHOTO_ADDRESS.fullmatch(text) is not None


def office_for(staff: Staff, places: Sequence[str], actions: AnnouncementActions) -> dict[str, str]:
    """What stands above an announcement of this person for these communes, per language."""
    known = actions.names.places
    own = [known[code] for code in places if code in known] if staff.role == "officer" else []
    return office_names(staff.office, own, actions.catalogues)


def draft_text_faults(draft: Draft, lang: str, staff: Staff, actions: AnnouncementActions) -> Sequence[TextFault]:
    """What keeps the text in one language from being sent. What is not known yet is taken at its longest."""
    known = draft.places is not None and not speaks_for_one_commune(staff)
    plan = plan_of(draft if known else replace(draft, places=staff.places), staff, actions)
    plan = replace(plan, texts={lang: draft.texts[lang]}, urgent=draft.kind in (None, "urgent"))
    return actions.text_faults(staff, plan).get(lang, ())


def start_of(draft: Draft, now: datetime, actions: AnnouncementActions) -> datetime:
    """When it is due, as far as it is known now."""
    if draft.rule is not None:
        return actions.next_time(draft.rule, now)
    return draft.due or now


def format_start(timed: Draft | Plan, words: Words, now: datetime) -> str:
    """When it goes out, in words: "right away" for what is due already, too."""
    if timed.rule is not None:
        return format_schedule(Repeat(timed.rule), words)
    return format_schedule(Once(timed.due if timed.due and timed.due > now else None), words)
