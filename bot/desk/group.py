"""A group chat of officers: linked to communes by an administrator, it gets their cases, and orders about cases work in it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.announcements.authority import NOT_STAFF
from bot.cases.actions import CaseActions
from bot.desk.staff_cases import StaffCases, case_behind
from bot.desk.staff_commands import StaffCommand, command_in, number_in
from bot.desk.staff_context import StaffContext
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import GroupLink, Reply
from bot.model.well_known import STAFF_ORDER as OURS

WHICH = mark("Write /link and, behind it, the names of the communes whose cases this group should get, with commas between.")
LINKED = mark("From now on this group gets the questions that residents of {places} pass on. To end it: /unlink")
UNLINKED = mark("This group gets no more questions of residents.")
NOT_LINKED = mark("This group was not linked.")
ELSEWHERE = mark("Case {number} is none of this group's communes. Write about it in your own chat with Loa Bản.")
OLD_BUTTON = mark("That button is too old to use. Open cases: /cases.")
UNKNOWN = mark("Loa Bản finds no commune of the name {name} in Điện Biên. Nothing was changed.")
SEVERAL = mark("There is more than one {name}. Write the name of today's commune. Nothing was changed.")


def in_group(context: StaffContext, cases: CaseActions) -> Sequence[Reply] | None:
    """What is said in the group; None for what is no business of staff. `context.address` is the group."""
    incoming, transaction = context.incoming, context.transaction
    if incoming.kind == "left":
        transaction.unlink(context.address)
        return ()
    author = incoming.author
    staff = transaction.staff(author) if author is not None else None
    text = incoming.text.strip()
    command = command_in(text)
    ours = command is not None and command.name in ("link", "unlink", "cases")
    link = transaction.linked(context.address)
    if not ours and link is None and incoming.choice:
        return [Reply(context.say(NOT_LINKED))]
    if not ours and (link is None or text.startswith("/")):
        return None
    if staff is None:
        about = ours or incoming.choice or case_behind(context) is not None
        return [Reply(context.say(NOT_STAFF))] if about else ()
    desk = StaffCases(context, staff, cases)
    if ours and command is not None:
        return _commanded(context, desk, command, link)
    return _about_case(context, desk, link.places) if link is not None else ()


def _about_case(context: StaffContext, desk: StaffCases, places: Sequence[str]) -> Sequence[Reply]:
    """What is done about a case of the communes that this group has; everybody in it reads that."""
    choice = context.incoming.choice
    if choice is not None:
        name, _, value = choice.removeprefix(OURS).partition(":")
        number = number_in(value)
        if not choice.startswith(OURS) or number is None or not _is_of(context, number, places):
            return [Reply(context.say(OLD_BUTTON))]
        turn = desk.tapped(name, value)
        return turn.replies if turn else ()
    order = desk.order_in(context.incoming.text.strip(), drafting=False)
    if order is None or context.transaction.case(order.number) is None:
        return ()  # "5: ..." may be talk as well
    if not _is_of(context, order.number, places):
        return [Reply(context.say(ELSEWHERE, number=order.number))]
    return desk.obey(order).replies


def _is_of(context: StaffContext, number: int, places: Sequence[str]) -> bool:
    case = context.transaction.case(number)
    return case is not None and case.place in places


def _commanded(context: StaffContext, desk: StaffCases, command: StaffCommand, link: GroupLink | None) -> Sequence[Reply]:
    if command.name == "cases":
        return desk.listed(link.places).replies if link else [Reply(context.say(NOT_LINKED))]
    try:
        if command.name == "unlink":
            linked = desk.cases.unlink(context.transaction, desk.staff.number, context.address, context.now)
            return [Reply(context.say(UNLINKED if linked else NOT_LINKED))]
        return [Reply(_link(context, desk, command.rest))]
    except Refusal as error:
        return [Reply(context.why(error))]


def _link(context: StaffContext, desk: StaffCases, names: str) -> str:
    places: list[str] = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        found = context.engine.gazetteer.find(name)
        if not found:
            raise Refusal(UNKNOWN, name=name)
        if len(found) > 1:
            raise Refusal(SEVERAL, name=name)
        places.append(found[0].place.code)
    if not places:
        raise Refusal(WHICH)
    communes = tuple(dict.fromkeys(places))
    desk.cases.link(context.transaction, desk.staff.number, context.address, communes, context.now)
    return context.say(LINKED, places=context.places(communes))
