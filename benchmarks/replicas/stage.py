"""A PostgreSQL server as one has it, and what the kernel says that it costs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import MISSING, Server, binaries

AS_SERVED = (
    "fsync=on",
    "full_page_writes=on",
    "autovacuum=on",
    "shared_buffers=256MB",
    "max_connections=100",
    "max_wal_size=1GB",
)
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def served() -> Iterator[Server]:
    """Every commit is on its disk."""
    programs = binaries()
    if programs is None:
        sys.exit(MISSING)
    server = Server(programs, *AS_SERVED)
    try:
        yield server
    finally:
        server.end()


def cpu(server: Server) -> float:
    """Seconds of processor time so far, of all its processes, those that ended as well."""
    main = server.pid()
    spent = sum(_times(main)[:4])
    for found in Path("/proc").glob("[0-9]*"):
        try:
            fields = _fields(int(found.name))
        except OSError:  # it has ended meanwhile
            continue
        if int(fields[1]) == main:
            spent += sum(int(field) for field in fields[11:13]) / TICKS
    return spent


def _times(pid: int) -> list[float]:
    """In user mode and in the kernel, its own and those of its children that it has waited for."""
    return [int(field) / TICKS for field in _fields(pid)[11:15]]


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
