"""Announcements that are on their way, or were: the list, one in detail, and what can still be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.announcements.actions import FORBIDDEN_STATE, may_send_again
from bot.announcements.notifier import AGAIN
from bot.announcements.rendering import render
from bot.announcements.report import report_lines, state_word, time_lines
from bot.announcements.times import format_moment
from bot.desk.abilities import abilities
from bot.desk.staff_context import StaffContext
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import COMMAND_LINE, Action, Announcement, Button, Reply, Turn
from bot.model.well_known import CHOICE_PREFIX
from bot.ports import Transaction
from bot.text.splitting import shortened

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
ASK_WHY = mark("Why? Write it in a sentence, for whoever wrote it; or skip it.")
EXPLAINED = mark("Whoever wrote announcement {number} is told why.")
UNEXPLAINED = mark("All right, without a reason. See announcement {number}: /announcements {number}")
WHY_ASKED = f"{CHOICE_PREFIX}unexplained:"  # how the choice under that question begins
LONGEST_REASON = 500
BUTTONS: tuple[tuple[Action, str], ...] = (
    ("pause", mark("Pause")),
    ("resume", mark("Go on sending")),
    ("cancel", mark("Cancel this announcement")),
)

Act = Callable[[Transaction, int, int, datetime], object]


@dataclass(frozen=True)
class AnnouncementList:
    """What somebody of the staff sees and does; who may is decided in `AnnouncementActions`, at that moment."""

    context: StaffContext

    # --- looking ---

    def newest(self) -> Turn:
        """The newest that this person may see, a line each."""
        found = self.context.actions.newest(self.context.transaction, self.context.staff.number, LISTED)
        new = self.context.button(mark("New announcement"), "new")
        if not found:
            none = self.context.say("There are no announcements yet.")
            return self.context.turn(Reply("\n".join([none, *abilities(self.context, self.context.staff)]), (new,)))
        text = "\n".join(map(self._line, found))
        buttons = (self.context.button(mark("Number {number}"), f"show:{one.id}", number=one.id) for one in found)
        return self.context.turn(Reply(text, (*buttons, new)))

    def _line(self, announcement: Announcement) -> str:
        context = self.context
        text = " ".join(announcement.plan.texts["vi"].split())
        parts = [str(announcement.id), state_word(announcement, context.words, context.now), f"“{shortened(text, BEGINNING)}”"]
        arrived, total = context.transaction.progress(announcement.id)
        if total:
            parts.append("/".join(context.words.number(Decimal(count)) for count in (arrived, total)))
        parts.append(format_moment(announcement.due, context.words))
        if announcement.author not in (context.staff.number, COMMAND_LINE):
            parts.append(context.say("written by no. {number}", number=announcement.author))
        return " · ".join(parts)

    def show(self, number: int, note: str = "") -> Turn:
        """One in detail, with what can be done. Somebody who may approve it sees it as residents would."""
        try:
            found = self.context.actions.find(self.context.transaction, self.context.staff.number, number)
        except Refusal as refusal:
            return self.context.refuse(refusal)
        text = "\n\n".join(filter(None, (note, *self._details(found))))
        if not self._may("approve", found):
            return self.context.turn(Reply(text, (*self._buttons(found), self._refresh(found))))
        return self.context.turn(Reply(text), *self._request(found))

    def _request(self, found: Announcement) -> Iterator[Reply]:
        """As residents would see it, and the question to a second person."""
        context, notifier = self.context, self.context.actions.notifier
        for lang in found.plan.texts:
            yield render(found.plan, notifier.words(lang), context.address.channel)
        count = sum(context.transaction.recipients(found.plan.audience).values())
        author = context.transaction.staff_number(found.author)
        request = notifier.approval_request(found, count, author, context.words)
        yield Reply(request.text, (*request.buttons, *self._buttons(found)))

    def _details(self, found: Announcement) -> tuple[str, str, str]:
        """Which one it is, what it says, and how it stands."""
        context, plan = self.context, found.plan
        title = context.say("Announcement {number}, code {code}", number=found.id, code=plan.code)
        text = plan.texts["vi"]
        lines = [context.say("Written by {who}", who=context.person(found.author))]
        if found.approver is not None:
            lines.append(context.say("Approved by {who}", who=context.person(found.approver)))
        lines += self._turned_down(found)
        lines.append(context.say("To: {audience}", audience=context.audience(plan.audience)))
        report = context.transaction.report(found.id)
        lines += time_lines(found, context.actions.rules, context.words, context.now)
        lines += report_lines(found, report, context.names, context.words, context.now)
        return title, shortened(text, EXCERPT), "\n".join(lines)

    def _turned_down(self, found: Announcement) -> list[str]:
        """By whom, and why."""
        context, actions = self.context, self.context.actions
        by = actions.turned_down_by(context.transaction, found)
        if by is None:
            return []
        why = actions.reason_given(context.transaction, found)
        lines = [context.say("Turned down by {who}", who=context.person(by.actor))]
        return [*lines, context.say("Why: {why}", why=f"“{why}”")] if why else lines

    def _buttons(self, found: Announcement) -> list[Button]:
        able = [(action, label) for action, label in BUTTONS if self._may(action, found)]
        again = [self.context.button(AGAIN, f"again:{found.id}")] if may_send_again(found, self.context.staff.number) else []
        return [
            *again,
            *self._occurrences(found),
            *(self.context.button(label, f"{action}:{found.id}") for action, label in able),
        ]

    def _occurrences(self, found: Announcement) -> list[Button]:
        """The last times of a repeated one: each is an announcement of its own."""
        if found.plan.rule is None or found.parent is not None:
            return []
        newest = self.context.actions.newest(self.context.transaction, self.context.staff.number, LOOKED_THROUGH)
        times = [one for one in newest if one.parent == found.id][:TIMES_SHOWN]
        return [self.context.button(mark("Number {number}"), f"show:{one.id}", number=one.id) for one in times]

    def _refresh(self, found: Announcement) -> Button:
        return self.context.button(mark("Look again"), f"show:{found.id}")

    def _may(self, action: Action, found: Announcement) -> bool:
        return self.context.actions.may(self.context.staff, action, found)

    # --- doing ---

    def pause(self, number: int) -> Turn:
        return self._done(self.context.actions.pause, number, PAUSED)

    def resume(self, number: int) -> Turn:
        return self._done(self.context.actions.resume, number, RESUMED)

    def cancel(self, number: int) -> Turn:
        return self._done(self.context.actions.cancel, number, CANCELLED)

    def ask_cancel(self, number: int) -> Turn:
        """Once more, because it is for good."""
        try:
            found = self.context.actions.find(self.context.transaction, self.context.staff.number, number)
        except Refusal as refusal:
            return self.context.refuse(refusal)
        if not self._may("cancel", found):
            over = FORBIDDEN_STATE["cancel"]
            return self.show(number, self.context.say(over))
        return self.context.reply(
            mark(
                "Really cancel announcement {number}? Whoever has it keeps it; nobody else gets it, and it cannot go on later."
            ),
            self.context.button(mark("Yes, cancel it"), f"cancel-yes:{number}"),
            self.context.button(mark("No, leave it"), f"show:{number}"),
            number=number,
        )

    def approve(self, number: int, fingerprint: str) -> Turn:
        """Agree, as the second person, to exactly what was shown."""
        approve = self.context.actions.approve
        return self._done(lambda all_, actor, one, now: approve(all_, actor, one, fingerprint, now), number, APPROVED)

    def turn_down(self, number: int, fingerprint: str) -> Turn:
        """Nothing is sent, at once; then it is asked why."""
        context = self.context
        try:
            context.actions.turn_down(context.transaction, context.staff.number, number, fingerprint, context.now)
        except Refusal as refusal:
            return context.refuse(refusal)
        text = f"{context.say(TURNED_DOWN, number=number)}\n{context.say(ASK_WHY)}"
        return context.turn(Reply(text, (context.button(mark("Skip"), f"unexplained:{number}"),)))

    def explain(self, number: int, why: str) -> Turn:
        """Why it was turned down, as it was written."""
        context = self.context
        try:
            reason = shortened(" ".join(why.split()), LONGEST_REASON)
            context.actions.explain(context.transaction, context.staff.number, number, reason, context.now)
        except Refusal as refusal:
            return context.refuse(refusal)
        return context.reply(EXPLAINED, number=number)

    def leave_unexplained(self, number: int) -> Turn:
        return self.context.reply(UNEXPLAINED, number=number)

    def _done(self, act: Act, number: int, message: str) -> Turn:
        """Do it, and say how it stands then."""
        try:
            act(self.context.transaction, self.context.staff.number, number, self.context.now)
        except Refusal as refusal:
            return self.context.refuse(refusal)
        return self.show(number, self.context.say(message, number=number))
