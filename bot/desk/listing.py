"""Announcements that are on their way, or were: the list, one in detail, and what can still be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.announcements.actions import FORBIDDEN_STATE, POSSIBLE
from bot.announcements.authority import allow
from bot.announcements.rendering import rendered
from bot.announcements.report import report_lines, state_word
from bot.announcements.times import Repeat, end_of_quiet, said_time, said_when
from bot.broadcast import OPEN_STATES, Action, Announcement, Staff
from bot.desk.visit import Visit
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Button, Reply, Turn
from bot.ports import Transaction
from bot.split import shortened

LISTED = 8
LOOKED_THROUGH = 50  # of the newest ones, for the times of a repeated one
TIMES_SHOWN = 3
BEGINNING = 30  # characters of a text in the list
EXCERPT = 600  # in the details
PAUSED = mark("Announcement {number} is paused. Whoever has it keeps it.")
RESUMED = mark("Announcement {number} goes on.")
CANCELLED = mark("Announcement {number} is cancelled. Whoever has it keeps it; nobody else gets it.")
APPROVED = mark("You approved announcement {number}.")
TURNED_DOWN = mark("You turned down announcement {number}: nothing was sent. Whoever wrote it is told.")
BUTTONS: tuple[tuple[Action, str], ...] = (
    ("pause", mark("Pause")),
    ("resume", mark("Go on sending")),
    ("cancel", mark("Cancel this announcement")),
)

Act = Callable[[Transaction, int, int, datetime], object]


@dataclass(frozen=True)
class Listing:
    """What somebody of the staff sees and does; who may is decided in `Actions`, at that moment."""

    visit: Visit
    staff: Staff

    # --- looking ---

    def newest(self) -> Turn:
        """The newest that this person may see, a line each."""
        found = self.visit.actions.listed(self.visit.transaction, self.staff.number, LISTED)
        new = self.visit.button(mark("New announcement"), "new")
        if not found:
            return self.visit.told(mark("There are no announcements yet."), new)
        text = "\n".join(map(self._line, found))
        buttons = (self.visit.button(mark("Number {number}"), f"show:{one.id}", number=one.id) for one in found)
        return self.visit.turn(Reply(text, (*buttons, new)))

    def _line(self, announcement: Announcement) -> str:
        visit = self.visit
        text = " ".join(announcement.plan.texts["vi"].split())
        parts = [str(announcement.id), state_word(announcement, visit.words, visit.now), f"“{shortened(text, BEGINNING)}”"]
        done, total = visit.transaction.progress(announcement.id)
        if total:
            parts.append("/".join(visit.words.number(Decimal(count)) for count in (done, total)))
        return " · ".join([*parts, said_time(announcement.due, visit.words)])

    def show(self, number: int, note: str = "") -> Turn:
        """One in detail, with what can be done. Somebody who may approve it sees it as residents would."""
        try:
            found = self.visit.actions.see(self.visit.transaction, self.staff.number, number)
        except Refusal as error:
            return self.visit.turn(Reply(self.visit.why(error)))
        text = "\n\n".join(filter(None, (note, *self._details(found))))
        if not self._may("approve", found):
            return self.visit.turn(Reply(text, (*self._buttons(found), self._refresh(found))))
        telling, channel = self.visit.actions.telling, self.visit.address.channel
        shown = (rendered(found.plan, telling.words(lang), channel) for lang in found.plan.texts)
        count = sum(self.visit.transaction.recipients(found.plan.audience).values())
        request = telling.request(found, count, self.visit.transaction.staff_number(found.author), self.visit.words)
        return self.visit.turn(Reply(text), *shown, Reply(request.text, (*request.buttons, *self._buttons(found))))

    def _details(self, found: Announcement) -> tuple[str, str, str]:
        """Which one it is, what it says, and how it stands."""
        visit, plan = self.visit, found.plan
        title = visit.say("Announcement {number}, code {code}", number=found.id, code=plan.code)
        text = plan.texts["vi"]
        lines = [visit.say("Written by {who}", who=visit.person(found.author))]
        if found.approver is not None:
            lines.append(visit.say("Approved by {who}", who=visit.person(found.approver)))
        lines.append(visit.say("To: {audience}", audience=visit.audience(plan.audience)))
        report = visit.transaction.report(found.id)
        lines += [*self._times(found), *report_lines(found, report, visit.words, visit.now)]
        return title, shortened(text, EXCERPT), "\n".join(lines)

    def _times(self, found: Announcement) -> list[str]:
        visit = self.visit
        due = said_time(found.due, visit.words)
        if found.plan.rule is None or found.parent is not None:
            until = visit.say("True until {time}.", time=said_time(found.expires, visit.words))
            return [visit.say("When: {when}", when=due), *self._night(found), until]
        lines = [visit.say("When: {when}", when=said_when(Repeat(found.plan.rule), visit.words))]
        if found.state in OPEN_STATES:
            lines.append(visit.say("Next time: {time}", time=due))
        return lines

    def _night(self, found: Announcement) -> list[str]:
        """Whether it is not going out only because it is night."""
        rules, now = self.visit.actions.rules, self.visit.now
        if found.state != "sending" or found.plan.urgent or found.due > now or not rules.is_quiet(now):
            return []
        end = said_time(end_of_quiet(now, rules.quiet), self.visit.words)
        return [self.visit.say("At night it waits, until {time}.", time=end)]

    def _buttons(self, found: Announcement) -> list[Button]:
        able = [(action, label) for action, label in BUTTONS if self._may(action, found)]
        return [*self._occurrences(found), *(self.visit.button(label, f"{action}:{found.id}") for action, label in able)]

    def _occurrences(self, found: Announcement) -> list[Button]:
        """The last times of a repeated one: each is an announcement of its own."""
        if found.plan.rule is None or found.parent is not None:
            return []
        newest = self.visit.actions.listed(self.visit.transaction, self.staff.number, LOOKED_THROUGH)
        times = [one for one in newest if one.parent == found.id][:TIMES_SHOWN]
        return [self.visit.button(mark("Number {number}"), f"show:{one.id}", number=one.id) for one in times]

    def _refresh(self, found: Announcement) -> Button:
        return self.visit.button(mark("Look again"), f"show:{found.id}")

    def _may(self, action: Action, found: Announcement) -> bool:
        if found.state not in POSSIBLE[action]:
            return False
        try:
            allow(self.staff, action, found.plan.audience, found.author)
        except Refusal:
            return False
        return True

    # --- doing ---

    def pause(self, number: int) -> Turn:
        return self._done(self.visit.actions.pause, number, PAUSED)

    def resume(self, number: int) -> Turn:
        return self._done(self.visit.actions.resume, number, RESUMED)

    def cancel(self, number: int) -> Turn:
        return self._done(self.visit.actions.cancel, number, CANCELLED)

    def ask_cancel(self, number: int) -> Turn:
        """Once more, because it is for good."""
        try:
            found = self.visit.actions.see(self.visit.transaction, self.staff.number, number)
        except Refusal as error:
            return self.visit.turn(Reply(self.visit.why(error)))
        if not self._may("cancel", found):
            over = FORBIDDEN_STATE["cancel"]
            return self.show(number, self.visit.say(over))
        return self.visit.told(
            mark(
                "Really cancel announcement {number}? Whoever has it keeps it; nobody else gets it, and it cannot go on later."
            ),
            self.visit.button(mark("Yes, cancel it"), f"cancel-yes:{number}"),
            self.visit.button(mark("No, leave it"), f"show:{number}"),
            number=number,
        )

    def approve(self, number: int, fingerprint: str) -> Turn:
        """Agree, as the second person, to exactly what was shown."""
        approve = self.visit.actions.approve
        return self._done(lambda all_, actor, one, now: approve(all_, actor, one, fingerprint, now), number, APPROVED)

    def turn_down(self, number: int, fingerprint: str) -> Turn:
        turn_down = self.visit.actions.turn_down
        return self._done(lambda all_, actor, one, now: turn_down(all_, actor, one, fingerprint, now), number, TURNED_DOWN)

    def _done(self, act: Act, number: int, message: str) -> Turn:
        """Do it, and say how it stands then."""
        try:
            act(self.visit.transaction, self.staff.number, number, self.visit.now)
        except Refusal as error:
            return self.visit.turn(Reply(self.visit.why(error)))
        return self.show(number, self.visit.say(message, number=number))
