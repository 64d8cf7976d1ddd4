"""Processes under test that are forks of one that has read our code already: see tests/fork_server.py."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO

from tests.fork_server import ENDED, STARTED, STREAMS

ROOT = Path(__file__).parent.parent
Stream = IO[bytes] | int | None  # a file, PIPE, or None for that of the tests


class Fork:
    """A process that runs: what `asyncio.subprocess.Process` has of which tests make use."""

    def __init__(self, pid: int, process: int, told: socket.socket, pipes: Mapping[int, asyncio.StreamReader]) -> None:
        self.pid = pid
        self.stdout, self.stderr = pipes.get(1), pipes.get(2)
        self.returncode: int | None = None
        self._process = process  # its descriptor: a number may belong to another process tomorrow
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._over = self._loop.create_future()
        self._loop.add_reader(told, self._has_ended)

    def _has_ended(self) -> None:
        self._loop.remove_reader(self._told)
        said = self._told.recv(ENDED.size)
        self._told.close()
        os.close(self._process)
        if said:
            (self.returncode,) = ENDED.unpack(said)
            self._over.set_result(self.returncode)
        else:
            self._over.set_exception(ConnectionResetError("the process that forks is gone"))

    def send_signal(self, number: int) -> None:
        """Raises ProcessLookupError for a process that has ended."""
        if self.returncode is not None:
            raise ProcessLookupError(self.pid)
        signal.pidfd_send_signal(self._process, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """The exit code, or below zero the signal that ended it."""
        return int(await asyncio.shield(self._over))

    async def communicate(self) -> tuple[bytes, bytes]:
        """All that is written into the pipes, once the process has ended; nothing where there is none."""
        output, complaint = await asyncio.gather(_all_of(self.stdout), _all_of(self.stderr))
        await self.wait()
        return output, complaint


async def _all_of(pipe: asyncio.StreamReader | None) -> bytes:
    return await pipe.read() if pipe is not None else b""


async def fork(
    *line: str, env: Mapping[str, str], stdout: Stream = None, stderr: Stream = None, umask: int | None = None
) -> Fork:
    """A process that runs `python -m` with this line, in the folder of the project."""
    pipes: dict[int, asyncio.StreamReader] = {}
    with ExitStack() as ours:
        streams = [STREAMS[0]]
        for number, stream in zip(STREAMS[1:], (stdout, stderr), strict=True):
            if stream == PIPE:
                reading, writing = os.pipe()
                ours.callback(os.close, writing)
                pipes[number] = await _reader_of(reading)
                streams.append(writing)
            else:
                streams.append(number if stream is None else stream if isinstance(stream, int) else stream.fileno())
        order = {"module": line[0], "arguments": line[1:], "environment": dict(env), "umask": umask}
        told, pid, process = await asyncio.to_thread(_ordered, json.dumps(order).encode(), streams)
    return Fork(pid, process, told, pipes)


async def _reader_of(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    return reader


def _ordered(order: bytes, streams: Sequence[int]) -> tuple[socket.socket, int, int]:
    """Where its end will be told, its number, and a descriptor of it."""
    here, there = socket.socketpair()
    with there:
        socket.send_fds(_server(), [order], [*streams, there.fileno()])
    said, [process], _, _ = socket.recv_fds(here, STARTED.size, 1)
    here.setblocking(False)
    return here, *STARTED.unpack(said), process


@cache
def _server() -> socket.socket:
    """Where to order."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {"PATH": os.environ["PATH"], "OPENBLAS_NUM_THREADS": "1"}  # what has threads cannot be forked
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    atexit.register(_end, server, ours)
    return ours


def _end(server: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    server.wait()
