"""Communes, topics, apps and people as they are said: by name, by role and staff number, never by the name of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.i18n import Words, mark
from bot.model import COMMAND_LINE, Audience, Place, Staff

LEFT = mark("somebody who is no longer staff")
AT_THE_SERVER = mark("the administrators at the server")
ROLES = {"owner": mark("an owner"), "admin": mark("an administrator")}


@dataclass(frozen=True)
class DisplayNames:
    """`places` are the communes of today by code, `topics` those of the menu with their names per language.

    `apps` are the channels as people call them, in messages of the catalogue.
    """

    places: Mapping[str, Place] = field(default_factory=dict)
    topics: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=dict)

    def place(self, code: str, words: Words) -> str:
        """A commune with its kind; the code of one that the content does not know any more."""
        place = self.places.get(code)
        return words.place(place.kind, place.name) if place else code

    def communes(self, codes: tuple[str, ...], words: Words) -> str:
        """Communes one after the other; none is the whole province."""
        if not codes:
            return words.say("the whole province")
        return words.join(tuple(self.place(code, words) for code in codes))

    def topic(self, topic: str, words: Words) -> str:
        names = self.topics.get(topic, {})
        return names.get(words.lang) or names.get("vi") or topic

    def app(self, channel: str, words: Words) -> str:
        """A channel as people call the app; something like its name where there is no such channel any more."""
        return words.say(self.apps[channel]) if channel in self.apps else channel.capitalize()

    def audience(self, audience: Audience, words: Words) -> str:
        """Whom an announcement is for: communes, and topics where there are any."""
        where = self.communes(audience.places, words)
        if not audience.topics:
            return where
        topics = words.join(tuple(self.topic(topic, words) for topic in audience.topics))
        return words.say("{places}; topics: {topics}", places=where, topics=topics)

    def role(self, staff: Staff, words: Words) -> str:
        if staff.role == "officer":
            return words.say("an officer of {places}", places=self.communes(staff.places, words))
        return words.say(ROLES[staff.role])

    def person(self, number: int, staff: Staff | None, words: Words) -> str:
        """Somebody by role, communes and number: two officers of one commune differ in that alone.

        `staff` is who has the number now.
        """
        if number == COMMAND_LINE:
            return words.say(AT_THE_SERVER)
        who = self.role(staff, words) if staff else words.say(LEFT)
        return words.say("{who} (no. {number})", who=who, number=number)
