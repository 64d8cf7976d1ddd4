"""Which communes an announcement is for, from names as people type them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.announcements.authority import NOT_YOURS, speaks_for
from bot.announcements.place_names import PlaceReading, nearest_places, read_place
from bot.desk.chat_draft import ChatDraft
from bot.desk.staff_context import StaffContext
from bot.desk.step import PLACES, Prompt
from bot.dialogue import compose
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Audience, Button
from bot.model.well_known import CHOICE_PREFIX
from bot.text.folding import fold

NEAREST = 3
SHOWN = 40  # characters of a name that is not understood
_BETWEEN = re.compile(r"[,;+&\n]|\s(?:và|va|and)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PlaceStep:
    """`DraftStep`. Part by part: what is not clear is asked with buttons, and the rest is remembered in the meantime."""

    context: StaffContext
    name: str = PLACES
    group: str = "audience"

    def filled(self, draft: ChatDraft) -> bool:
        return draft.places is not None and not draft.unread

    def known(self, draft: ChatDraft) -> str:
        return self.context.say("For: {places}.", places=self.context.places(draft.places or ()))

    # --- asking ---

    def question(self, draft: ChatDraft) -> Prompt:
        if draft.unread:
            return self._about(draft.unread[0])
        if self._officer:
            text = self.context.say("Which of your communes is it for? Choose one, or write several with commas between them.")
            every = self.context.button(mark("All my communes"), f"{PLACES}:mine")
            return Prompt(text, (*self._buttons(self.context.staff.places), every))
        text = self.context.say("Which communes is it for? Write their names, with commas between them.")
        return Prompt(text, (self.context.button(mark("The whole province"), f"{PLACES}:all"),))

    def _about(self, part: str) -> Prompt:
        reading = self._reading(part)
        if reading.kind == "commune" and len(reading.found) > 1:
            text = self.context.say("There is more than one {name}. Which one is it for?", name=reading.found[0].name)
            words = self.context.words
            buttons = tuple(
                Button(compose.reading(words, one), f"{CHOICE_PREFIX}{PLACES}:{one.place.code}") for one in reading.found
            )
            return Prompt(text, buttons)
        if reading.kind == "district" and reading.codes:
            text = self.context.say(
                "The former {name} district is no more. Which of its communes of today? Choose one, or write several.",
                name=reading.name,
            )
            count = len(reading.codes)
            every = self.context.button(mark("All {count} of them"), f"{PLACES}:{','.join(reading.codes)}", count=count)
            return Prompt(text, (every, *self._buttons(reading.codes)))
        return self._unknown(part)

    def _unknown(self, part: str) -> Prompt:
        near = self._near(part)
        shown = part if len(part) <= SHOWN else f"{part[:SHOWN]}…"
        text = self.context.say(
            "I do not know a commune “{name}”. Write its name, old or new; several with commas.", name=shown
        )
        if near:
            text += " " + self.context.say("Or is it one of these?")
        return Prompt(text, self._buttons(near))

    def _buttons(self, codes: tuple[str, ...]) -> tuple[Button, ...]:
        return tuple(Button(self.context.place(code), f"{CHOICE_PREFIX}{PLACES}:{code}") for code in codes)

    # --- understanding ---

    def typed(self, draft: ChatDraft, text: str) -> ChatDraft:
        lexicon = self.context.engine.lexicon
        if fold(text) in lexicon.everywhere:
            return self._everywhere(draft)
        if fold(text) in lexicon.all_places:
            return self._all(draft)
        parts = tuple(part.strip() for part in _BETWEEN.split(text) if part.strip())
        if draft.unread:  # an answer about the first of them
            return self._settled(replace(draft, unread=(*parts, *draft.unread[1:])))
        return self._settled(replace(draft, picked=(), unread=parts or (text,)))

    def tapped(self, draft: ChatDraft, value: str) -> ChatDraft | None:
        if value == "all":
            return self._everywhere(draft)
        if value == "mine":
            return self._chosen(replace(draft, unread=()), self.context.staff.places) if self._officer else None
        codes = tuple(value.split(","))
        known = all(code in self.context.engine.gazetteer.by_code for code in codes)
        return self._chosen(draft, codes) if known else None

    def _everywhere(self, draft: ChatDraft) -> ChatDraft:
        if not speaks_for(self.context.staff, Audience()):
            raise Refusal(NOT_YOURS)
        return replace(draft, places=(), picked=(), unread=())

    def _all(self, draft: ChatDraft) -> ChatDraft:
        """All of what was asked about: of a former district, or of what this person speaks for."""
        asked = self._reading(draft.unread[0]) if draft.unread else None
        if asked is not None and asked.kind == "district" and asked.codes:
            return self._chosen(draft, asked.codes)
        return self._chosen(draft, self.context.staff.places) if self._officer else self._everywhere(draft)

    def _chosen(self, draft: ChatDraft, codes: tuple[str, ...]) -> ChatDraft:
        """With these communes, for the one that was asked about where one was."""
        if not speaks_for(self.context.staff, Audience(codes)):
            raise Refusal(NOT_YOURS)
        picked = draft.picked if draft.unread else ()
        return self._settled(replace(draft, picked=(*picked, *codes), unread=draft.unread[1:]))

    def _settled(self, draft: ChatDraft) -> ChatDraft:
        """Take over every part that is clear, up to the first that is not. Raises Refusal for somebody else's commune."""
        picked, unread = draft.picked, draft.unread
        while unread:
            reading = self._reading(unread[0])
            if reading.kind in ("commune", "district") and not reading.codes:
                raise Refusal(NOT_YOURS)
            if reading.kind != "commune" or len(reading.codes) > 1:
                return replace(draft, picked=picked, unread=unread)
            picked, unread = (*picked, *reading.codes), unread[1:]
        return replace(draft, places=tuple(dict.fromkeys(picked)), picked=(), unread=())

    def _reading(self, part: str) -> PlaceReading:
        """What a part of the list means, of the communes that this person speaks for. A slip is asked about, not guessed."""
        return read_place(part, self.context.engine.gazetteer).where(self._is_mine)

    def _near(self, part: str) -> tuple[str, ...]:
        found = nearest_places(part, self.context.engine.gazetteer, NEAREST)
        near = (one.place.code for one in found if self._is_mine(one.place.code))
        return tuple(dict.fromkeys(near)) or self.context.staff.places

    def _is_mine(self, code: str) -> bool:
        return speaks_for(self.context.staff, Audience((code,)))

    @property
    def _officer(self) -> bool:
        return self.context.staff.role == "officer"
