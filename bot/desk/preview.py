"""What stands under an announcement before it is sent, and what can be done with it then."""

from __future__ import annotations

from dataclasses import dataclass

from bot.announcements.preview import Preview
from bot.announcements.summary import Summary
from bot.desk.staff_context import StaffContext
from bot.desk.step import KIND, PLACES, TEXT, WHEN
from bot.i18n import mark
from bot.model import Button


@dataclass(frozen=True)
class PreviewSummary:
    """What would happen if what is being written were confirmed now, as it is said in a chat."""

    context: StaffContext
    preview: Preview

    def text(self) -> str:
        """Everything to be known before confirming, a line each; below what people will see."""
        context = self.context
        told = Summary(self.preview, context.actions, context.words, context.now)
        above = context.say("Above is what people will get.")
        return "\n".join([above, *told.lines(), *(f"⚠ {warning}" for warning in told.warnings())])

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
