"""The text of an announcement, one step a language, and its photo."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.announcements.cleaning import clean
from bot.announcements.planning import draft_text_faults
from bot.announcements.text_faults import UnfitText
from bot.desk.chat_draft import ChatDraft
from bot.desk.staff_context import InvalidInput, StaffContext
from bot.desk.step import TEXT, Prompt
from bot.i18n import mark
from bot.model.well_known import MAIN_LANGUAGE


@dataclass(frozen=True, slots=True)
class TextStep:
    """`DraftStep`. A photo comes with the Vietnamese text, before it or under it."""

    context: StaffContext
    lang: str
    group: str = TEXT

    @property
    def name(self) -> str:
        return TEXT if self.lang == MAIN_LANGUAGE else f"{TEXT}-{self.lang}"

    def filled(self, draft: ChatDraft) -> bool:
        return bool(draft.texts.get(MAIN_LANGUAGE)) if self.lang == MAIN_LANGUAGE else self.lang in draft.texts

    def known(self, draft: ChatDraft) -> str:
        return ""

    def question(self, draft: ChatDraft) -> Prompt:
        say, button = self.context.say, self.context.button
        if self.lang != MAIN_LANGUAGE:
            text = say(
                "{language}: write the same announcement, or skip it: then those who chose this language get the Vietnamese.",
                language=self.context.language(self.lang),
            )
            return Prompt(text, (button(mark("Skip"), f"{self.name}:skip"),))
        if draft.photo is None:
            return Prompt(
                say("Write the announcement in Vietnamese, just as people are to read it. You may send a photo with it.")
            )
        text = say("The photo is noted. Write the text in Vietnamese.")
        return Prompt(text, (button(mark("Without the photo"), f"{TEXT}:nophoto"),))

    def typed(self, draft: ChatDraft, text: str) -> ChatDraft:
        incoming = self.context.incoming
        if incoming.kind == "photo":
            if self.lang != MAIN_LANGUAGE or incoming.photo is None:
                raise InvalidInput(mark("A photo goes with the Vietnamese text: choose Back, and send it there."))
            draft = replace(draft, photo=incoming.photo)
            text = text or draft.texts.get(MAIN_LANGUAGE, "")
            if not text:
                return draft
        changed = replace(draft, texts={**draft.texts, self.lang: clean(text)})
        if faults := draft_text_faults(changed, self.lang, self.context.staff, self.context.actions):
            raise UnfitText({self.lang: tuple(faults)})
        return changed

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        if value == "nophoto" and self.lang == MAIN_LANGUAGE:
            return replace(draft, photo=None)
        if value == "skip" and self.lang != MAIN_LANGUAGE:
            return replace(draft, texts={**draft.texts, self.lang: ""})
        return None
