"""A group chat of officers: linked to communes by an administrator, it gets their cases, and orders about cases work in it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.announcements.authority import NOT_STAFF
from bot.cases import Link
from bot.desk.case_desk import CaseDesk, case_behind
from bot.desk.orders import Order, command_in, number_in
from bot.desk.visit import Visit
from bot.errors import Refusal
from bot.handoff.actions import Cases
from bot.i18n import mark
from bot.model import Reply

OURS = "staff:"
WHICH = mark("Write /link and, behind it, the names of the communes whose cases this group should get, with commas between.")
LINKED = mark("From now on this group gets the questions that residents of {places} pass on. To end it: /unlink")
UNLINKED = mark("This group gets no more questions of residents.")
NOT_LINKED = mark("This group was not linked.")
ELSEWHERE = mark("Case {number} is none of this group's communes. Write about it in your own chat with Loa Bản.")
OLD_BUTTON = mark("That button is too old to use. Open cases: /cases.")
UNKNOWN = mark("Loa Bản finds no commune of the name {name} in Điện Biên. Nothing was changed.")
SEVERAL = mark("There is more than one {name}. Write the name of today's commune. Nothing was changed.")


def in_group(visit: Visit, cases: Cases) -> Sequence[Reply] | None:
    """What is said in the group; None for what is no business of staff. `visit.address` is the group."""
    incoming, transaction = visit.incoming, visit.transaction
    if incoming.kind == "left":
        transaction.unlink(visit.address)
        return ()
    author = incoming.author
    staff = transaction.staff(author) if author is not None else None
    text = incoming.text.strip()
    command = command_in(text)
    ours = command is not None and command.name in ("link", "unlink", "cases")
    link = transaction.linked(visit.address)
    if not ours and link is None and incoming.choice:
        return [Reply(visit.say(NOT_LINKED))]
    if not ours and (link is None or text.startswith("/")):
        return None
    if staff is None:
        about = ours or incoming.choice or case_behind(visit) is not None
        return [Reply(visit.say(NOT_STAFF))] if about else ()
    desk = CaseDesk(visit, staff, cases)
    if ours and command is not None:
        return _commanded(visit, desk, command, link)
    return _about_case(visit, desk, link.places) if link is not None else ()


def _about_case(visit: Visit, desk: CaseDesk, places: Sequence[str]) -> Sequence[Reply]:
    """What is done about a case of the communes that this group has; everybody in it reads that."""
    choice = visit.incoming.choice
    if choice is not None:
        name, _, value = choice.removeprefix(OURS).partition(":")
        number = number_in(value)
        if not choice.startswith(OURS) or number is None or not _is_of(visit, number, places):
            return [Reply(visit.say(OLD_BUTTON))]
        turn = desk.tapped(name, value)
        return turn.replies if turn else ()
    order = desk.order_in(visit.incoming.text.strip(), drafting=False)
    if order is None or visit.transaction.case(order.number) is None:
        return ()  # "5: ..." may be talk as well
    if not _is_of(visit, order.number, places):
        return [Reply(visit.say(ELSEWHERE, number=order.number))]
    return desk.obey(order).replies


def _is_of(visit: Visit, number: int, places: Sequence[str]) -> bool:
    case = visit.transaction.case(number)
    return case is not None and case.place in places


def _commanded(visit: Visit, desk: CaseDesk, command: Order, link: Link | None) -> Sequence[Reply]:
    if command.name == "cases":
        return desk.listed(link.places).replies if link else [Reply(visit.say(NOT_LINKED))]
    try:
        if command.name == "unlink":
            linked = desk.cases.unlink(visit.transaction, desk.staff.number, visit.address, visit.now)
            return [Reply(visit.say(UNLINKED if linked else NOT_LINKED))]
        return [Reply(_link(visit, desk, command.rest))]
    except Refusal as error:
        return [Reply(visit.why(error))]


def _link(visit: Visit, desk: CaseDesk, names: str) -> str:
    places: list[str] = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        found = visit.mind.gazetteer.find(name)
        if not found:
            raise Refusal(UNKNOWN, name=name)
        if len(found) > 1:
            raise Refusal(SEVERAL, name=name)
        places.append(found[0].place.code)
    if not places:
        raise Refusal(WHICH)
    communes = tuple(dict.fromkeys(places))
    desk.cases.link(visit.transaction, desk.staff.number, visit.address, communes, visit.now)
    return visit.say(LINKED, places=visit.places(communes))
