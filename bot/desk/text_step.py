"""The text of an announcement, one step a language, and its photo."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.announcements.texts import clean
from bot.broadcast import Staff
from bot.desk.draft import Draft
from bot.desk.planning import faults_in
from bot.desk.step import TEXT, Question
from bot.desk.visit import NotTaken, Visit
from bot.i18n import mark

HOUSE = "vi"  # every announcement has this language; it stands in for the others


@dataclass(frozen=True, slots=True)
class TextStep:
    """`Step`. A photo comes with the Vietnamese text, before it or under it."""

    visit: Visit
    staff: Staff
    lang: str
    group: str = TEXT

    @property
    def name(self) -> str:
        return TEXT if self.lang == HOUSE else f"{TEXT}-{self.lang}"

    def filled(self, draft: Draft) -> bool:
        return bool(draft.texts.get(HOUSE)) if self.lang == HOUSE else self.lang in draft.texts

    def known(self, draft: Draft) -> str:
        return ""

    def question(self, draft: Draft) -> Question:
        say, button = self.visit.say, self.visit.button
        if self.lang != HOUSE:
            text = say(
                "{language}: write the same announcement, or skip it: then those who chose this language get the Vietnamese.",
                language=self.visit.language(self.lang),
            )
            return Question(text, (button(mark("Skip"), f"{self.name}:skip"),))
        if draft.photo is None:
            return Question(
                say("Write the announcement in Vietnamese, just as people are to read it. You may send a photo with it.")
            )
        text = say("The photo is noted. Write the text in Vietnamese.")
        return Question(text, (button(mark("Without the photo"), f"{TEXT}:nophoto"),))

    def typed(self, draft: Draft, text: str) -> Draft:
        incoming = self.visit.incoming
        if incoming.kind == "photo":
            if self.lang != HOUSE or incoming.photo is None:
                raise NotTaken(self.visit.say("A photo goes with the Vietnamese text: choose Back, and send it there."))
            draft = replace(draft, photo=incoming.photo)
            text = text or draft.texts.get(HOUSE, "")
            if not text:
                return draft
        changed = replace(draft, texts={**draft.texts, self.lang: clean(text)})
        if faults := faults_in(self.visit, self.staff, changed, self.lang):
            raise NotTaken("\n".join(self.visit.say(fault.message, **fault.values) for fault in faults))
        return changed

    def tapped(self, draft: Draft, value: str) -> Draft | None:
        if value == "nophoto" and self.lang == HOUSE:
            return replace(draft, photo=None)
        if value == "skip" and self.lang != HOUSE:
            return replace(draft, texts={**draft.texts, self.lang: ""})
        return None
