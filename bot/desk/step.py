"""What a step of an announcement is: something to be asked, understood and said again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.desk.chat_draft import ChatDraft
from bot.model import Button
from bot.text.folding import fold

TEXT, PLACES, TOPICS, WHEN, LASTS, KIND = "text", "places", "topics", "when", "lasts", "kind"
PREVIEW = "preview"  # where the steps lead


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a step asks, and the answers that can be tapped."""

    text: str
    buttons: tuple[Button, ...] = ()


class DraftStep(Protocol):
    """One thing to be known. Steps of one `group` are changed together once the whole was seen."""

    @property
    def name(self) -> str: ...

    @property
    def group(self) -> str: ...

    def filled(self, draft: ChatDraft) -> bool:
        """Whether it is known already."""
        ...

    def known(self, draft: ChatDraft) -> str:
        """What was understood, for the next step to begin with; "" where nothing has to be said again."""
        ...

    def question(self, draft: ChatDraft) -> Prompt: ...

    def typed(self, draft: ChatDraft, text: str) -> ChatDraft:
        """The draft with what was typed. Raises Refusal for what cannot be used."""
        ...

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        """The draft with what was tapped; None where there is no such choice. Raises as `typed` does."""
        ...


def is_one_of(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether the text is one of the phrases and nothing else, accents aside."""
    return fold(text) in {fold(phrase) for phrase in phrases}
