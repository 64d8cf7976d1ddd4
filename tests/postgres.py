"""A PostgreSQL server of this process's own, where the machine has one: in a private folder, on a socket, never on a port.

It is started when the first test asks for it, and ends with the process. Nobody here cuts the power, so it does not wait for
the disk. All tests of a process share one database, which is emptied between them.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

import psycopg
import pytest

from bot.stores.moving import TABLES

ACCOUNT = "postgres"  # the server refuses to be root
MISSING = "there is no PostgreSQL on this machine (initdb), so replicas are not tested, and contracts on SQLite alone"
REQUIRED = "TESTS_NEED_POSTGRES"  # set by .ci/run
QUICK = ("fsync=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB", "max_connections=60", "jit=off")
UNLOCKED = f"TRUNCATE {', '.join((*TABLES, 'replicas'))} RESTART IDENTITY CASCADE"


@lru_cache(1)
def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`: of the newest version, where there are several."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    found = shutil.which("initdb") or (str(installed[-1]) if installed else None)
    return Path(found).resolve().parent if found else None


def needed() -> Path:
    """As `binaries`; a test that asks where there is none is left out, or fails where it was said that there has to be one."""
    found = binaries()
    if found is None and os.environ.get(REQUIRED):
        pytest.fail(MISSING, pytrace=False)
    if found is None:
        pytest.skip(MISSING)
    return found


class Server:
    """One cluster. `url(name)` leads to a database of it."""

    def __init__(self, programs: Path, *settings: str, folder: Path | None = None) -> None:
        """`settings` as of postgresql.conf; `folder`, where one is given, may be on a disk of its own."""
        self.programs = programs
        self.settings = (*QUICK, *settings)
        self.folder = folder or Path(tempfile.mkdtemp(prefix="loaban-pg-", dir=open_folder()))
        self.data = self.folder / "data"
        if os.geteuid() == 0:
            os.chown(self.folder, *_account())
        self._run("initdb", "-D", str(self.data), "--no-sync", "-A", "trust", "-U", "loaban", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    def start(self) -> None:
        options = " ".join(f"-c {setting}" for setting in self.settings)
        sockets = f"-c listen_addresses= -c unix_socket_directories={self.folder} {options}"
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "-o", sockets, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.data), "-w", "-m", mode, "stop")

    def start_again(self) -> None:
        """After its main process was killed: the others of it notice that by themselves, soon."""
        for _ in range(200):
            with suppress(subprocess.CalledProcessError):
                return self.start()
            time.sleep(0.05)
        raise TimeoutError("the server does not come back")

    def runs(self) -> bool:
        """Whether it takes connections, now or soon."""
        return (self.data / "postmaster.pid").exists()

    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def end(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://loaban@/{database}?host={self.folder}"

    def execute(self, sql: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(sql.encode())

    def create(self, name: str, *more: str) -> str:
        """An empty database; returns its address."""
        self.execute(f"CREATE DATABASE {name} {' '.join(more)}")
        return self.url(name)

    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextmanager
    def asking_for_passwords(self) -> Iterator[None]:
        """Of everybody but those who are connected already."""
        rules = self.data / "pg_hba.conf"
        before = rules.read_text()
        try:
            self._admit("local all loaban trust\nlocal all all scram-sha-256\n")
            yield
        finally:
            self._admit(before)

    def _admit(self, rules: str) -> None:
        (self.data / "pg_hba.conf").write_text(rules)
        self.execute("SELECT pg_reload_conf()")

    def _run(self, program: str, *arguments: str) -> None:
        as_account = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"] if os.geteuid() == 0 else []
        line = [*as_account, str(self.programs / program), *arguments]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder)


@lru_cache(1)
def server() -> Server:
    """That of this process."""
    started = Server(needed())
    atexit.register(started.end)
    return started


SHARED = "contracts"


def emptied() -> str:
    """The address of the database that all tests of this process share, with nothing in it."""
    url = _shared()
    server().execute(UNLOCKED, SHARED)
    return url


@lru_cache(1)
def _shared() -> str:
    from bot.stores.postgres.store import PostgresStore

    url = server().create(SHARED)
    PostgresStore(url).close()
    return url


def _account() -> tuple[int, int]:
    known = pwd.getpwnam(ACCOUNT)
    return known.pw_uid, known.pw_gid


def open_folder() -> str:
    """One through which another account may go."""
    usual = Path(tempfile.gettempdir())
    return str(usual if os.geteuid() != 0 or usual.stat().st_mode & 0o001 else Path("/var/tmp"))
