"""What somebody of the staff can do, by role: said on joining, on /help, and where there is nothing to show yet."""

from __future__ import annotations

from collections.abc import Iterator

from bot.desk.staff_context import ChatContext
from bot.i18n import mark
from bot.model import Staff

OFFICERS_WRITE = mark("/announce: write an announcement for {places}")
OTHERS_WRITE = mark("/announce: write an announcement, for some communes or the whole province, with any link")
LOOK = mark("/announcements: how they are getting on; pause or cancel them; approve what a colleague wrote")
CASES = mark("/cases: what residents passed on. To take one: take 12. Then just write, and tap that it is to be sent.")
TAKE_OVER = mark("You may take a case over from an officer, and finish it or give it back for him or her.")
LINK = mark("/link, in a group of officers, with the names of communes: their questions are shown there, too. /unlink ends it.")
CONSOLE = mark("/console: the same on a page in a browser")
STAFF = mark("New staff are invited, and roles ended, at the server: loaban staff. You are told when an app takes no messages.")
STAFF_ON_PAGE = mark(
    "New staff are invited, and roles ended, on /console or at the server: loaban staff. You are told when an app takes no "
    "messages."
)
AS_RESIDENT = mark("To ask Loa Bản yourself, just write; while a case is yours, put / in front. Topics: /menu")


def abilities(context: ChatContext, staff: Staff) -> Iterator[str]:
    """A line each."""
    if staff.role == "officer":
        yield context.say(OFFICERS_WRITE, places=context.places(staff.places))
    else:
        yield context.say(OTHERS_WRITE)
    yield context.say(LOOK)
    yield context.say(CASES)
    if staff.role != "officer":
        yield context.say(TAKE_OVER)
        yield context.say(LINK)
    if context.actions.rules.console:
        yield context.say(CONSOLE)
    if staff.role == "owner":
        yield context.say(STAFF_ON_PAGE if context.actions.rules.console else STAFF)
    yield context.say(AS_RESIDENT)
