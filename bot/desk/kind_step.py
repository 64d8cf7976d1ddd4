"""How important an announcement is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.announcements.draft import KINDS
from bot.desk.chat_draft import ChatDraft
from bot.desk.staff_context import InvalidInput, StaffContext
from bot.desk.step import KIND, Prompt, is_one_of
from bot.i18n import mark


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
