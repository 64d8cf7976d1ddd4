"""A process that sends the replies of a database to a file: a line before each send and a line after it.

Run as `python -m tests.contract.sending_process DATABASE FILE NAME` by test_senders.py, several at a time.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.ports import Capabilities, Outgoing
from bot.stores.sqlite.store import SqliteStore

TAKES = 0.004  # seconds for one message


class Paper:
    """A channel whose messages are lines; what is written in one go by several processes never mixes."""

    name = "paper"
    capabilities = Capabilities(4096, 1024, True, False, False, "any", 25.0, False)

    def __init__(self, path: Path, process: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.process = process

    async def send(self, outgoing: Outgoing) -> str:
        self.write("begun", outgoing)
        await asyncio.sleep(TAKES)
        self.write("sent", outgoing)
        return str(outgoing.id)

    def write(self, what: str, outgoing: Outgoing) -> None:
        os.write(self.file, f"{self.process} {what} {outgoing.to.user} {outgoing.reply.text}\n".encode())


def now() -> datetime:
    return datetime.now(UTC)


async def main(db: Path, path: Path, process: str) -> None:
    store = SqliteStore(db)
    sender = ReplySender(Paper(path, process), store, now=now, pause=Pause(store, Paper.name, now))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sending = asyncio.create_task(sender.run())
    print("ready", flush=True)
    await stop.wait()
    await sender.stop()
    await sending
    store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
