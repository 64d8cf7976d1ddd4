"""A program that tells how it was started, and does as it is told: it ends with a number, raises, or waits for a signal."""

from __future__ import annotations

import faulthandler
import json
import os
import random
import signal
import sys
import threading
import warnings
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE)


def how() -> dict[str, object]:
    """Whatever the code of a process can see of its start."""
    os.umask(umask := os.umask(0))
    return {
        "arguments": sys.argv[1:],
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
        "path": sys.path[0],
        "umask": umask,
        "warnings": (sys.warnoptions, [one[0] for one in warnings.filters[:1]]),
        "streams": [repr((one.encoding, one.errors, one.isatty())) for one in (sys.stdin, sys.stdout, sys.stderr)],
        "files": sorted(int(one.name) for one in Path("/proc/self/fd").iterdir())[:-1],  # the last is this list itself
        "threads": threading.active_count(),
        "faults": faulthandler.is_enabled(),
        "signals": [str(signal.getsignal(number)) for number in SIGNALS],
        "chance": random.random(),
    }


if __name__ == "__main__":
    print(json.dumps(how()), flush=True)
    match sys.argv[1]:
        case "raise":
            raise RuntimeError(*sys.argv[2:])
        case "warn":
            warnings.warn(" ".join(sys.argv[2:]), stacklevel=1)
        case "wait":
            signal.pause()
        case number:
            sys.exit(int(number))
