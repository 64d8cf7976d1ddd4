"""Becoming staff by an invitation, and ceasing to be by being forgotten."""

from __future__ import annotations

from bot.announcements import staffing
from bot.announcements.planning import office_for
from bot.desk.abilities import abilities
from bot.desk.staff_context import ChatContext, StaffContext
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Reply, Staff, Turn

WHICH_CODE = mark("Write /join and, behind it, the code of your invitation.")


def join(context: ChatContext, rest: str, before: Staff | None = None) -> Turn:
    """Use up the invitation whose code was written behind the command, and say what can be done now.

    `before` is who this person was among the staff until now.
    """
    code = "".join(sign for sign in rest if sign.isalnum())
    if not code:
        return context.reply(WHICH_CODE)
    try:
        staff = staffing.join(context.transaction, context.address, code, context.now)
    except Refusal as refusal:
        return context.refuse(refusal)
    lines = [*_welcome(context, staff), *(_paused(context, before.number) if before else [])]
    return context.turn(Reply("\n".join(lines), (context.button(mark("New announcement"), "new"),)))


def leave(context: StaffContext) -> Turn | None:
    """Give up the role before everything is forgotten; the answer where that cannot be."""
    try:
        staffing.leave(context.transaction, context.staff, context.now)
    except Refusal as refusal:
        return context.refuse(refusal)
    return None


def _welcome(context: ChatContext, staff: Staff) -> list[str]:
    offices = office_for(staff, staff.places, context.actions)
    return [
        context.say("Welcome! You are now {role}.", role=context.role(staff)),
        context.say("Colleagues see you as no. {number}, residents do not.", number=staff.number),
        context.say("What you send goes out as: {office}", office=offices.get(context.lang) or offices["vi"]),
        *abilities(context, staff),
    ]


def _paused(context: ChatContext, before: int) -> list[str]:
    """What the old role was sending: it stopped with the role."""
    paused = context.transaction.announcements(None, states=("paused",), author=before)
    numbers = context.words.join(tuple(str(one.id) for one in paused if one.reason == "author left"))
    return [context.say("Paused with your role before: {numbers}. See /announcements.", numbers=numbers)] if numbers else []
