"""How important an announcement is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.announcements.draft import Kind
from bot.desk.chat_draft import ChatDraft
from bot.desk.staff_context import InvalidInput, StaffContext
from bot.desk.step import KIND, Prompt, is_one_of
from bot.i18n import mark

KINDS: Mapping[Kind, tuple[str, str]] = {  # what is tapped, and what it means
    "ordinary": (mark("Ordinary"), mark("Ordinary: at night it waits; after a disturbance a few may not get it.")),
    "must": (
        mark("Must reach everybody"),
        mark("Must reach everybody: at night it waits, and after a disturbance some may get it twice."),
    ),
    "urgent": (mark("Urgent"), mark("Urgent: at night, too, and it must reach everybody. For danger only.")),
}


@dataclass(frozen=True, slots=True)
class KindStep:
    """`DraftStep`."""

    context: StaffContext
    name: str = KIND
    group: str = KIND

    def filled(self, draft: ChatDraft) -> bool:
        return draft.kind is not None

    def known(self, draft: ChatDraft) -> str:
        return ""

    def question(self, draft: ChatDraft) -> Prompt:
        meanings = [f"• {self.context.say(meaning)}" for _, meaning in KINDS.values()]
        buttons = tuple(self.context.button(label, f"{KIND}:{kind}") for kind, (label, _) in KINDS.items())
        return Prompt("\n".join([self.context.say("How important is it?"), *meanings]), buttons)

    def typed(self, draft: ChatDraft, text: str) -> ChatDraft:
        for kind, (label, _) in KINDS.items():
            if is_one_of(text, (label, self.context.say(label))):
                return replace(draft, kind=kind)
        raise InvalidInput(mark("Please choose one of the three."))

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        kind = next((kind for kind in KINDS if kind == value), None)
        return replace(draft, kind=kind) if kind else None
