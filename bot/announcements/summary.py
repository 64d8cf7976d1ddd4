"""What would happen if an announcement were confirmed now, in words: to whom, when, how long, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from babel import Locale

from bot.announcements.actions import ALONE, NOBODY, AnnouncementActions
from bot.announcements.display_names import DisplayNames
from bot.announcements.draft import KINDS, kind_of
from bot.announcements.planning import format_start
from bot.announcements.preview import Obstacle, Preview
from bot.announcements.report import held_lines
from bot.announcements.times import format_duration, format_moment
from bot.announcements.timing import format_end
from bot.i18n import Words, language_name, mark

WARNINGS: Mapping[Obstacle, str] = {
    "nobody": NOBODY,
    "nobody yet": mark("Nobody there has asked for announcements yet."),
    "ends before": mark("It stops being true before everybody can have it. Choose a longer time, or an earlier start."),
    "alone": ALONE,
    "second": mark("It goes to more than {limit} people, so a second person has to approve it."),
}


@dataclass(frozen=True)
class Summary:
    """A preview as it is told to who wrote it, in a chat or on a page."""

    preview: Preview
    actions: AnnouncementActions
    words: Words
    now: datetime

    def lines(self) -> Iterator[str]:
        """Everything to be known before confirming, but what speaks against it."""
        say, plan, names = self.words.say, self.preview.plan, self.actions.names
        yield say("To: {audience}", audience=names.audience(plan.audience, self.words))
        yield say("People: {count}", count=format_recipients(self.preview.recipients, names, self.words))
        yield from held_lines(self.preview.held, names, self.words)
        yield from self._times()
        yield say("Kind: {kind}", kind=say(KINDS[kind_of(plan)][0]))
        yield from self._languages()

    def warnings(self) -> Sequence[str]:
        values = {"count": self.preview.total, "limit": self.actions.rules.approval_above}
        return [self.words.say(WARNINGS[obstacle], **values) for obstacle in self.preview.obstacles()]

    def _times(self) -> Iterator[str]:
        say, preview = self.words.say, self.preview
        repeated = preview.plan.rule is not None
        yield say("When: {when}", when=format_start(preview.plan, self.words, self.now))
        starts = format_moment(preview.starts, self.words)
        if preview.night:
            yield say("That is at night, so it begins {time}.", time=starts)
        elif repeated:
            yield say("The first time: {time}", time=starts)
        yield say("Sending takes {duration}.", duration=format_duration(preview.seconds, self.words))
        yield format_end(preview.until, self.words, repeated=repeated)

    def _languages(self) -> Iterator[str]:
        for lang in self.actions.catalogues:
            if lang not in self.preview.plan.texts:
                message = mark("{language}: those who chose it get the Vietnamese text.")
                yield self.words.say(message, language=format_language(lang, self.words))


def format_recipients(recipients: Mapping[str, int], names: DisplayNames, words: Words) -> str:
    """How many, and on which apps where there are several: "1.250 (Telegram 1.000, Zalo 250)"."""
    total = words.number(Decimal(sum(recipients.values())))
    if len(recipients) < 2:
        return total
    parts = (f"{names.app(name, words)} {words.number(Decimal(count))}" for name, count in sorted(recipients.items()))
    return f"{total} ({', '.join(parts)})"


def format_language(lang: str, words: Words) -> str:
    """A language as it begins a sentence: "Tiếng Anh", "Vietnamese"."""
    name = Locale.parse(lang).get_display_name(words.lang) or language_name(lang)
    return name[0].upper() + name[1:]
