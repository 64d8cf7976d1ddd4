"""What stands under an announcement before it is sent: to whom, when, how long, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.announcements.actions import ALONE, NOBODY
from bot.announcements.display_names import DisplayNames
from bot.announcements.draft import kind_of
from bot.announcements.planning import format_start
from bot.announcements.preview import Obstacle, Preview
from bot.announcements.report import held_lines
from bot.announcements.times import format_duration, format_moment
from bot.desk.kind_step import KINDS
from bot.desk.staff_context import StaffContext
from bot.desk.step import KIND, PLACES, TEXT, WHEN
from bot.desk.time_steps import format_end
from bot.i18n import Words, mark
from bot.model import Button

WARNINGS: Mapping[Obstacle, str] = {
    "nobody": NOBODY,
    "nobody yet": mark("Nobody there has asked for announcements yet."),
    "ends before": mark("It stops being true before everybody can have it. Choose a longer time, or an earlier start."),
    "alone": ALONE,
    "second": mark("It goes to more than {limit} people, so a second person has to approve it."),
}


@dataclass(frozen=True)
class PreviewSummary:
    """What would happen if what is being written were confirmed now, as it is said in a chat."""

    context: StaffContext
    preview: Preview

    def text(self) -> str:
        """Everything to be known before confirming, a line each; below what people will see."""
        context, plan = self.context, self.preview.plan
        lines = [
            context.say("Above is what people will get."),
            context.say("To: {audience}", audience=context.audience(plan.audience)),
            context.say("People: {count}", count=format_recipients(self.preview.recipients, context.names, context.words)),
            *held_lines(self.preview.held, context.names, context.words),
            *self._times(),
            context.say("Kind: {kind}", kind=context.say(KINDS[kind_of(plan)][0])),
            *self._languages(),
            *(f"⚠ {warning}" for warning in self._warnings()),
        ]
        return "\n".join(lines)

    def buttons(self) -> tuple[Button, ...]:
        """What can be done now. It cannot be sent where that is certain to be refused."""
        button, bound = self.context.button, self.preview.plan.fingerprint()
        send = button(mark("Ask for approval") if self.preview.second else mark("Send"), f"send:{bound}")
        return (
            *(() if self.preview.is_refused else (send,)),
            button(mark("Send a test to me"), f"test:{bound}"),
            button(mark("Change text"), f"step:{TEXT}"),
            button(mark("Change audience"), f"step:{PLACES}"),
            button(mark("Change time"), f"step:{WHEN}"),
            button(mark("Back"), f"step:{KIND}"),
            button(mark("Cancel"), "drop"),
        )

    def _times(self) -> Iterator[str]:
        context, preview = self.context, self.preview
        repeated = preview.plan.rule is not None
        yield context.say("When: {when}", when=format_start(preview.plan, context.words, context.now))
        starts = format_moment(preview.starts, context.words)
        if preview.night:
            yield context.say("That is at night, so it begins {time}.", time=starts)
        elif repeated:
            yield context.say("The first time: {time}", time=starts)
        yield context.say("Sending takes {duration}.", duration=format_duration(preview.seconds, context.words))
        yield format_end(preview.until, context.words, repeated=repeated)

    def _languages(self) -> Iterator[str]:
        for lang in self.context.engine.knowledge.words:
            if lang not in self.preview.plan.texts:
                yield self.context.say(
                    "{language}: those who chose it get the Vietnamese text.", language=self.context.language(lang)
                )

    def _warnings(self) -> Iterator[str]:
        values = {"count": self.preview.total, "limit": self.context.actions.rules.approval_above}
        return (self.context.say(WARNINGS[obstacle], **values) for obstacle in self.preview.obstacles())


def format_recipients(recipients: Mapping[str, int], names: DisplayNames, words: Words) -> str:
    """How many, and on which apps where there are several: "1.250 (Telegram 1.000, Zalo 250)"."""
    total = words.number(Decimal(sum(recipients.values())))
    if len(recipients) < 2:
        return total
    parts = (f"{names.app(name, words)} {words.number(Decimal(count))}" for name, count in sorted(recipients.items()))
    return f"{total} ({', '.join(parts)})"
