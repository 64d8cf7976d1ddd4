"""Prints Markdown tables; `--json FILE` writes the same figures as JSON. No goal is enforced: a shared machine swings."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks.delivery.tables import Table
from benchmarks.replicas.province import province
from benchmarks.replicas.scale import FULL, QUICK, Scale
from benchmarks.replicas.sending import answers, rate, takeover
from benchmarks.replicas.updates import updates
from benchmarks.webhooks.tables import Grid
from bot.engine import build_engine
from bot.settings import load_settings

MEASURED: Mapping[str, Callable[[Scale, Path], Grid | Table]] = {
    "updates": lambda scale, cache: asyncio.run(updates(scale, cache)),
    "rate": lambda scale, _: asyncio.run(rate(scale)),
    "takeover": lambda scale, _: asyncio.run(takeover(scale)),
    "answers": lambda scale, _: asyncio.run(answers(scale)),
    "province": lambda scale, _: province(scale),
}


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.replicas", description=__doc__)
    arguments.add_argument("--only", action="append", choices=MEASURED, help="one of the tables; may be given again")
    arguments.add_argument("--quick", action="store_true", help="small numbers, a minute or two: to see whether it runs")
    arguments.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    given = arguments.parse_args()
    scale = QUICK if given.quick else FULL
    machine = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "psycopg": psycopg.__version__,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    print(", ".join(f"{name} {value}" for name, value in machine.items()), flush=True)
    tables = []
    with tempfile.TemporaryDirectory() as cache:
        build_engine(load_settings(cache=Path(cache)))  # a start of the service takes the matcher from here
        for name in given.only or MEASURED:
            tables.append(MEASURED[name](scale, Path(cache)))
            print(f"\n{tables[-1].markdown()}", flush=True)
    if given.json:
        found = {**machine, "scale": asdict(scale), "tables": [asdict(table) for table in tables]}
        given.json.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
