"""What a channel says of itself before it is built: enough to plan with it, and nothing that loads a vendor's library."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from bot.channels.media import MakeLink, MediaLinks, no_link
from bot.channels.webhook import WebhookChannel
from bot.errors import SettingsError
from bot.i18n import mark
from bot.ports import Capabilities, Channel, Store
from bot.settings import PREFIX, Settings, revealed

if TYPE_CHECKING:
    from bot.delivery.pause import Pause

ANSWER_SECONDS = 25.0  # less than any vendor waits who says nothing of it


class BuiltChannel(Channel, WebhookChannel, Protocol):
    """What a builder makes. One that is a `PollingChannel` as well fetches its updates where there is no public address."""

    async def close(self) -> None:
        """Let go of every connection."""
        ...


TOKEN = re.compile(r"\d{1,20}:[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class ChannelContext:
    """What a channel is built with.

    `secret` is what vendors show with a webhook, "" where none is set. `links` are those to what people sent
    by a channel that keeps media, and to recordings of answers; None where there are none.
    """

    settings: Settings
    store: Store
    now: Callable[[], datetime]
    pause: Pause
    secret: str
    links: MediaLinks | None

    @property
    def link(self) -> MakeLink:
        return self.links.link if self.links else no_link


@dataclass(frozen=True, slots=True)
class ChannelDescriptor:
    """One channel, as the registry lists it.

    name            the first half of every `Address`, and the path of its webhook; it stands in the store and never changes
    app             the app as people call it, a message of the catalogue
    capabilities    at the rate that holds where none is set; docs/channels.md says where the figures come from
    token           the field of `Settings` that holds a token of the form number:letters, "" where none is of that form
    needs           fields of `Settings`: it is set up when all of them are given, and some alone are a mistake
    build           makes the channel; it imports the rest of its folder, and with it the vendor's library, only when called
    rate            the announcements a second that are set, for where they can be
    window          how long after a person wrote they may be written to, for `proactive="window"`
    answer_seconds  how long its vendor waits for the answer to a webhook, less some time for the way
    keeps_media     whether what people send by it lies at its vendor and is opened for us alone: others get links to it
    longer_path     whether its webhook may lie below its path as well, at an address that then is a secret of its own
    """

    name: str
    app: str
    capabilities: Capabilities
    needs: tuple[str, ...]
    build: Callable[[ChannelContext], BuiltChannel]
    rate: Callable[[Settings], float] | None = None
    window: Callable[[Settings], timedelta] | None = None
    answer_seconds: float = ANSWER_SECONDS
    keeps_media: bool = False
    longer_path: bool = False
    token: str = ""

    def is_set_up(self, settings: Settings) -> bool:
        return all(self._given(settings))

    def check(self, settings: Settings) -> None:
        """Raises SettingsError where it is half set up, or its token cannot be one."""
        if any(self._given(settings)) and not self.is_set_up(settings):
            names = ", ".join(f"{PREFIX}{name.upper()}" for name in self.needs)
            raise SettingsError(mark("{names}: {app} needs all of them."), names=names, app=self.app)
        if self.token and self.is_set_up(settings) and not TOKEN.fullmatch(revealed(getattr(settings, self.token))):
            raise SettingsError(
                mark(
                    "{name}: this is no token. It begins with a number and a colon, and has no blanks; copy it from {app} "
                    "again."
                ),
                name=f"{PREFIX}{self.token.upper()}",
                app=self.app,
            )

    def able(self, settings: Settings) -> Capabilities:
        """What it can do, at the rate that is set."""
        return replace(self.capabilities, rate=self.rate(settings)) if self.rate else self.capabilities

    def _given(self, settings: Settings) -> list[bool]:
        return [bool(getattr(settings, name)) for name in self.needs]


@dataclass(frozen=True, slots=True)
class PageDescriptor:
    """A channel that nobody carries: people come to a page of ours, and what is said is kept where the page shows it.

    `name`, `app` and `capabilities` are as of a `ChannelDescriptor`; `listen` is the field of `Settings` that says where it is
    served, "" for nowhere.
    """

    name: str
    app: str
    capabilities: Capabilities
    listen: str

    def is_set_up(self, settings: Settings) -> bool:
        return bool(getattr(settings, self.listen))
