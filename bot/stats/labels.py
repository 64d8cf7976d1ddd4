"""What the figures are of, as people call it: communes, topics, answers, apps, languages, weeks, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_date, format_timedelta
from babel.numbers import format_percent

from bot.announcements.display_names import DisplayNames
from bot.i18n import Words, language_name, mark
from bot.knowledge.known import Knowledge
from bot.model.well_known import SYSTEM

NO_TOPIC = mark("(topic not known)")
ABOUT_ITSELF = mark("Loa Bản itself, greetings, whom to turn to")
CLOSED_BY = {
    "": mark("an officer closed it"),
    "idle": mark("nobody wrote any more"),
    "resident": mark("the resident ended it"),
    "left": mark("the resident blocked Loa Bản"),
    "forgotten": mark("the resident had everything deleted"),
    "unreachable": mark("the resident could not be reached"),
}


@dataclass(frozen=True)
class Labels:
    """`questions`: intent → language → the question that it answers, as it stands in the content of today."""

    words: Words
    names: DisplayNames
    questions: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, words: Words, names: DisplayNames, knowledge: Knowledge) -> Labels:
        return cls(words, names, {intent.id: intent.question for intent in knowledge.intents.values()})

    def intent(self, intent: str) -> str:
        """The question; the id of an intent that the content does not know any more."""
        asked = self.questions.get(intent, {})
        return asked.get(self.words.lang) or asked.get("vi") or intent

    def topic(self, topic: str) -> str:
        if topic in ("", SYSTEM):
            return self.words.say(ABOUT_ITSELF if topic else NO_TOPIC)
        return self.names.topic(topic, self.words)

    def place(self, code: str) -> str:
        return self.names.place(code, self.words)

    def channel(self, channel: str) -> str:
        return self.names.app(channel, self.words)

    def lang(self, lang: str) -> str:
        return language_name(lang)

    def closed_by(self, reason: str) -> str:
        return self.words.say(CLOSED_BY[reason]) if reason in CLOSED_BY else reason

    def number(self, n: int) -> str:
        return self.words.number(Decimal(n))

    def share(self, part: float, whole: float = 1) -> str:
        """ "62%"; "" of nothing."""
        return str(format_percent(part / whole, locale=self.words.lang)) if whole else ""

    def day(self, day: date) -> str:
        return str(format_date(day, "d/M/y" if self.words.lang == "vi" else "d MMM y", locale=self.words.lang))

    def week(self, monday: date) -> str:
        """ "16/11/2026 · 47": its Monday, and the number of the ISO week."""
        return f"{self.day(monday)} · {monday.isocalendar().week}"

    def date_range(self, since: date | None, until: date | None) -> str:
        """From when to when; "" where neither is known."""
        if since and until:
            return self.words.say("{start} to {end}", start=self.day(since), end=self.day(until))
        return self.day(day) if (day := since or until) else ""

    def duration(self, length: timedelta) -> str:
        return str(format_timedelta(length, granularity="minute", threshold=2, locale=self.words.lang))


def iso_week(monday: date) -> str:
    """ "2026-W47"."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"
