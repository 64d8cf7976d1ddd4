"""The way from one's own private chat to the console, and the button that closes it everywhere."""

from __future__ import annotations

from bot.announcements import entering
from bot.desk.staff_context import StaffContext
from bot.i18n import mark
from bot.model import Turn

LEAVE = "leave-console"  # the choice under what tells of a new device

NO_CONSOLE = mark("There is no page for staff here. Everything can be done in this chat: /help")
YOUR_CODE = mark(
    "Your code: {code}\nIt opens the page for staff once, within 10 minutes. Never give it to anybody: nobody of Loa Bản asks "
    "for it.\n{address}"
)
LEFT = mark("You are signed out everywhere (devices: {count}). To come back: /console")


def open_door(context: StaffContext) -> Turn:
    """A code, and an address that has it filled in; opening that spends nothing, for apps look at addresses themselves."""
    console = context.actions.rules.console
    if not console:
        return context.reply(NO_CONSOLE)
    code = entering.give_code(context.transaction, context.staff.number, context.now)
    return context.reply(YOUR_CODE, code=entering.in_groups(code), address=f"{console}/vao?ma={code}")


def leave_everywhere(context: StaffContext) -> Turn:
    ended = entering.leave_everywhere(context.transaction, context.staff.number, context.now)
    return context.reply(LEFT, count=ended)
