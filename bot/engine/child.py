"""How a process behaves that works on content for another: it gives way to whoever serves, and ends with it."""

from __future__ import annotations

import os
import threading

GIVES_WAY = 10  # of the 19 steps: beside a busy process it still gets a tenth of a core


def serve_parent() -> None:
    """To be called first, by a process whose standard input is a pipe of whoever started it."""
    if hasattr(os, "nice"):
        os.nice(GIVES_WAY)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """The pipe ends when the other process does, however that ended."""
    while os.read(0, 1024):  # not by sys.stdin, whose lock would be in the way at the end
        pass
    os._exit(1)
