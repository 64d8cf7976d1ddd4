"""From a draft to the plan that is previewed, confirmed and sent. What the person may do is looked up each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.announcements.rendering import office_of
from bot.announcements.text_faults import TextFault
from bot.announcements.times import Once, Repeat, said_when
from bot.desk.draft import Draft
from bot.desk.staff_context import StaffContext
from bot.i18n import Words
from bot.model import Audience, Plan, Staff


def only_place(staff: Staff) -> bool:
    """Whether this person speaks for one commune, so that there is nothing to choose."""
    return staff.role == "officer" and len(staff.places) == 1


def plan_of(context: StaffContext, staff: Staff, draft: Draft) -> Plan:
    """The announcement that a complete draft is."""
    places = staff.places if only_place(staff) else draft.places or ()
    return Plan(
        code=draft.code,
        office=_office(context, staff, places),
        texts={lang: text for lang, text in draft.texts.items() if text},
        audience=Audience(places, draft.topics or ()),
        lasts=draft.lasts or timedelta(),
        photo=draft.photo,
        due=draft.due,
        rule=draft.rule,
        must=draft.kind in ("must", "urgent"),
        urgent=draft.kind == "urgent",
    )


def faults_in(context: StaffContext, staff: Staff, draft: Draft, lang: str) -> list[TextFault]:
    """What keeps the text in one language from being sent. What is not known yet is taken at its longest."""
    known = draft.places is not None and not only_place(staff)
    plan = plan_of(context, staff, draft if known else replace(draft, places=staff.places))
    plan = replace(plan, texts={lang: draft.texts[lang]}, urgent=draft.kind in (None, "urgent"))
    return context.actions.text_faults(staff, plan)


def start_of(context: StaffContext, draft: Draft) -> datetime:
    """When it is due, as far as it is known now."""
    if draft.rule is not None:
        return context.actions.next_time(draft.rule, context.now)
    return draft.due or context.now


def said_start(draft: Draft, words: Words, now: datetime) -> str:
    """When it goes out, in words: "right away" for what is due already, too."""
    if draft.rule is not None:
        return said_when(Repeat(draft.rule), words)
    return said_when(Once(draft.due if draft.due and draft.due > now else None), words)


def _office(context: StaffContext, staff: Staff, places: tuple[str, ...]) -> dict[str, str]:
    known = context.engine.gazetteer.by_code
    own = [known[code] for code in places if code in known] if staff.role == "officer" else []
    return office_of(staff.office, own, context.actions.catalogues)
