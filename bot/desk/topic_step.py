"""Whom in the communes an announcement is for: everybody, or those who want to hear of some topics."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.desk.chat_draft import ChatDraft
from bot.desk.staff_context import InvalidInput, StaffContext
from bot.desk.step import TOPICS, Prompt
from bot.i18n import mark
from bot.model import Button
from bot.model.well_known import CHOICE_PREFIX
from bot.text.folding import fold


@dataclass(frozen=True, slots=True)
class TopicStep:
    """`DraftStep`. Topics are tapped one, or typed several: by number, or by name."""

    context: StaffContext
    name: str = TOPICS
    group: str = "audience"

    def filled(self, draft: ChatDraft) -> bool:
        return draft.topics is not None

    def known(self, draft: ChatDraft) -> str:
        return self.context.say("Topics: {topics}.", topics=self.context.topics(draft.topics)) if draft.topics else ""

    def question(self, draft: ChatDraft) -> Prompt:
        topics = [(id_, names[self.context.lang]) for id_, names in self.context.engine.knowledge.topics.items()]
        lines = [self.context.say("For everybody there, or only for those who want a topic? For several topics, write 1,3.")]
        if self.context.has_buttons:
            lines += [f"{number}. {name}" for number, (_, name) in enumerate(topics, start=1)]
        buttons = tuple(Button(name, f"{CHOICE_PREFIX}{TOPICS}:{id_}") for id_, name in topics)
        return Prompt("\n".join(lines), (*buttons, self.context.button(mark("Everybody"), f"{TOPICS}:all")))

    def typed(self, draft: ChatDraft, text: str) -> ChatDraft:
        if fold(text) in self.context.engine.lexicon.everybody:
            return replace(draft, topics=())
        chosen = self._numbered(text) or self._named(text)
        if chosen is None:
            raise InvalidInput(mark("Which topics? Write their numbers, such as 1,3, or choose one."))
        return replace(draft, topics=chosen)

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        if value == "all":
            return replace(draft, topics=())
        return replace(draft, topics=(value,)) if value in self.context.engine.knowledge.topics else None

    def _numbered(self, text: str) -> tuple[str, ...] | None:
        ids = [*self.context.engine.knowledge.topics]
        numbers = [word for word in fold(text).split() if word not in self.context.engine.lexicon.beside_several]
        if not numbers or not all(number.isascii() and number.isdigit() and len(number) <= 2 for number in numbers):
            return None
        wanted = {int(number) for number in numbers}
        return tuple(ids[number - 1] for number in sorted(wanted)) if wanted <= set(range(1, len(ids) + 1)) else None

    def _named(self, text: str) -> tuple[str, ...] | None:
        """By names, with commas between them; there are commas in names, too."""
        by_name = {fold(name): id_ for id_, names in self.context.engine.knowledge.topics.items() for name in names.values()}
        whole = [fold(text)]
        parts = whole if whole[0] in by_name else [fold(part) for part in text.split(",")]
        return tuple(dict.fromkeys(by_name[part] for part in parts)) if all(part in by_name for part in parts) else None
