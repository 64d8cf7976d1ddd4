"""The tokens of a Zalo Official Account: an access token for 25 hours, and a refresh token that works once.

Whoever loses the answer to a refresh has lost the account until somebody logs in again. So a refresh is done by one at a
time, over all processes, after the store has shown that it can be written; the new pair is stored before it is used; and no
cancellation comes between the question and the storing of its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from bot.channels.zalo_oa.descriptor import NAME
from bot.channels.zalo_oa.oauth import EXCHANGE_SECONDS, LOG_IN, OAuthClient
from bot.errors import SendError, StoreError
from bot.model import TokenPair
from bot.ports import Store

EARLY = timedelta(minutes=10)  # before its end an access token is renewed
TRY_AGAIN = timedelta(minutes=1)  # after a renewal that failed, while the old token still works
LAPSE = timedelta(seconds=2 * EXCHANGE_SECONDS)  # of a claim to renew whose process died
LOOK_AGAIN = 0.1  # seconds, for what another process has renewed

Found = TypeVar("Found")

log = structlog.stdlib.get_logger(__name__)


class TokenRefresher:
    """One for each process. `oauth` is the base URL where tokens come from, `now` the wall clock, in UTC."""

    def __init__(
        self,
        store: Store,
        *,
        app_id: str,
        app_secret: str,
        oauth: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        lapse: timedelta = LAPSE,
    ) -> None:
        """Raises SettingsError for a secret key that cannot be one."""
        self._store = store
        self._oauth = OAuthClient(app_id, app_secret, oauth, now)
        self._now = now
        self._lapse = lapse
        self._pair: TokenPair | None = None  # stored, or read from the store
        self._unsaved: tuple[TokenPair, str] | None = None  # a new pair and the refresh token it was bought with
        self._one = asyncio.Lock()
        self._renewals: set[asyncio.Task[TokenPair]] = set()
        self._not_before: datetime | None = None

    async def access(self) -> str:
        """An access token; one that ends within ten minutes is renewed first. Raises SendError."""
        pair = self._pair
        if pair is None or self._ends(pair):
            pair = self._pair = await self._held()
        if not self._ends(pair):
            return pair.access
        works = pair.expires > self._now()
        if works and self._not_before is not None and self._now() < self._not_before <= self._now() + TRY_AGAIN:
            return pair.access
        try:
            return await self.renew(pair.access)
        except SendError as error:
            if not works:
                raise
            self._not_before = self._now() + TRY_AGAIN
            log.error("tokens cannot be renewed yet", channel=NAME, error=str(error), expires=pair.expires.isoformat())
            return pair.access

    async def renew(self, stale: str) -> str:
        """The access token after `stale`, however many ask for it at a time, here or in another process. Raises SendError."""
        async with self._one:
            pair = await self._held()
            if pair.access == stale:
                renewal = asyncio.create_task(self._renew(pair))
                self._renewals.add(renewal)
                renewal.add_done_callback(self._renewed)
                pair = await asyncio.shield(renewal)
            self._pair = pair
            return pair.access

    async def close(self) -> None:
        """Wait for a renewal under way: the pair it brings must be stored."""
        if self._renewals:
            await asyncio.wait(set(self._renewals))
        try:
            await self._save()
        except SendError as error:
            log.error(f"the new tokens are lost; {LOG_IN}", channel=NAME, error=str(error))
        await self._oauth.close()

    def _ends(self, pair: TokenPair) -> bool:
        return pair.expires - self._now() <= EARLY

    def _renewed(self, renewal: asyncio.Task[TokenPair]) -> None:
        self._renewals.discard(renewal)
        if not renewal.cancelled():
            renewal.exception()  # whoever waited for it may be gone

    async def _held(self) -> TokenPair:
        """The pair in the store; what could not be stored before is stored first."""
        await self._save()
        return await self._stored(self._read)

    async def _renew(self, spent: TokenPair) -> TokenPair:
        """Buy the next pair and store it, or wait for whoever is doing so."""
        while (pair := await self._stored(self._claim, spent)) is None:  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(LOOK_AGAIN)
        if pair.refresh != spent.refresh:
            return pair
        try:
            self._unsaved = await self._oauth.refreshed(spent.refresh), spent.refresh
        except SendError as error:
            pair = await self._stored(self._give_up)
            if pair.refresh != spent.refresh:  # somebody has logged in meanwhile, or was quicker after all
                return pair
            raise error from None
        await self._save()
        return await self._stored(self._read)

    async def _save(self) -> None:
        unsaved = self._unsaved
        if unsaved is not None:
            await self._stored(self._keep, *unsaved)
            if self._unsaved is unsaved:
                self._unsaved = None

    async def _stored(self, work: Callable[..., Found], *given: object) -> Found:
        try:
            return await asyncio.to_thread(work, *given)
        except StoreError as error:
            raise SendError("unreachable", f"the tokens cannot be read or stored: {error}", never_left=True) from None

    # --- in the store -------------------------------------------------------------------------------------------------

    def _read(self) -> TokenPair:
        with self._store.writing() as transaction:
            pair = transaction.tokens(NAME)
        if pair is None:
            raise SendError("token", f"Zalo OA has no tokens; {LOG_IN}")
        return pair

    def _claim(self, spent: TokenPair) -> TokenPair | None:
        """The pair that is there instead of `spent`; `spent` itself if it is ours to renew, None while somebody else does.

        Writing comes before the refresh: a full disk shows here, where it costs nothing.
        """
        with self._store.writing() as transaction:
            pair = transaction.tokens(NAME)
            if pair is not None and pair.refresh != spent.refresh:
                return pair
            return spent if transaction.claim_renewal(NAME, self._now(), lapse=self._lapse) else None

    def _give_up(self) -> TokenPair:
        with self._store.writing() as transaction:
            transaction.drop_renewal(NAME)
        return self._read()

    def _keep(self, pair: TokenPair, spent: str) -> None:
        """Unless somebody has logged in meanwhile: then theirs is the newer pair."""
        with self._store.writing() as transaction:
            before = transaction.tokens(NAME)
            if before is None or before.refresh == spent:
                transaction.save_tokens(NAME, pair)
