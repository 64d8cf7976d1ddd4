"""When an announcement goes out, and until when it is true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.announcements.lasting import SHORTEST_LASTING
from bot.announcements.moment import read_when
from bot.announcements.planning import format_start, start_of
from bot.announcements.times import Once, example_date, on_day
from bot.announcements.timing import begins, format_end, lasting_as_typed, lasting_for, lasting_until, starting
from bot.desk.chat_draft import ChatDraft
from bot.desk.staff_context import StaffContext
from bot.desk.step import LASTS, WHEN, Prompt
from bot.i18n import mark
from bot.zone import ZONE

MORNING = time(7, 30)
LAST_MINUTE = time(23, 59)
LENGTHS = {"3d": timedelta(days=3), "1w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class TimeStep:
    """`DraftStep`: when it goes out, once or again and again."""

    context: StaffContext
    name: str = WHEN
    group: str = "time"

    def filled(self, draft: ChatDraft) -> bool:
        return draft.timed

    def known(self, draft: ChatDraft) -> str:
        return self.context.say("It goes out {when}.", when=format_start(draft, self.context.words, self.context.now))

    def question(self, draft: ChatDraft) -> Prompt:
        text = self.context.say(
            "When is it to go out? For example: tomorrow 7:30; {date} 15:00; every Monday 7:30; the 15th of every month 8:00.",
            date=example_date(self.context.now, 1),
        )
        now, morning = (
            self.context.button(mark("Now"), f"{WHEN}:now"),
            self.context.button(mark("Tomorrow 7:30"), f"{WHEN}:tomorrow"),
        )
        return Prompt(text, (now, morning))

    def typed(self, draft: ChatDraft, text: str) -> ChatDraft:
        return starting(draft, read_when(text, self.context.now))

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        if value == "now":
            return starting(draft, Once(None))
        tomorrow = self.context.now.astimezone(ZONE).date() + timedelta(days=1)
        return starting(draft, Once(on_day(tomorrow, MORNING))) if value == "tomorrow" else None


@dataclass(frozen=True, slots=True)
class LastingStep:
    """`DraftStep`: how long it stays true, counted from when it is due, or until when."""

    context: StaffContext
    name: str = LASTS
    group: str = "time"

    def filled(self, draft: ChatDraft) -> bool:
        return draft.lasts is not None

    def known(self, draft: ChatDraft) -> str:
        assert draft.lasts is not None  # noqa: S101 - asked before
        end = start_of(draft, self.context.now, self.context.actions) + draft.lasts
        return format_end(end, self.context.words, repeated=draft.rule is not None)

    def question(self, draft: ChatDraft) -> Prompt:
        text = self.context.say(
            "How long does it stay true? After that nobody gets it any more. For example: 5 hours; until {date} 17:00.",
            date=example_date(self._start(draft), 2),
        )
        lengths = (self.context.button(mark("3 days"), f"{LASTS}:3d"), self.context.button(mark("1 week"), f"{LASTS}:1w"))
        day = self.context.button(mark("Until the end of that day"), f"{LASTS}:day")
        return Prompt(text, (day, *lengths) if self._end_of_day(draft) else lengths)

    def typed(self, draft: ChatDraft, text: str) -> ChatDraft:
        return lasting_as_typed(draft, text, self.context.now, self.context.actions)

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        if value in LENGTHS:
            return lasting_for(draft, LENGTHS[value])
        end = self._end_of_day(draft)
        return lasting_until(draft, end, self.context.now, self.context.actions) if value == "day" and end is not None else None

    def _start(self, draft: ChatDraft) -> datetime:
        return begins(draft, self.context.now, self.context.actions)

    def _end_of_day(self, draft: ChatDraft) -> datetime | None:
        """Of the day it goes out; None where that is too soon."""
        start = self._start(draft).astimezone(ZONE)
        end = on_day(start.date(), LAST_MINUTE)
        return end if end - start >= SHORTEST_LASTING else None
