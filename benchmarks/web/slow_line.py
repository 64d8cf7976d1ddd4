"""A line with a delay and a rate both ways, in front of a server: what a browser's own throttling does not do for streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

CHUNK = 1460  # bytes: a packet


@dataclass(frozen=True, slots=True)
class Line:
    """`rate` in bit/s each way, shared by all connections; `round_trip` in seconds, half of it each way."""

    name: str
    rate: float
    round_trip: float


class _Way:
    """One direction: packets leave one after the other, and arrive after half of a round trip."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._free = 0.0

    def arrives(self, size: int) -> float:
        self._free = max(self._free, time.perf_counter()) + 8 * size / self._line.rate
        return self._free + self._line.round_trip / 2


@asynccontextmanager
async def slow_line(line: Line, port: int) -> AsyncIterator[int]:
    """The port behind which the server on `port` stands, far away."""
    up, down = _Way(line), _Way(line)
    carrying: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(line.round_trip)  # the handshake, of which loopback spares the browser
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        for task in (
            asyncio.create_task(_carry(reader, far_writer, up)),
            asyncio.create_task(_carry(far_reader, writer, down)),
        ):
            carrying.add(task)
            task.add_done_callback(carrying.discard)

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield int(server.sockets[0].getsockname()[1])
        for task in tuple(carrying):
            task.cancel()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: _Way) -> None:
    packets: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    arriving = asyncio.create_task(_arrive(packets, writer))
    try:
        with suppress(ConnectionError):
            while data := await reader.read(CHUNK):
                packets.put_nowait((way.arrives(len(data)), data))
        packets.put_nowait((way.arrives(0), b""))
        await arriving
    finally:
        arriving.cancel()


async def _arrive(packets: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while True:
            at, data = await packets.get()
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            if not data:
                break
            writer.write(data)
    writer.close()
