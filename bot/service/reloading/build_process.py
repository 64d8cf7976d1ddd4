"""Reading, checking and building in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bot.engine import Engine
from bot.engine.cache import cache_folder
from bot.service.reloading.build_result import RejectedContent, UnreadableBuild, unpacked
from bot.settings import Settings

PATIENCE = 180.0  # seconds; it takes three on an idle machine
CODE = Path(__file__).resolve().parents[3]  # the folder that holds `bot`, so that the child runs the same code
LAST_WORDS = 500  # characters
# Always the same thread: memory that is freed stays with the thread that asked for it, a hundred megabytes with each.
_UNPACKING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="content")


async def build_in_child(settings: Settings, code: str, patience: float = PATIENCE) -> Engine | RejectedContent:
    """What `child.build` makes of the content as it is on disk. The process is gone when this returns or is cancelled.

    `code` is the `code_key` of the code that runs; other code on disk may make other minds, so it is refused.
    """
    home, cache = settings.home.resolve(), cache_folder(settings.cache).resolve()
    command = (sys.executable, "-m", "bot.service.reloading.child", str(home), settings.lang, str(cache), code)
    try:
        child = await asyncio.create_subprocess_exec(*command, cwd=CODE, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    except OSError as error:
        return RejectedContent({}, f"no process can be started: {error.strerror}")
    try:
        async with asyncio.timeout(patience):
            handed, complaint = await _all_of(child)
            ended = await child.wait()
    except TimeoutError:
        return RejectedContent({}, f"it took longer than {patience:g} seconds")
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        if child.stdin is not None:
            child.stdin.close()
    if ended != 0:
        return RejectedContent({}, f"the process that builds ended with {ended}: {_last_line(complaint)}")
    try:
        return await asyncio.get_running_loop().run_in_executor(_UNPACKING, unpacked, handed)
    except UnreadableBuild as error:
        return RejectedContent({}, str(error))


async def _all_of(child: Process) -> tuple[bytes, bytes]:
    """Both outputs to their ends. Its input stays open meanwhile: the child ends with it."""
    assert child.stdout is not None  # noqa: S101 - both are pipes
    assert child.stderr is not None  # noqa: S101
    handed, complaint = await asyncio.gather(child.stdout.read(), child.stderr.read())
    return handed, complaint


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:LAST_WORDS] if lines else ""
