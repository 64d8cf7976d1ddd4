"""`loaban run` on a machine whose clock can be set: a file says by how many seconds it is wrong."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.errors import LoabanError
from bot.service.running import serve_all
from bot.settings import load_settings

WRONG_BY = "FAULTS_CLOCK"


def wrong_clock() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(Path(os.environ[WRONG_BY]).read_text("utf-8")))


if __name__ == "__main__":
    try:
        asyncio.run(serve_all(load_settings(), wrong_clock))
    except LoabanError as error:  # as the command line does; the disk may be full
        sys.exit(str(error))
