"""One channel at work: updates come in, replies go out, and both end well when asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

import structlog

from bot.channels.leading import Lead, Turn, fetch_in_turn
from bot.channels.polling import nothing, unwatched
from bot.delivery import announcements, replies
from bot.delivery.lasting import lasting
from bot.errors import StoreError
from bot.logs import place
from bot.model import Incoming

SENDS_IN_FLIGHT = replies.IN_FLIGHT + announcements.IN_FLIGHT  # of one channel

Handle = Callable[[Sequence[Incoming]], None]
SetAside = Callable[[Incoming, Exception], None]

log = structlog.stdlib.get_logger(__name__)


@runtime_checkable
class PollingChannel(Protocol):
    """A channel that fetches its updates itself."""

    @property
    def name(self) -> str: ...

    async def poll(self, handle: Handle, moved: Callable[[], None] = unwatched, turn: Turn = nothing) -> None:
        """Fetch and hand over until cancelled; a batch in hand is finished first. `turn` is awaited before each fetch,
        `moved` is called after it.

        `handle` runs in a thread and returns only when the batch's effect is stored; only then is the batch confirmed to
        the vendor. Raises SettingsError when the vendor refuses the credentials.
        """
        ...

    async def close(self) -> None:
        """Let go of every connection."""
        ...


class Sender(Protocol):
    """Something that takes what is stored to people."""

    async def run(self) -> None:
        """Until stopped or cancelled. After an error it can be run again."""
        ...

    async def stop(self) -> None:
        """Start nothing new, and return when what is in flight is done."""
        ...

    def wake(self) -> None:
        """Say that something was stored. Safe from any thread."""
        ...


def handle_batch(handle: Handle, batch: Sequence[Incoming], set_aside: SetAside = lambda incoming, error: None) -> None:
    """The whole batch in one go; if that fails, one by one, without the message at fault. Raises StoreError.

    `set_aside` is told of such a message: brought again, it would fail again. What the store cannot do at this moment
    (StoreError) is no fault of a message: it has to be brought again.
    """
    try:
        handle(batch)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever one message sets off, the others need their answers
        if len(batch) > 1:
            for incoming in batch:
                handle_batch(handle, [incoming], set_aside)
        else:
            put_aside(batch[0], error, set_aside)


def put_aside(incoming: Incoming, error: Exception, set_aside: SetAside) -> None:
    """Log and note one that nobody can handle. Raises StoreError."""
    # On our own page an id ends in the person, who is none of the log's business.
    message = {"channel": incoming.sender.channel, "update": incoming.id.removesuffix(f"-{incoming.sender.user}")}
    log.error("message cannot be handled and is skipped", **message, error=place(error))
    try:
        set_aside(incoming, error)
    except StoreError:
        raise
    except Exception as fault:  # noqa: BLE001 - it may be the id itself that cannot be stored
        log.error("a message that is skipped cannot be noted", **message, error=place(fault))


async def serve(
    handle: Handle,
    channel: PollingChannel,
    senders: Sequence[Sender],
    stop: asyncio.Event,
    moved: Callable[[], None] = unwatched,
    lead: Lead | None = None,
) -> None:
    """Poll and send until `stop` is set, then finish the batch in hand and what is in flight, and close the channel.

    Where processes share the channel, `lead` says which of them fetches. What was stored but not begun waits in the store
    for the next start. What ends with an error is begun again; raises what `lasting` raises.
    """

    def handle_and_wake(batch: Sequence[Incoming]) -> None:
        handle(batch)
        for sender in senders:
            sender.wake()

    poll = partial(channel.poll, handle_and_wake, moved)
    if lead is not None:
        poll = partial(fetch_in_turn, channel.name, poll, lead, moved)
    try:
        await carry(channel.name, senders, stop, poll)
    finally:
        await channel.close()


async def carry(channel: str, senders: Sequence[Sender], stop: asyncio.Event, *fetching: Callable[[], Awaitable[None]]) -> None:
    """Fetch and send until `stop` is set, end the `fetching`, and then finish what is in flight.

    What ends before is begun again; raises what `lasting` raises, when all the rest has ended well.
    """
    ending = asyncio.Event()
    polling = [asyncio.create_task(lasting(f"{channel}: fetching", fetch, ending)) for fetch in fetching]
    sending = [asyncio.create_task(lasting(f"{channel}: {type(sender).__name__}", sender.run, ending)) for sender in senders]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*polling, *sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ending.set()
        stopping.cancel()
        for task in polling:
            task.cancel()
        if polling:
            await asyncio.wait(polling)
        await asyncio.gather(*(sender.stop() for sender in senders))
        await asyncio.wait(sending)
    for task in (*polling, *sending):
        if not task.cancelled():
            task.result()
