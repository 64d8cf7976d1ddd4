"""Prints Markdown tables. No goal is enforced: a shared machine swings."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.web.console import console
from benchmarks.web.half_open import half_open
from benchmarks.web.lines import lines
from benchmarks.web.messages import messages
from benchmarks.web.restart import restart
from benchmarks.web.streams import streams, webhooks
from benchmarks.web.tables import FULL, QUICK, Scale
from benchmarks.webhooks.tables import Grid
from bot.engine import build_engine
from bot.settings import load_settings

MEASURED: Mapping[str, Callable[[Scale, Path], Awaitable[Grid]]] = {
    "messages": messages,
    "streams": streams,
    "webhooks": webhooks,
    "half-open": half_open,
    "lines": lines,
    "restart": restart,
    "console": console,
}


async def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    arguments.add_argument("--only", action="append", choices=MEASURED, help="one of the tables; may be given again")
    arguments.add_argument("--quick", action="store_true", help="small numbers, a minute: to see whether it runs")
    given = arguments.parse_args()
    scale = QUICK if given.quick else FULL
    at = datetime.now(UTC).isoformat(timespec="seconds")
    print(f"python {platform.python_version()}, cores {os.cpu_count()}, load {os.getloadavg()[0]:.1f}, at {at}", flush=True)
    with tempfile.TemporaryDirectory() as cache:
        build_engine(load_settings(cache=Path(cache)))  # a start of the service takes the matcher from here
        for name in given.only or MEASURED:
            print(f"\n{(await MEASURED[name](scale, Path(cache))).markdown()}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
