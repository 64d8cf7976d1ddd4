"""From the command line; see the package."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from bot.engine import build_engine
from bot.settings import Settings
from tests.faults.worst_hour.driver import Hour, Plan


def main() -> int:
    arguments = argparse.ArgumentParser(description="Run Loa Bản while everything goes wrong, and count what was lost.")
    arguments.add_argument("--minutes", type=float, default=60.0)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", type=Path, help="a folder that is not there yet, for all that is written, logs included")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = given.keep or Path(made) / "hour"
        folder.mkdir(parents=True)
        cache = Path(made) / "cache"
        build_engine(Settings(cache=cache))
        result = asyncio.run(
            Hour(
                Plan(given.minutes * 60, askers=3 + int(given.minutes / 5)), folder, cache, given.seed, given.keep is not None
            ).run()
        )
    print("\n".join(result.lines()))
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
