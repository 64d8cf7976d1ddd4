"""Which communes an announcement is for, from names as people type them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from bot.announcements.authority import NOT_YOURS, speaks_for
from bot.desk.draft import Draft
from bot.desk.staff_context import StaffContext
from bot.desk.step import PLACES, Prompt, is_one_of
from bot.dialogue import compose
from bot.errors import Refusal
from bot.i18n import mark
from bot.knowledge.gazetteer import Found
from bot.model import Audience, Button, Staff
from bot.model.well_known import STAFF_ORDER
from bot.text.folding import fold

EVERYWHERE = ("cả tỉnh", "toàn tỉnh", "toàn tỉnh Điện Biên", "whole province", "the whole province", "everywhere")
ALL = ("tất cả", "tất cả các xã", "all", "all of them")  # that were just spoken of
NEAREST = 3
SHOWN = 40  # characters of a name that is not understood
_BETWEEN = re.compile(r"[,;+&\n]|\s(?:và|va|and)\s", re.IGNORECASE)
_KIND_WORDS = frozenset(["xa", "phuong", "thi", "tran", "commune", "ward", "town", "cac", "cu", "moi", "nay", "the", "former"])


@dataclass(frozen=True, slots=True)
class RecognisedPlaces:
    """What a part of a list of names means: one commune, one of several, a former district, somebody else's, or nothing."""

    kind: Literal["one", "which", "district", "foreign", "unknown"]
    found: tuple[Found, ...] = ()
    codes: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class PlaceStep:
    """`Step`. Part by part: what is not clear is asked with buttons, and the rest is remembered in the meantime."""

    context: StaffContext
    staff: Staff
    name: str = PLACES
    group: str = "audience"

    def filled(self, draft: Draft) -> bool:
        return draft.places is not None and not draft.unread

    def known(self, draft: Draft) -> str:
        return self.context.say("For: {places}.", places=self.context.places(draft.places or ()))

    # --- asking ---

    def question(self, draft: Draft) -> Prompt:
        if draft.unread:
            return self._about(draft.unread[0])
        if self._officer:
            text = self.context.say("Which of your communes is it for? Choose one, or write several with commas between them.")
            every = self.context.button(mark("All my communes"), f"{PLACES}:mine")
            return Prompt(text, (*self._buttons(self.staff.places), every))
        text = self.context.say("Which communes is it for? Write their names, with commas between them.")
        return Prompt(text, (self.context.button(mark("The whole province"), f"{PLACES}:all"),))

    def _about(self, part: str) -> Prompt:
        reading = self._reading(part)
        if reading.kind == "which":
            text = self.context.say("There is more than one {name}. Which one is it for?", name=reading.found[0].name)
            words = self.context.words
            buttons = tuple(
                Button(compose.reading(words, one), f"{STAFF_ORDER}{PLACES}:{one.place.code}") for one in reading.found
            )
            return Prompt(text, buttons)
        if reading.kind == "district":
            text = self.context.say(
                "The former {name} district is no more. Which of its communes of today? Choose one, or write several.",
                name=reading.name,
            )
            every = self.context.button(
                mark("All {count} of them"), f"{PLACES}:{','.join(reading.codes)}", count=len(reading.codes)
            )
            return Prompt(text, (every, *self._buttons(reading.codes)))
        near = self._near(part)
        shown = part if len(part) <= SHOWN else f"{part[:SHOWN]}…"
        text = self.context.say(
            "I do not know a commune “{name}”. Write its name, old or new; several with commas.", name=shown
        )
        if near:
            text += " " + self.context.say("Or is it one of these?")
        return Prompt(text, self._buttons(near))

    def _buttons(self, codes: tuple[str, ...]) -> tuple[Button, ...]:
        return tuple(Button(self.context.place(code), f"{STAFF_ORDER}{PLACES}:{code}") for code in codes)

    # --- understanding ---

    def typed(self, draft: Draft, text: str) -> Draft:
        if is_one_of(text, EVERYWHERE):
            return self._everywhere(draft)
        if is_one_of(text, ALL):
            return self._all(draft)
        parts = tuple(part.strip() for part in _BETWEEN.split(text) if part.strip())
        if draft.unread:  # an answer about the first of them
            return self._settled(replace(draft, unread=(*parts, *draft.unread[1:])))
        return self._settled(replace(draft, picked=(), unread=parts or (text,)))

    def tapped(self, draft: Draft, value: str) -> Draft | None:
        if value == "all":
            return self._everywhere(draft)
        if value == "mine":
            return self._chosen(replace(draft, unread=()), self.staff.places) if self._officer else None
        codes = tuple(value.split(","))
        known = all(code in self.context.engine.gazetteer.by_code for code in codes)
        return self._chosen(draft, codes) if known else None

    def _everywhere(self, draft: Draft) -> Draft:
        if not speaks_for(self.staff, Audience()):
            raise Refusal(NOT_YOURS)
        return replace(draft, places=(), picked=(), unread=())

    def _all(self, draft: Draft) -> Draft:
        """All of what was asked about: of a former district, or of what this person speaks for."""
        asked = self._reading(draft.unread[0]) if draft.unread else None
        if asked is not None and asked.kind == "district":
            return self._chosen(draft, asked.codes)
        return self._chosen(draft, self.staff.places) if self._officer else self._everywhere(draft)

    def _chosen(self, draft: Draft, codes: tuple[str, ...]) -> Draft:
        """With these communes, for the one that was asked about where one was."""
        if not speaks_for(self.staff, Audience(codes)):
            raise Refusal(NOT_YOURS)
        picked = draft.picked if draft.unread else ()
        return self._settled(replace(draft, picked=(*picked, *codes), unread=draft.unread[1:]))

    def _settled(self, draft: Draft) -> Draft:
        """Take over every part that is clear, up to the first that is not. Raises Refusal for somebody else's commune."""
        picked, unread = draft.picked, draft.unread
        while unread:
            reading = self._reading(unread[0])
            if reading.kind == "foreign":
                raise Refusal(NOT_YOURS)
            if reading.kind != "one":
                return replace(draft, picked=picked, unread=unread)
            picked, unread = (*picked, *reading.codes), unread[1:]
        return replace(draft, places=tuple(dict.fromkeys(picked)), picked=(), unread=())

    def _reading(self, part: str) -> RecognisedPlaces:
        gazetteer = self.context.engine.gazetteer
        district = gazetteer.district(part)
        if district is not None:
            name, places = district
            codes = self._mine(place.code for place in places)
            return RecognisedPlaces("district", codes=codes, name=name) if codes else RecognisedPlaces("foreign")
        found = gazetteer.find(part)
        if not found or _bare(part) != _bare(found[0].name):
            return RecognisedPlaces("unknown")  # misspelt, or two names without a comma: rather asked than guessed
        mine = self._mine(one.place.code for one in found)
        found = tuple(one for one in found if one.place.code in mine)
        if not found:
            return RecognisedPlaces("foreign")
        return RecognisedPlaces("one" if len(found) == 1 else "which", found, mine)

    def _near(self, part: str) -> tuple[str, ...]:
        near = self._mine(found.place.code for found in self.context.engine.gazetteer.nearest(part, NEAREST))
        return tuple(dict.fromkeys(near)) or self.staff.places

    def _mine(self, codes: Iterable[str]) -> tuple[str, ...]:
        return tuple(code for code in codes if speaks_for(self.staff, Audience((code,))))

    @property
    def _officer(self) -> bool:
        return self.staff.role == "officer"


def _bare(name: str) -> list[str]:
    """The words of a name, without "xã", "cũ" and the like."""
    return [word for word in fold(name).split() if word not in _KIND_WORDS]
