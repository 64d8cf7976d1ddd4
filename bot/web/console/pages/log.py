"""*Nhật ký*: what staff did, from the audit log, the newest first. Officers see what they did themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlencode

from babel.dates import format_date
from starlette.responses import Response

from bot.announcements.audit_words import ACTIONS, shortened
from bot.i18n import mark
from bot.model import AuditEntry
from bot.ports import Transaction
from bot.web.chat.requests import PageRefused
from bot.web.console.asked import Asked
from bot.web.console.days import NO_DAY, typed_day
from bot.web.console.forms import whole_number
from bot.web.console.rendering import short_clock
from bot.web.console.routes import ConsolePage, StaffRoute
from bot.zone import ZONE, local_day

SHOWN = 50

TITLE = mark("Log")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "yours": mark("What you did yourself. Administrators see what all did."),
    "none": mark("Nothing was noted here."),
    "older": mark("Older"),
    "narrow": mark("Show less"),
    "day": mark("Of one day"),
    "person": mark("By whom: the staff number"),
    "kind": mark("About"),
    "number": mark("with the number"),
    "show": mark("Show"),
    "all": mark("Show everything"),
}
KINDS: Mapping[str, str] = {
    "": mark("anything"),
    "case": mark("a case"),
    "announcement": mark("an announcement"),
    "staff": mark("somebody of the staff"),
}
SUBJECTS: Mapping[str, str] = {"case": mark("case {number}"), "announcement": mark("announcement {number}")}
ALONE: Mapping[str, str] = {
    "owner": mark("owner"),
    "admin": mark("admin"),
    "officer": mark("officer"),
    "group": mark("a group"),
    "backup": mark("a backup"),
}
NO_NUMBER = mark("Write a number.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the log is narrowed down to; None and "" for what is not. `before` is the last line of the page before."""

    day: date | None = None
    actor: int | None = None
    kind: str = ""
    number: int | None = None
    before: int | None = None

    @property
    def subject(self) -> str | None:
        return f"{self.kind} {self.number}" if self.kind and self.number is not None else None

    @property
    def href(self) -> str:
        given = {"ngay": self.day, "nguoi": self.actor, "loai": self.kind, "so": self.number, "truoc": self.before}
        return f"/nhat-ky?{urlencode({name: value for name, value in given.items() if value not in (None, '')})}".rstrip("?")


@dataclass(frozen=True, slots=True)
class Line:
    """Who did what with what, each with a link to all about it, "" where there is none."""

    when: str
    who: str
    who_href: str
    action: str
    subject: str
    subject_href: str
    detail: str


async def show(asked: Asked) -> Response:
    wanted, errors = _wanted(asked)
    if not asked.may("admin") and wanted.actor not in (None, asked.me):
        raise PageRefused(404, "not_found")  # as for anything else that is not theirs

    def work(view: Transaction) -> tuple[Sequence[tuple[str, Sequence[Line]]], str]:
        found = [] if errors else _found(asked, wanted, view)
        older = replace(wanted, before=found[SHOWN - 1].number).href if len(found) > SHOWN else ""
        days = groupby(found[:SHOWN], key=lambda entry: local_day(entry.at))
        return [(_said_day(asked, day), [_line(asked, one, view) for one in entries]) for day, entries in days], older

    days, older = await asked.look(work)
    given = asked.request.query_params
    return asked.page(
        "log.html",
        TEXTS,
        status=422 if errors else 200,
        days=days,
        older=older,
        errors=errors,
        everybody=asked.may("admin"),
        narrowed=wanted != Wanted(before=wanted.before) or bool(errors),
        values={name: given.get(name, "") for name in ("ngay", "nguoi", "loai", "so")},
        kinds=[(kind, asked.say(said)) for kind, said in KINDS.items()],
    )


def _found(asked: Asked, wanted: Wanted, view: Transaction) -> Sequence[AuditEntry]:
    """One more than is shown, where there is one."""
    return view.log(
        SHOWN + 1,
        wanted.subject,
        actor=wanted.actor if asked.may("admin") else asked.me,
        since=_midnight(wanted.day) if wanted.day else None,
        until=_midnight(wanted.day + timedelta(days=1)) if wanted.day else None,
        before=wanted.before,
    )


def _wanted(asked: Asked) -> tuple[Wanted, dict[str, str]]:
    given, errors = asked.request.query_params, {}
    day, person, number = (given.get(name, "").strip() for name in ("ngay", "nguoi", "so"))
    kind = given.get("loai", "") if given.get("loai", "") in KINDS else ""
    wanted = Wanted(typed_day(day), whole_number(person), kind, whole_number(number), whole_number(given.get("truoc", "")))
    if day and wanted.day is None:
        errors["ngay"] = asked.say(NO_DAY)
    if person and wanted.actor is None:
        errors["nguoi"] = asked.say(NO_NUMBER)
    if (kind or number) and (wanted.number is None or not kind):
        errors["so"] = asked.say(NO_NUMBER)
    return wanted, errors


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)


# --- said -------------------------------------------------------------------------------------------------------------


def _said_day(asked: Asked, day: date) -> str:
    pattern = "EEEE, d/M/y" if asked.words.lang == "vi" else "EEEE, d MMM y"
    said = str(format_date(day, pattern, locale=asked.words.lang))
    return said[0].upper() + said[1:]


def _line(asked: Asked, entry: AuditEntry, view: Transaction) -> Line:
    kind, _, number = entry.subject.partition(" ")
    known = whole_number(number) if kind in KINDS else None
    return Line(
        when=short_clock(entry.at, asked.words),
        who=asked.person(entry.actor, view),
        who_href=Wanted(actor=entry.actor).href if asked.may("admin") else "",
        action=asked.say(ACTIONS.get(entry.action, entry.action)),
        subject=_subject(asked, entry, known, view),
        subject_href=Wanted(kind=kind, number=known).href if known is not None else "",
        detail=_detail(asked, entry.detail),
    )


def _subject(asked: Asked, entry: AuditEntry, number: int | None, view: Transaction) -> str:
    kind, _, _ = entry.subject.partition(" ")
    if number is not None:
        return asked.say(SUBJECTS[kind], number=number) if kind in SUBJECTS else asked.person(number, view)
    return asked.say(ALONE[kind]) if entry.subject in ALONE else entry.subject


def _detail(asked: Asked, detail: str) -> str:
    """Communes by name, a role in words; anything else as it is."""
    parts = detail.split()
    if parts and all(part in asked.names.places for part in parts):
        return asked.names.communes(tuple(parts), asked.words)
    return asked.say(ALONE[detail]) if detail in ALONE else shortened(detail)


PAGE = ConsolePage(TITLE, "/nhat-ky", "officer", (StaffRoute("log", "GET", "/nhat-ky", "officer", show),))
