"""The text of an announcement, one step a language, and its photo."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.announcements.texts import clean
from bot.desk.draft import Draft
from bot.desk.planning import faults_in
from bot.desk.staff_context import InvalidInput, StaffContext
from bot.desk.step import TEXT, Prompt
from bot.i18n import mark
from bot.model import Staff
from bot.model.well_known import HOUSE_LANGUAGE


@dataclass(frozen=True, slots=True)
class TextStep:
    """`Step`. A photo comes with the Vietnamese text, before it or under it."""

    context: StaffContext
    staff: Staff
    lang: str
    group: str = TEXT

    @property
    def name(self) -> str:
        return TEXT if self.lang == HOUSE_LANGUAGE else f"{TEXT}-{self.lang}"

    def filled(self, draft: Draft) -> bool:
        return bool(draft.texts.get(HOUSE_LANGUAGE)) if self.lang == HOUSE_LANGUAGE else self.lang in draft.texts

    def known(self, draft: Draft) -> str:
        return ""

    def question(self, draft: Draft) -> Prompt:
        say, button = self.context.say, self.context.button
        if self.lang != HOUSE_LANGUAGE:
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

    def typed(self, draft: Draft, text: str) -> Draft:
        incoming = self.context.incoming
        if incoming.kind == "photo":
            if self.lang != HOUSE_LANGUAGE or incoming.photo is None:
                raise InvalidInput(self.context.say("A photo goes with the Vietnamese text: choose Back, and send it there."))
            draft = replace(draft, photo=incoming.photo)
            text = text or draft.texts.get(HOUSE_LANGUAGE, "")
            if not text:
                return draft
        changed = replace(draft, texts={**draft.texts, self.lang: clean(text)})
        if faults := faults_in(self.context, self.staff, changed, self.lang):
            raise InvalidInput("\n".join(self.context.say(fault.message, **fault.values) for fault in faults))
        return changed

    def tapped(self, draft: Draft, value: str) -> Draft | None:
        if value == "nophoto" and self.lang == HOUSE_LANGUAGE:
            return replace(draft, photo=None)
        if value == "skip" and self.lang != HOUSE_LANGUAGE:
            return replace(draft, texts={**draft.texts, self.lang: ""})
        return None
