"""telemelya as a process of its own, from `.venv-standin`: people write through its control interface, and its record is read.

It is run as it was published, with the two services it wants: Redis is fakeredis in a process, the S3 bucket is the bridge's.
What its people can do: write, give commands, send a photo, press a button. They have no voice, stickers or places.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

Json = dict[str, Any]
Found = TypeVar("Found")

READY = "done"  # in the environment's folder, once everything is installed
KEY = "the-key-of-the-control-interface"
START_SECONDS = 20.0
STOP_SECONDS = 5.0
REDIS = """\
from fakeredis import TcpFakeServer
server = TcpFakeServer(("127.0.0.1", 0))
print("redis on port", server.server_address[1], flush=True)
server.serve_forever()
"""


class StandIn:
    """The emulator at an address, from the side of those who write to the bot. Every chat has a record of its own."""

    def __init__(self, place: str, token: str) -> None:
        self.place = place
        self._token = token

    def write(self, chat: int, text: str) -> Json:
        return self._update(chat, text=text)

    def photo(self, chat: int, caption: str) -> Json:
        return self._update(chat, photo_file_id="a-photo", photo_caption=caption or None)

    def press(self, chat: int, message: int, data: str) -> Json:
        return self._update(chat, callback_data=data, callback_message_id=message)

    def record(self, chat: int, method: str) -> list[Json]:
        """Every call of a method that reached the emulator for a chat, in order."""
        responses = self._control("responses", session_id=str(chat))["responses"]
        return [one for one in responses if one["method"] == method]

    def _update(self, chat: int, **given: object) -> Json:
        """The update as the emulator made and delivered it."""
        done = self._control("send_update", {"chat_id": chat, **given}, bot_token=self._token, session_id=str(chat))
        assert done["delivery"]["status_code"] == 200, done
        update: Json = done["update"]
        return update

    def _control(self, path: str, body: Json | None = None, **query: str) -> Json:
        request = urllib.request.Request(
            f"http://{self.place}/api/v1/test/{path}?{urlencode(query)}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=START_SECONDS) as response:
            answer: Json = json.load(response)
        return answer


@contextmanager
def standin(environment: Path, folder: Path, bucket: str, token: str) -> Iterator[StandIn]:
    """telemelya and its Redis, on free ports, until the end of the block. `bucket` is where it finds its S3 service."""
    python = str(environment / "bin" / "python")
    with (
        started([python, "-c", REDIS], folder, {}, r"redis on port (\d+)") as redis,
        started(
            [python, "-m", "telemelya.server.app"],
            folder,
            {
                "MOCK_SERVER_HOST": "127.0.0.1",
                "MOCK_SERVER_PORT": "0",
                "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
                "MINIO_ENDPOINT": bucket,
                "AUTH_KEYS": KEY,
            },
            r"running on http://127\.0\.0\.1:(\d+)",
        ) as port,
    ):
        yield StandIn(f"127.0.0.1:{port}", token)


@contextmanager
def started(command: list[str], folder: Path, extra: dict[str, str], sign: str) -> Iterator[str]:
    """A process with a clean environment, from the moment it says its port until the end of the block."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    log = folder / f"{len(list(folder.iterdir()))}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=clean | extra, stdout=output, stderr=subprocess.STDOUT)
    try:

        def port() -> str | None:
            assert process.poll() is None, log.read_text("utf-8")
            found = re.search(sign, log.read_text("utf-8"))
            return found and found[1]

        yield until(port, START_SECONDS)
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until(found: Callable[[], Found | None], seconds: float) -> Found:
    """What `found` finds, as soon as it finds something."""
    late = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < late, f"nothing within {seconds:.0f} s"
        time.sleep(0.02)
    return result
