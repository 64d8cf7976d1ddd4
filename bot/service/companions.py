"""The other replicas: who is at work, and whether all answer from the same content."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.i18n import Words, mark
from bot.ports import Replica, Store

ALIVE = timedelta(minutes=1)  # since it was last well

DIFFERENT = mark(
    "Replicas of Loa Bản answer from different content: {versions}. Bring the same content to all of them, so that "
    "everybody gets the same answer."
)

log = structlog.stdlib.get_logger(__name__)


class Companions:
    """To be called with each sign of life. `content` is the version in use; `tell` reaches the administrators."""

    def __init__(
        self, store: Store, name: str, content: Callable[[], str], tell: Callable[[Callable[[Words], str]], None]
    ) -> None:
        self._store = store
        self._name = name
        self._content = content
        self._tell = tell
        self._versions: dict[str, str] = {}
        self._different: dict[str, str] = {}  # at the look before, and as it was told last
        self._told: dict[str, str] = {}

    def __call__(self, now: datetime) -> None:
        """Say that this one is well, and look at the others. Raises StoreError, StoreFault."""
        found = self._store.present(Replica(self._name, now, self._content()))
        self._versions = {one.name: one.content for one in found if abs(now - one.at) <= ALIVE}
        different = self._versions if len(set(self._versions.values())) > 1 else {}
        if different and different == self._different != self._told:  # twice: new content comes to all within seconds
            self._told = different
            self._say(different)
        self._different = different
        self._told = self._told if different else {}

    def shown(self) -> Mapping[str, object]:
        """For the health page; nothing where this one is alone."""
        return {"replica": self._name, "replicas": self._versions} if len(self._versions) > 1 else {}

    def _say(self, different: Mapping[str, str]) -> None:
        log.error("replicas answer from different content", replicas=dict(different))
        if self._name == min(different):  # one of them is enough
            versions = ", ".join(f"{name} ({version})" for name, version in sorted(different.items()))
            self._tell(lambda words: words.say(DIFFERENT, versions=versions))
