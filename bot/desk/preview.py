"""What stands under an announcement before it is sent: to whom, when, how long, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.announcements.actions import ALONE, NOBODY, Preview
from bot.announcements.authority import approvers
from bot.announcements.display_names import DisplayNames
from bot.announcements.report import held_lines
from bot.announcements.times import said_duration, said_time
from bot.desk.draft import Draft
from bot.desk.kind_step import KINDS
from bot.desk.planning import said_start, start_of
from bot.desk.staff_context import StaffContext
from bot.desk.step import KIND, PLACES, TEXT, WHEN
from bot.desk.time_steps import said_end
from bot.i18n import Words, mark
from bot.model import Button, Staff


@dataclass(frozen=True)
class PreviewSummary:
    """A complete draft, and what would happen if it were confirmed now."""

    context: StaffContext
    staff: Staff
    draft: Draft
    preview: Preview

    def text(self) -> str:
        """Everything to be known before confirming, a line each; below what people will see."""
        context, preview = self.context, self.preview
        assert self.draft.kind is not None  # noqa: S101 - the draft is complete
        lines = [
            context.say("Above is what people will get."),
            context.say("To: {audience}", audience=context.audience(preview.plan.audience)),
            context.say("People: {count}", count=people(preview.recipients, context.names, context.words)),
            *held_lines(preview.held, context.names, context.words),
            *self._times(),
            context.say("Kind: {kind}", kind=context.say(KINDS[self.draft.kind][0])),
            *self._languages(),
            *(f"⚠ {warning}" for warning in self._warnings()),
        ]
        return "\n".join(lines)

    def buttons(self) -> tuple[Button, ...]:
        """What can be done now. It cannot be sent where that is certain to be refused."""
        button, bound = self.context.button, self.preview.plan.fingerprint()
        send = (
            button(mark("Ask for approval"), f"send:{bound}") if self.preview.second else button(mark("Send"), f"send:{bound}")
        )
        return (
            *(() if self._nobody or self._alone else (send,)),
            button(mark("Send a test to me"), f"test:{bound}"),
            button(mark("Change text"), f"step:{TEXT}"),
            button(mark("Change audience"), f"step:{PLACES}"),
            button(mark("Change time"), f"step:{WHEN}"),
            button(mark("Back"), f"step:{KIND}"),
            button(mark("Cancel"), "drop"),
        )

    def _times(self) -> Iterator[str]:
        context, preview = self.context, self.preview
        yield context.say("When: {when}", when=said_start(self.draft, context.words, context.now))
        begins = said_time(preview.starts, context.words)
        due = max(start_of(context, self.draft), context.now)
        if preview.starts > due:
            yield context.say("That is at night, so it begins {time}.", time=begins)
        elif self.draft.rule is not None:
            yield context.say("The first time: {time}", time=begins)
        yield context.say("Sending takes {duration}.", duration=said_duration(preview.seconds, context.words))
        yield said_end(context, self.draft)

    def _languages(self) -> Iterator[str]:
        for lang in self.context.engine.knowledge.words:
            if lang not in self.preview.plan.texts:
                yield self.context.say(
                    "{language}: those who chose it get the Vietnamese text.", language=self.context.language(lang)
                )

    def _warnings(self) -> Iterator[str]:
        context, preview = self.context, self.preview
        limit = context.actions.rules.approval_above
        if preview.total == 0:
            yield context.say(NOBODY) if self._nobody else context.say("Nobody there has asked for announcements yet.")
        if preview.ends_before:
            yield context.say("It stops being true before everybody can have it. Choose a longer time, or an earlier start.")
        if self._alone:
            yield context.say(ALONE, count=preview.total, limit=limit)
        elif preview.second:
            yield context.say("It goes to more than {limit} people, so a second person has to approve it.", limit=limit)

    @property
    def _nobody(self) -> bool:
        return self.preview.total == 0 and self.preview.plan.rule is None

    @property
    def _alone(self) -> bool:
        """Whether nobody is there who could be the second person."""
        audience = self.preview.plan.audience
        return self.preview.second and not approvers(self.context.transaction, audience, self.staff.number)


def people(recipients: Mapping[str, int], names: DisplayNames, words: Words) -> str:
    """How many, and on which apps where there are several: "1.250 (Telegram 1.000, Zalo 250)"."""
    total = words.number(Decimal(sum(recipients.values())))
    if len(recipients) < 2:
        return total
    parts = (f"{names.app(name, words)} {words.number(Decimal(count))}" for name, count in sorted(recipients.items()))
    return f"{total} ({', '.join(parts)})"
