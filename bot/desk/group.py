"""A group chat of officers: linked to communes by an administrator, it gets their cases, and commands about them work in it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.announcements.authority import NOT_STAFF
from bot.cases.actions import CaseActions
from bot.cases.commands import case_command
from bot.desk.staff_cases import StaffCases, case_behind
from bot.desk.staff_commands import StaffCommand, command_in, number_in
from bot.desk.staff_context import ChatContext, StaffContext
from bot.engine import Engine
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import GroupLink, Incoming, Reply
from bot.model.well_known import CHOICE_PREFIX
from bot.text.folding import visible

WHICH = mark("Write /link and, behind it, the names of the communes whose cases this group should get, with commas between.")
LINKED = mark("From now on this group gets the questions that residents of {places} pass on. To end it: /unlink")
UNLINKED = mark("This group gets no more questions of residents.")
NOT_LINKED = mark("This group was not linked.")
ELSEWHERE = mark("Case {number} is none of this group's communes. Write about it in your own chat with Loa Bản.")
OLD_BUTTON = mark("That button is too old to use. Open cases: /cases.")
ANONYMOUS = mark(
    "You write as the group, so Loa Bản does not know who you are, and does nothing. Turn off “Remain anonymous” in your "
    "rights as an administrator of this group, or write in your own chat with Loa Bản."
)
UNKNOWN = mark("Loa Bản finds no commune of the name {name} in Điện Biên. Nothing was changed.")
SEVERAL = mark("There is more than one {name}. Write the name of today's commune. Nothing was changed.")


def is_talk(incoming: Incoming, engine: Engine) -> bool:
    """Whether a message of a group is meant for others, though it has the form of a command: nothing of it is kept then."""
    if (
        incoming.way != "group"
        or incoming.kind == "left"
        or incoming.moved_to is not None
        or incoming.choice is not None
        or incoming.reply_to is not None
    ):
        return False
    text = visible(incoming.text).strip()
    return not text.startswith("/") and case_command(text, engine.lexicon) is None


def in_group(context: ChatContext, cases: CaseActions) -> Sequence[Reply] | None:
    """What is said in the group; None for what is no business of staff. `context.address` is the group."""
    incoming, transaction = context.incoming, context.transaction
    if incoming.kind == "left":
        transaction.unlink(context.address)
        return ()
    text = incoming.text.strip()
    command = command_in(text)
    if command is not None and command.name not in ("link", "unlink", "cases"):
        command = None
    link = transaction.linked(context.address)
    if command is None and link is None and incoming.choice:
        return [Reply(context.say(NOT_LINKED))]
    if command is None and (link is None or text.startswith("/")):
        return None
    staff = transaction.staff(incoming.author) if incoming.author is not None else None
    if staff is None:
        about_staff = command is not None or incoming.choice or case_behind(context) is not None
        return [Reply(context.say(NOT_STAFF if incoming.author is not None else ANONYMOUS))] if about_staff else ()
    staff_cases = StaffCases(context.of(staff), cases)
    if command is not None:
        return _run(command, staff_cases, link)
    return _about_case(staff_cases, link.places) if link is not None else ()


def _about_case(staff_cases: StaffCases, places: Sequence[str]) -> Sequence[Reply]:
    """What is done about a case of the communes that this group has; everybody in it reads that."""
    context = staff_cases.context
    choice = context.incoming.choice
    if choice is not None:
        name, _, value = choice.removeprefix(CHOICE_PREFIX).partition(":")
        number = number_in(value)
        if not choice.startswith(CHOICE_PREFIX) or number is None or not _is_of(context, number, places):
            return [Reply(context.say(OLD_BUTTON))]
        turn = staff_cases.tapped(name, value)
        return turn.replies if turn else ()
    command = staff_cases.command_in(context.incoming.text.strip(), drafting=False)
    if command is None or context.transaction.case(command.number) is None:
        return ()  # "5: ..." may be talk as well
    if not _is_of(context, command.number, places):
        return [Reply(context.say(ELSEWHERE, number=command.number))]
    return staff_cases.run(command).replies


def _is_of(context: StaffContext, number: int, places: Sequence[str]) -> bool:
    case = context.transaction.case(number)
    return case is not None and case.place in places


def _run(command: StaffCommand, staff_cases: StaffCases, link: GroupLink | None) -> Sequence[Reply]:
    context = staff_cases.context
    if command.name == "cases":
        return staff_cases.listed(link.places).replies if link else [Reply(context.say(NOT_LINKED))]
    try:
        if command.name == "unlink":
            linked = staff_cases.cases.unlink(context.transaction, context.staff.number, context.address, context.now)
            return [Reply(context.say(UNLINKED if linked else NOT_LINKED))]
        return [Reply(_link(command.rest, staff_cases))]
    except Refusal as refusal:
        return [Reply(context.explain(refusal))]


def _link(names: str, staff_cases: StaffCases) -> str:
    context = staff_cases.context
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
    staff_cases.cases.link(context.transaction, context.staff.number, context.address, communes, context.now)
    return context.say(LINKED, places=context.places(communes))
