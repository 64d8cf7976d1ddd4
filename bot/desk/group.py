"""A group chat of officers: linked to communes by an administrator, it gets their cases, and orders about cases work in it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.announcements.authority import NOT_STAFF
from bot.broadcast import Staff
from bot.desk.case_desk import CaseDesk
from bot.desk.orders import Order, command_in
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
    command = command_in(incoming.text.strip())
    ours = command is not None and command.name in ("link", "unlink", "cases")
    if not ours and transaction.linked(visit.address) is None:
        return None
    if command is not None and not ours:
        return None
    if staff is None:
        about = ours or incoming.choice or _behind(visit) is not None
        return [Reply(visit.say(NOT_STAFF))] if about else ()
    return _of_staff(visit, cases, staff, command)


def _behind(visit: Visit) -> int | None:
    answered = visit.incoming.reply_to
    return visit.transaction.case_behind(visit.address, answered) if answered else None


def _of_staff(visit: Visit, cases: Cases, staff: Staff, command: Order | None) -> Sequence[Reply]:
    desk = CaseDesk(visit, staff, cases)
    if command is not None:
        return _commanded(visit, desk, command)
    choice = visit.incoming.choice
    if choice is not None:
        name, _, value = choice.removeprefix(OURS).partition(":")
        turn = desk.tapped(name, value) if choice.startswith(OURS) else None
        return turn.replies if turn else ()
    order = desk.order_in(visit.incoming.text.strip(), drafting=False)
    return desk.obey(order).replies if order is not None else ()


def _commanded(visit: Visit, desk: CaseDesk, command: Order) -> Sequence[Reply]:
    if command.name == "cases":
        return desk.listed().replies
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
