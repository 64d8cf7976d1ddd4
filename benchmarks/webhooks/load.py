"""The client, a process of its own: updates over connections that stay open, each answered before the next one goes.

It reads a `Job` as JSON from standard input and prints a `Result` as JSON. It parses no answer beyond its length, so that it
is not what limits the rate; the processor time that it took is in the result.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from benchmarks.delivery.tables import percentile


@dataclass(frozen=True, slots=True)
class Job:
    """`updates` are brought, or as many as fit into `seconds`; the n-th comes from chat `first_chat + n % chats`.

    The text goes by the number of the update, so that a job asks what none before it did.
    """

    port: int
    path: str
    secret: str
    connections: int
    first_update: int
    updates: int
    seconds: float
    first_chat: int
    chats: int
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Result:
    """`answered` in the response body, and `bare` (200 without one); waits and processor time in seconds."""

    answered: int
    bare: int
    errors: int
    elapsed: float
    cpu: float
    p50: float
    p95: float
    p99: float
    longest: float

    @property
    def taken(self) -> int:
        return self.answered + self.bare


class Run:
    """What all connections share."""

    def __init__(self, job: Job) -> None:
        self._requests = _requests(job)
        self._deadline = time.perf_counter() + job.seconds
        self.waits: list[float] = []
        self.answered = self.bare = self.errors = 0
        self.working = job.connections
        self.done = asyncio.Event()

    def next(self) -> bytes | None:
        return next(self._requests, None) if time.perf_counter() < self._deadline else None

    def ended(self) -> None:
        """One connection has nothing more to do."""
        self.working -= 1
        if not self.working:
            self.done.set()


class Connection(asyncio.Protocol):
    """Keep-alive, one request at a time."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._buffer = b""
        self._sent: float | None = None  # when the request in flight went out

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def go(self) -> None:
        request = self._run.next()
        if request is None:
            self._sent = None
            self._transport.close()
            self._run.ended()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if not separator or len(body) < length:
            return
        assert self._sent is not None
        self._run.waits.append(time.perf_counter() - self._sent)
        if not head.startswith(b"HTTP/1.1 200"):
            self._run.errors += 1
        elif length:
            self._run.answered += 1
        else:
            self._run.bare += 1
        self._buffer = b""
        self.go()

    def connection_lost(self, exception: Exception | None) -> None:
        if self._sent is not None:
            self._run.errors += 1
            self._run.ended()


async def load(job: Job) -> Result:
    """All connections are open before the clock begins."""
    run = Run(job)
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: Connection(run), "127.0.0.1", job.port) for _ in range(job.connections)]
    begin, cpu = time.perf_counter(), time.process_time()
    for _, connection in opened:
        connection.go()
    await run.done.wait()
    elapsed, spent = time.perf_counter() - begin, time.process_time() - cpu
    median, p95, p99 = (percentile(run.waits, percent) for percent in (50, 95, 99))
    return Result(run.answered, run.bare, run.errors, elapsed, spent, median, p95, p99, max(run.waits))


def _requests(job: Job) -> Iterator[bytes]:
    secret = f"X-Telegram-Bot-Api-Secret-Token: {job.secret}\r\n" if job.secret else ""
    head = f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{secret}Content-Length: "
    texts = [json.dumps(text) for text in job.texts]
    for number in range(job.updates):
        chat, update = job.first_chat + number % job.chats, job.first_update + number
        body = (
            f'{{"update_id":{update},"message":{{"message_id":{update},"from":{{"id":{chat},"is_bot":false,"first_name":'
            f'"Resident {chat}","language_code":"vi"}},"chat":{{"id":{chat},"first_name":"Resident {chat}","type":"private"}},'
            f'"date":{int(time.time())},"text":{texts[update % len(texts)]}}}}}'
        )
        yield f"{head}{len(body)}\r\n\r\n{body}".encode()


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(load(Job(**json.load(sys.stdin)))))))
