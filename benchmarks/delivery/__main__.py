"""Prints Markdown tables; `--json FILE` writes the same figures as JSON. No goal is enforced: a shared machine swings."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.delivery.answers import answers
from benchmarks.delivery.outbox import outbox
from benchmarks.delivery.rate import rate
from benchmarks.delivery.resume import resume
from benchmarks.delivery.silence import silence
from benchmarks.delivery.tables import FULL, QUICK, Scale, Table

# The outbox comes first, while this process is small: what a child weighs at its birth counts as its own.
MEASURED: Mapping[str, Callable[[Scale, Path], Table]] = {
    "outbox": lambda scale, _: outbox(scale),
    "rate": lambda scale, _: asyncio.run(rate(scale)),
    "answers": lambda scale, cache: asyncio.run(answers(scale, cache)),
    "resume": lambda scale, cache: asyncio.run(resume(scale, cache)),
    "silence": lambda scale, _: asyncio.run(silence(scale)),
}


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description=__doc__)
    arguments.add_argument("--only", action="append", choices=MEASURED, help="one of the tables; may be given again")
    arguments.add_argument("--quick", action="store_true", help="small numbers, a minute: to see whether it runs")
    arguments.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    given = arguments.parse_args()
    scale = QUICK if given.quick else FULL
    machine = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    print(", ".join(f"{name} {value}" for name, value in machine.items()), flush=True)
    tables = []
    with tempfile.TemporaryDirectory() as cache:
        _build(cache)
        for name in given.only or MEASURED:
            tables.append(MEASURED[name](scale, Path(cache)))
            print(f"\n{tables[-1].markdown()}", flush=True)
    if given.json:
        found = {**machine, "scale": asdict(scale), "tables": [asdict(table) for table in tables]}
        given.json.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _build(cache: str) -> None:
    """The matcher, once: a start of the service takes it from here, as every start but the first does."""
    subprocess.run(
        [sys.executable, "-m", "bot", "ask", "vay vốn làm nhà"],
        env={**os.environ, "LOABAN_CACHE": cache},
        stdout=subprocess.DEVNULL,
        check=True,
    )


if __name__ == "__main__":
    main()
