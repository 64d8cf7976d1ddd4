"""The servers under load, each a process of its own, and what the kernel says that they cost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.delivery.stage import happened
from benchmarks.webhooks.load import Job, Result
from benchmarks.webhooks.questions import questions
from tests.processes import ROOT, process
from tests.stubs.bot_api import BotApi

SECRET = "a-secret-that-only-vendors-know"
CHATS = 2_000  # so many that a chat is not in flight twice
FIRST_CHAT = 1_000_000
TICKS = os.sysconf("SC_CLK_TCK")
FOREVER = 3600.0


@dataclass(slots=True)
class Server:
    """`api` is the stub that it calls, where it calls any."""

    name: str
    pid: int
    port: int
    secret: str = ""
    api: BotApi | None = None
    next_update: int = 1

    def cpu(self) -> float:
        """Seconds of processor time so far, of all its threads, in the kernel as well."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident(self) -> float:
        """MB in memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@dataclass(frozen=True, slots=True)
class Loaded:
    """A result, with the processor time that the server took for it, in seconds."""

    result: Result
    cpu: float

    @property
    def rate(self) -> float:
        return self.result.taken / self.result.elapsed

    @property
    def per_core(self) -> float:
        """Updates for one second of processor time."""
        return self.result.taken / self.cpu


async def loaded(
    server: Server,
    connections: int,
    *,
    updates: int = 10_000_000,
    seconds: float = FOREVER,
    first_chat: int = FIRST_CHAT,
    chats: int = CHATS,
    texts: Sequence[str] = (),
) -> Loaded:
    """Let the client loose; without `texts` residents' questions are asked."""
    job = Job(
        server.port,
        "/telegram",
        server.secret,
        connections,
        server.next_update,
        updates,
        seconds,
        first_chat,
        chats,
        texts or questions(),
    )
    before = server.cpu()
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.webhooks.load",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await client.communicate(json.dumps(asdict(job)).encode())
    result = Result(**json.loads(printed))
    server.next_update += result.taken + result.errors + connections
    return Loaded(result, server.cpu() - before)


async def greeted(server: Server) -> None:
    """Everybody has been introduced to the bot, so that a question has one answer."""
    result = (await loaded(server, 16, updates=CHATS, texts=["/start"])).result
    assert result.taken == CHATS


@asynccontextmanager
async def loaban(cache: Path, *module: str, **more: str) -> AsyncIterator[Server]:
    """`loaban run` by webhook; `module` runs it in another way, with `more` settings. What is not answered in the response
    goes to a stub.
    """
    with tempfile.TemporaryDirectory() as folder, closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
        listening.close()
        settings = {
            "LOABAN_CACHE": str(cache),
            "LOABAN_LISTEN": f"127.0.0.1:{port}",
            "LOABAN_PUBLIC_URL": "https://bot.example.org",
            "LOABAN_WEBHOOK_SECRET": SECRET,
            "LOABAN_LOG_LEVEL": "error",
            "LOABAN_DISK_FLOOR_MB": "0",
            **more,
        }
        async with (
            BotApi() as api,
            process(api, Path(folder) / "loaban.db", *module or ("bot", "run"), **settings) as under_test,
        ):
            for chat in range(FIRST_CHAT, FIRST_CHAT + 10 * CHATS):
                api.chat(chat)
            await under_test.start()
            await happened(lambda: bool(api.webhook["url"]), seconds=30)
            assert under_test.running is not None
            yield Server("Loa Bản", under_test.running.pid, port, SECRET, api)
            await under_test.signalled(signal.SIGTERM)


@asynccontextmanager
async def rival(kind: str, name: str) -> AsyncIterator[Server]:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.webhooks.rivals", kind, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert running.stdout is not None
        yield Server(name, running.pid, int(await running.stdout.readline()))
    finally:
        running.terminate()
        await running.wait()
