"""An announcement as it would be sent: what each app shows in each language, who gets it, and what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.announcements.authority import NOT_YOURS
from bot.announcements.planning import format_start, plan_of, start_of
from bot.announcements.preview import Preview
from bot.announcements.rendering import render, text_limit
from bot.announcements.summary import Summary, format_language, format_recipients
from bot.announcements.text_faults import UnfitText
from bot.announcements.timing import format_end
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Audience, Plan
from bot.model.well_known import MAIN_LANGUAGE
from bot.ports import Transaction
from bot.text.splitting import fitting, utf16_units
from bot.web.console.asked import Asked
from bot.web.console.drafts import PLACES, TEXT, WHEN, Faults, PageDraft, faults_of

LENGTH = mark("{count} of {room} letters")
NOBODY_THERE = mark("Nobody there has asked for announcements yet.")
PEOPLE = mark("People who get it: {count}")


@dataclass(frozen=True, slots=True)
class Message:
    """What people on these apps get; `cut` is what would not fit any more."""

    apps: str
    lang: str
    language: str
    text: str
    cut: str
    photo: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """All that is shown of a draft. `preview` is None while it cannot be sent; `wrong` and `missing` are sentences by field."""

    messages: Sequence[Message]
    count: str
    lengths: dict[str, str]
    when: str
    until: str
    wrong: dict[str, str]
    missing: dict[str, str]
    preview: Preview | None
    lines: Sequence[str]
    warnings: Sequence[str]


def messages_of(asked: Asked, plan: Plan) -> list[Message]:
    """One for each language, and for each way in which apps show it."""
    actions, found = asked.parts.desk().actions, []
    for lang in plan.texts:
        shown: dict[tuple[str, str, str | None], list[str]] = {}
        for channel, can in actions.rules.channels.items():
            reply = render(plan, actions.notifier.words(lang), channel)
            end = fitting(reply.text, can.max_photo if can.max_photo and reply.photo else can.max_text)
            apps = shown.setdefault((reply.text[:end], reply.text[end:], reply.photo), [])
            apps.append(asked.names.app(channel, asked.words))
        language = format_language(lang, asked.words)
        found += [Message(", ".join(apps), lang, language, text, cut, photo) for (text, cut, photo), apps in shown.items()]
    return found


def told_of(asked: Asked, view: Transaction, draft: PageDraft) -> Told:
    """Counted at this moment, once."""
    actions, now = asked.parts.desk().actions, asked.parts.now()
    faults = faults_of(draft, asked.staff, actions, now)
    preview, faults = _previewed(asked, view, draft, faults)
    shown = draft if draft.places is not None else replace(draft, places=asked.staff.places)
    plan = plan_of(shown, asked.staff, actions)
    told = Summary(preview, actions, asked.words, now) if preview else None
    room = text_limit(plan, actions.catalogues, actions.rules.channels)
    return Told(
        messages=messages_of(asked, plan) if plan.texts.get(MAIN_LANGUAGE) else (),
        count=_count(asked, view, draft, preview),
        lengths={lang: _length(asked, draft.texts.get(lang, ""), room) for lang in actions.catalogues},
        when=asked.say("It goes out {when}.", when=format_start(draft, asked.words, now)) if draft.timed else "",
        until=_until(asked, draft),
        wrong={name: _said(asked, *refusals) for name, refusals in faults.wrong.items()},
        missing={name: _said(asked, refusal) for name, refusal in faults.missing.items()},
        preview=preview,
        lines=tuple(told.lines()) if told else (),
        warnings=told.warnings() if told else (),
    )


def _previewed(asked: Asked, view: Transaction, draft: PageDraft, faults: Faults) -> tuple[Preview | None, Faults]:
    """None with what keeps it from being sent: rights change, and time passes."""
    if faults:
        return None, faults
    actions, now = asked.parts.desk().actions, asked.parts.now()
    try:
        return actions.preview(view, asked.me, plan_of(draft, asked.staff, actions), now), faults
    except UnfitText as unfit:
        return None, Faults({f"{TEXT}-{lang}": (unfit,) for lang in unfit.faults}, faults.missing)
    except Refusal as refusal:
        where = PLACES if refusal.message == NOT_YOURS else WHEN
        return None, Faults({where: (refusal,)}, faults.missing)


def _count(asked: Asked, view: Transaction, draft: PageDraft, preview: Preview | None) -> str:
    """How many would get it, as soon as it is known who is meant."""
    if draft.places is None:
        return ""
    audience = Audience(draft.places, draft.topics or ())
    found = preview.recipients if preview else view.recipients(audience)
    if not sum(found.values()):
        return asked.say(NOBODY_THERE)
    return asked.say(PEOPLE, count=format_recipients(found, asked.names, asked.words))


def _said(asked: Asked, *refusals: Refusal) -> str:
    return " ".join(asked.say(one.message, **one.values) for one in refusals)


def _length(asked: Asked, text: str, room: int) -> str:
    count, most = (asked.words.number(Decimal(one)) for one in (utf16_units(text), room))
    return asked.say(LENGTH, count=count, room=most)


def _until(asked: Asked, draft: PageDraft) -> str:
    if draft.lasts is None or not draft.timed:
        return ""
    end = start_of(draft, asked.parts.now(), asked.parts.desk().actions) + draft.lasts
    return format_end(end, asked.words, repeated=draft.rule is not None)
