"""The servers that are measured, each a process of its own, and the client: plain sockets, so that it limits nothing."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.webhooks.questions import questions
from benchmarks.webhooks.stage import Server
from tests.processes import ROOT, Process, free_port, process, until_open
from tests.stubs.bot_api import BotApi

CONNECTIONS = 1_600


@dataclass
class Page(Server):
    """A server with a page. `process` can be killed and started anew."""

    process: Process | None = None
    residents: list[Resident] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Resident:
    """A browser; each has an address of its own, as the limits see it."""

    number: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def address(self) -> str:
        return f"X-Forwarded-For: 10.{self.number >> 16 & 255}.{self.number >> 8 & 255}.{self.number & 255}\r\n"

    @property
    def cookie(self) -> str:
        return f"Cookie: loaban={self.token}\r\n"


@asynccontextmanager
async def loaban_page(cache: Path) -> AsyncIterator[Page]:
    """`loaban run` with the page, and Telegram on a stub, by polling."""
    port = free_port()
    settings = {
        "LOABAN_CACHE": str(cache),
        "LOABAN_LISTEN": "127.0.0.1:0",
        "LOABAN_WEB_LISTEN": f"127.0.0.1:{port}",
        "LOABAN_LOG_LEVEL": "error",
        "LOABAN_DISK_FLOOR_MB": "0",
    }
    with tempfile.TemporaryDirectory() as folder:
        async with BotApi() as api, process(api, Path(folder) / "loaban.db", "bot", "run", **settings) as under_test:
            await started(under_test, port)
            assert under_test.running is not None
            yield Page("Loa Bản", under_test.running.pid, port, process=under_test)
            if under_test.running is not None:
                await under_test.signalled(signal.SIGTERM)


async def started(under_test: Process, port: int) -> None:
    """Until the page answers."""
    await under_test.start()
    await until_open(port)


@asynccontextmanager
async def bare_page() -> AsyncIterator[Page]:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.web.bare", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert running.stdout is not None
        yield Page("bare Starlette", running.pid, int(await running.stdout.readline()))
    finally:
        running.terminate()
        await running.wait()


# --- the client -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Posted:
    """`waits` in seconds, of each message that was answered; `refused` were not. `cpu` is what the server took, in seconds."""

    waits: Sequence[float]
    refused: int
    elapsed: float
    cpu: float


async def post(page: Page, connections: int, seconds: float, first: int) -> Posted:
    """Messages over connections that stay open, each from another resident, the next when the last one is answered."""
    waits: list[float] = []
    refused, number, texts = 0, first, questions()
    begin, spent = time.perf_counter(), page.cpu()

    async def ask() -> None:
        nonlocal refused, number
        reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
        while time.perf_counter() - begin < seconds:
            number += 1
            at = time.perf_counter()
            status, _ = await exchange(reader, writer, page.port, Resident(number), texts[number % len(texts)])
            waits.append(time.perf_counter() - at)
            refused += status != 200
        writer.close()

    await asyncio.gather(*(ask() for _ in range(connections)))
    return Posted(waits, refused, time.perf_counter() - begin, page.cpu() - spent)


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, resident: Resident, text: str
) -> tuple[int, bytes]:
    """The first message of a page, as our script sends it: the form says whose it is. Returns the status and the body."""
    body = urlencode({"so": secrets.token_urlsafe(18), "sau": "0", "noi_dung": text, "ma": resident.token})
    writer.write(
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\nX-Loaban: 1\r\n{resident.address}"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    status, headers = await head(reader)
    return status, await reader.readexactly(int(headers["content-length"]))


async def head(reader: asyncio.StreamReader) -> tuple[int, Mapping[str, str]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}


async def listen(port: int, resident: Resident) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A stream that is open. Raises OSError, and EOFError where the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /dong?sau=0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{resident.cookie}{resident.address}\r\n".encode())
    status, _ = await head(reader)
    if status != 200:
        writer.close()
        raise ConnectionError(f"HTTP {status}")
    await reader.readuntil(b"\n")
    return reader, writer
