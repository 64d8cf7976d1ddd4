"""Prints Markdown tables; `--json FILE` writes the same figures as JSON. No goal is enforced: a shared machine swings."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.webhooks.crowd import crowd
from benchmarks.webhooks.memory import memory
from benchmarks.webhooks.polling import polling
from benchmarks.webhooks.profile import profile
from benchmarks.webhooks.tables import FULL, QUICK, Grid, Scale
from benchmarks.webhooks.throughput import throughput
from bot.engine import build_engine
from bot.settings import load_settings

MEASURED: Mapping[str, Callable[[Scale, Path], Awaitable[Grid]]] = {
    "throughput": throughput,
    "profile": profile,
    "polling": polling,
    "crowd": crowd,
    "memory": memory,
}


async def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.webhooks", description=__doc__)
    arguments.add_argument("--only", action="append", choices=MEASURED, help="one of the tables; may be given again")
    arguments.add_argument("--quick", action="store_true", help="small numbers, a minute or two: to see whether it runs")
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
        build_engine(load_settings(cache=Path(cache)))  # a start of the service takes the matcher from here
        for name in given.only or MEASURED:
            tables.append(await MEASURED[name](scale, Path(cache)))
            print(f"\n{tables[-1].markdown()}", flush=True)
    if given.json:
        found = {**machine, "scale": asdict(scale), "tables": [asdict(table) for table in tables]}
        given.json.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
