"""A process that has read our code and its libraries once, and of which processes under test are forks.

To start Python and read all that anew takes more than a second of processor time, and the tests start, kill and start again
some hundred times. A fork is a process like any other: it has a number, an environment and streams of its own, can be killed,
stopped and limited, and runs the module that it is told as `python -m` would. tests/forks.py is the other side.

What a fork does not show is that the command starts from nothing: tests/e2e/test_run.py shows it.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

LONGEST_ORDER = 1 << 16  # bytes
STREAMS = (0, 1, 2)
STARTED = struct.Struct("i")  # the number of the process; a descriptor of it comes along
ENDED = struct.Struct("i")  # its exit code, or below zero the signal that ended it
ONLY_RUN = ("__main__", "child")  # modules that are programs: a fork reads them as it runs them
WARNINGS = "PYTHONWARNINGS"


@dataclass(frozen=True)
class Order:
    """`umask` None is that of the tests."""

    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    umask: int | None = None


@dataclass
class Server:
    """Forks as the other end of `control` orders. With an order come the streams, and a socket for how the process ends."""

    control: socket.socket
    running: dict[int, socket.socket] = field(default_factory=dict)  # by the descriptor of the process

    def serve(self) -> Order | None:
        """Returns in each fork, with what it is to run; and (None) when nobody is left who could order."""
        waiting = select.poll()
        waiting.register(self.control, select.POLLIN)
        while True:
            for descriptor, _ in waiting.poll():
                if descriptor in self.running:
                    waiting.unregister(descriptor)
                    self._tell_end(descriptor)
                    continue
                said, descriptors, _, _ = socket.recv_fds(self.control, LONGEST_ORDER, len(STREAMS) + 1)
                if not said:
                    self._kill_all()
                    return None
                process = self._forked(descriptors)
                if process is None:
                    return Order(**json.loads(said))
                waiting.register(process, select.POLLIN)

    def _forked(self, descriptors: Sequence[int]) -> int | None:
        """A descriptor of the new process; in that one itself None."""
        *streams, told = descriptors
        number = os.fork()
        if not number:
            self._keep_only(streams)
            return None
        for stream in streams:
            os.close(stream)
        process, tell = os.pidfd_open(number), socket.socket(fileno=told)
        self.running[process] = tell
        socket.send_fds(tell, [STARTED.pack(number)], [process])
        return process

    def _keep_only(self, streams: Sequence[int]) -> None:
        """Of all the files that are open here."""
        for open_here in (self.control, *self.running.values()):
            open_here.detach()  # or it would close, some day, what has its number then
        for stream, given in zip(STREAMS, streams, strict=True):
            os.dup2(given, stream)
        os.closerange(len(STREAMS), os.sysconf("SC_OPEN_MAX"))

    def _tell_end(self, process: int) -> None:
        ended = os.waitid(os.P_PIDFD, process, os.WEXITED)
        assert ended is not None
        os.close(process)
        with self.running.pop(process) as tell:
            try:
                tell.send(ENDED.pack(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status))
            except ConnectionError:  # whoever ordered it does not wait for it
                return

    def _kill_all(self) -> None:
        for process in list(self.running):
            signal.pidfd_send_signal(process, signal.SIGKILL)
            self._tell_end(process)


def read_everything() -> None:
    """All of `bot`, and with it whatever it uses; what would warn is an error, as in every process of the tests."""
    import bot

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for module in pkgutil.walk_packages(bot.__path__, "bot."):
            if module.name.rpartition(".")[2] not in ONLY_RUN:
                importlib.import_module(module.name)


def become(order: Order, made: Mapping[str, str]) -> None:
    """What `python -m` would have set up. `made` is what Python and the libraries add to an environment."""
    os.environ.clear()
    os.environ.update({**made, **order.environment})
    if order.umask is not None:
        os.umask(order.umask)
    if "PYTHONFAULTHANDLER" in order.environment:
        faulthandler.enable()
    if wanted := order.environment.get(WARNINGS):
        assert wanted == "error", f"{WARNINGS}={wanted}: nobody has wanted that yet"
        sys.warnoptions.append(wanted)
        warnings.simplefilter("error")
    sys.argv[:] = [order.module, *order.arguments]
    sys.stdin = open(0, encoding=sys.stdin.encoding, errors=sys.stdin.errors, closefd=False)  # noqa: SIM115
    sys.stdout = _writing(1, sys.stdout)
    sys.stderr = _writing(2, sys.stderr)


def _writing(number: int, before: TextIO) -> TextIO:
    """A stream like this one, which may know that what it wrote into until now is no pipe."""
    lines = 1 if number == 2 or os.isatty(number) else -1
    return open(number, "w", lines, encoding=before.encoding, errors=before.errors, closefd=False)


def main() -> None:
    given = set(os.environ)
    control = socket.socket(fileno=int(sys.argv[1]))
    read_everything()
    made = {name: value for name, value in os.environ.items() if name not in given or name == "LC_CTYPE"}
    gc.collect()
    gc.freeze()
    if (order := Server(control).serve()) is not None:
        become(order, made)
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
