"""When an announcement goes out, and until when it is true."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.announcements.lasting import SHORTEST_LASTING, read_lasting
from bot.announcements.moment import read_when
from bot.announcements.planning import format_start, start_of
from bot.announcements.times import Once, Repeat, example_date, format_moment, on_day
from bot.desk.chat_draft import ChatDraft
from bot.desk.staff_context import StaffContext
from bot.desk.step import LASTS, WHEN, Prompt
from bot.i18n import Words, mark
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
        return _at(draft, read_when(text, self.context.now))

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        if value == "now":
            return _at(draft, Once(None))
        tomorrow = self.context.now.astimezone(ZONE).date() + timedelta(days=1)
        return _at(draft, Once(on_day(tomorrow, MORNING))) if value == "tomorrow" else None


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
        # "Today" is the day on which it is written; of a repeated one, the day on which it goes out.
        lasts = read_lasting(text, self._start(draft), None if draft.rule is not None else self.context.now)
        if isinstance(lasts, datetime):
            return self._until(draft, lasts)
        return self._for(draft, lasts)

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        if value in LENGTHS:
            return self._for(draft, LENGTHS[value])
        end = self._end_of_day(draft)
        return self._until(draft, end) if value == "day" and end is not None else None

    def _start(self, draft: ChatDraft) -> datetime:
        return self.context.now if draft.at_once else start_of(draft, self.context.now, self.context.actions)

    def _for(self, draft: ChatDraft, lasts: timedelta) -> ChatDraft:
        return replace(draft, lasts=lasts, due=None if draft.at_once else draft.due)

    def _until(self, draft: ChatDraft, end: datetime) -> ChatDraft:
        """A fixed end does not move when it is confirmed or approved later, so the beginning must not move either."""
        start = self._start(draft)
        return replace(draft, lasts=end - start, due=start if draft.at_once else draft.due)

    def _end_of_day(self, draft: ChatDraft) -> datetime | None:
        """Of the day it goes out; None where that is too soon."""
        start = self._start(draft).astimezone(ZONE)
        end = on_day(start.date(), LAST_MINUTE)
        return end if end - start >= SHORTEST_LASTING else None


def format_end(end: datetime, words: Words, *, repeated: bool) -> str:
    """Until when it is true; of a repeated one, until when the first one is."""
    time = format_moment(end, words)
    return (
        words.say("The first one is true until {time}.", time=time) if repeated else words.say("True until {time}.", time=time)
    )


def _at(draft: ChatDraft, when: Once | Repeat) -> ChatDraft:
    """How long it stays true is asked again: it was counted from another beginning."""
    if isinstance(when, Repeat):
        return replace(draft, at_once=False, due=None, rule=when.rule, lasts=None)
    return replace(draft, at_once=when.at is None, due=when.at, rule=None, lasts=None)
