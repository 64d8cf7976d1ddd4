"""`loaban run` with a stopwatch at its joints: where the processor time of an update goes.

`python -m benchmarks.webhooks.profiled FILE run` writes the seconds so far, as JSON, to FILE at every SIGUSR1. A joint costs
two readings of the thread's clock, about a microsecond.
"""

from __future__ import annotations

import functools
import json
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bot.service.app
from bot.channels.telegram.channel import TelegramChannel
from bot.cli.root import main
from bot.matching.matcher import Matcher
from bot.service.app import App

JOINTS = (
    (TelegramChannel, "receive"),
    (TelegramChannel, "in_response"),
    (App, "answer"),
    (bot.service.app, "respond"),
    (Matcher, "match"),
)
spent: defaultdict[str, float] = defaultdict(float)  # seconds of processor time in a joint and all below it
lasted: defaultdict[str, float] = defaultdict(float)  # seconds by the clock


def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def measured(*args: Any, **kwargs: Any) -> Any:
        begin, cpu = time.perf_counter(), time.thread_time()
        try:
            return work(*args, **kwargs)
        finally:
            spent[name] += time.thread_time() - cpu
            lasted[name] += time.perf_counter() - begin

    return measured


def main_profiled(file: Path) -> None:
    for owner, name in JOINTS:
        setattr(owner, name, timed(name, getattr(owner, name)))

    def tell(*_: object) -> None:
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps({"all": time.process_time(), **spent, "answer by the clock": lasted["answer"]}), "utf-8")
        beside.rename(file)

    signal.signal(signal.SIGUSR1, tell)
    main()


if __name__ == "__main__":
    target = Path(sys.argv.pop(1))
    main_profiled(target)
