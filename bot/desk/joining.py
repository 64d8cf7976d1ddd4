"""Becoming staff by an invitation, and ceasing to be by being forgotten."""

from __future__ import annotations

from bot.announcements import staffing
from bot.announcements.rendering import office_of
from bot.broadcast import Staff
from bot.desk.visit import Visit
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Reply, Turn

WHICH_CODE = mark("Write /join and, behind it, the code of your invitation.")


def join(visit: Visit, rest: str) -> Turn:
    """Use up the invitation whose code was written behind the command, and say what can be done now."""
    code = "".join(sign for sign in rest if sign.isalnum())
    if not code:
        return visit.told(WHICH_CODE)
    before = visit.transaction.staff(visit.address)
    try:
        staff = staffing.join(visit.transaction, visit.address, code, visit.now)
    except Refusal as error:
        return visit.turn(Reply(visit.why(error)))
    lines = [*_welcome(visit, staff), *(_paused(visit, before.number) if before else [])]
    return visit.turn(Reply("\n".join(lines), (visit.button(mark("New announcement"), "new"),)))


def leave(visit: Visit, staff: Staff) -> Turn | None:
    """Give up the role before everything is forgotten; the answer where that cannot be."""
    try:
        staffing.leave(visit.transaction, staff, visit.now)
    except Refusal as error:
        return visit.turn(Reply(visit.why(error)))
    return None


def _welcome(visit: Visit, staff: Staff) -> list[str]:
    known = visit.mind.gazetteer.by_code
    offices = office_of(staff.office, (known[code] for code in staff.places if code in known), visit.actions.catalogues)
    return [
        visit.say("Welcome! You are now {role}.", role=visit.role(staff)),
        visit.say("What you send goes out as: {office}", office=offices.get(visit.lang) or offices["vi"]),
        visit.say("/announce: write a new announcement\n/announcements: see how they are getting on"),
    ]


def _paused(visit: Visit, before: int) -> list[str]:
    """What the old role was sending: it stopped with the role."""
    paused = visit.transaction.announcements(None, states=("paused",), author=before)
    numbers = visit.words.join(tuple(str(one.id) for one in paused if one.reason == "author left"))
    return [visit.say("Paused with your role before: {numbers}. See /announcements.", numbers=numbers)] if numbers else []
