"""Lets a bot that polls talk with telemelya, a Telegram emulator that only pushes to a webhook.

The bridge registers itself as the webhook, keeps the updates it is pushed, and stands before the emulator as the Bot API.
It answers what telemelya 0.2 lacks:

- `getUpdates`: offset, limit, timeout and allowed_updates as the Bot API documents them, and its 401 and 409;
- update ids that only grow: telemelya's are milliseconds modulo ten million, which start anew every 2.8 hours;
- `getWebhookInfo`: none is set, as the one that is set is the bridge's own and the bot would delete it;
- the S3 bucket that telemelya looks for when it starts. It is there, and empty: nothing of ours uploads a file.

Every other method is passed on, and its answer passed back, unchanged.
"""

from __future__ import annotations

import http.client
import json
import threading
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

Json = dict[str, Any]

HOST = "127.0.0.1"
BUCKET = "/test-media"
MAX_UPDATES = 100
LONGEST_POLL = 50
PASSING_SECONDS = 10.0
IDLE_SECONDS = 60.0  # longer than a poll: who is silent for so long is not there any more
NO_WEBHOOK = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
NOT_PASSED = {"host", "connection", "content-length", "accept-encoding"}


class Updates:
    """The queue behind `getUpdates`: an update stays until a higher offset confirms it."""

    def __init__(self) -> None:
        self.waiting: list[Json] = []
        self._changed = threading.Condition()
        self._last = 0
        self._polls = 0
        self._allowed: frozenset[str] = frozenset()
        self._closed = False

    def add(self, update: Json) -> None:
        with self._changed:
            self._last = max(self._last + 1, int(update["update_id"]))
            if not self._allowed or self._allowed & update.keys():
                self.waiting.append(update | {"update_id": self._last})
                self._changed.notify_all()

    def fetch(
        self, offset: int = 0, limit: int = MAX_UPDATES, seconds: float = 0, allowed: list[str] | None = None
    ) -> list[Json] | None:
        """What waits, or None when another poll began meanwhile. A negative offset counts from the end of the queue.

        What is allowed holds for updates to come, until it is said anew; an empty list allows all.
        """
        with self._changed:
            self._polls += 1
            mine = self._polls
            self._changed.notify_all()
            if allowed is not None:
                self._allowed = frozenset(allowed)
            if offset < 0:
                self.waiting = self.waiting[offset:]
            else:
                self.waiting = [update for update in self.waiting if update["update_id"] >= offset]
            self._changed.wait_for(lambda: self.waiting or self._closed or self._polls != mine, seconds)
            return self.waiting[: max(1, min(limit, MAX_UPDATES))] if self._polls == mine else None

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Bridge:
    """The Bot API for the bot, the webhook and the bucket for the emulator, on one free port of loopback."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.updates = Updates()
        self.passed: list[str] = []  # the methods that were passed on, as they came
        self.standin: str | None = None
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def place(self) -> str:
        return f"{HOST}:{self._server.server_address[1]}"

    @property
    def api(self) -> str:
        """The address up to and including `/bot`."""
        return f"http://{self.place}/bot"

    def register(self, standin: str) -> None:
        """Make this the webhook of the bot at the emulator, which listens at `standin`."""
        self.standin = standin
        body = json.dumps({"url": f"http://{self.place}/webhook"}).encode()
        request = urllib.request.Request(
            f"http://{standin}/bot{self.token}/setWebhook", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PASSING_SECONDS) as response:
            answer = json.load(response)
        if not answer["ok"]:
            raise RuntimeError(f"the stand-in refuses the webhook: {answer}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self.updates.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for the answers under way

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        super().__init__((HOST, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: _Server

    def handle(self) -> None:
        with suppress(ConnectionError):  # who hung up, for example during a long poll, needs no answer
            super().handle()

    def do_HEAD(self) -> None:
        self._answer(200 if urlsplit(self.path).path == BUCKET else 404, b"")

    def do_GET(self) -> None:
        self._route()

    def do_POST(self) -> None:
        self._route()

    def _route(self) -> None:
        bridge, address = self.server.bridge, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if address.path == "/webhook":
            bridge.updates.add(json.loads(body))
            self._answer(200, b"")
        elif address.path == f"/bot{bridge.token}/getUpdates":
            self._get_updates(dict(parse_qsl(address.query) + parse_qsl(body.decode())))
        elif address.path.endswith("/getUpdates"):
            self._refuse(401, "Unauthorized")
        elif address.path == f"/bot{bridge.token}/getWebhookInfo":
            self._answer(200, json.dumps({"ok": True, "result": NO_WEBHOOK}).encode())
        else:
            bridge.passed.append(address.path.rsplit("/", 1)[-1])
            self._pass_on(body)

    def _get_updates(self, given: dict[str, str]) -> None:
        updates = self.server.bridge.updates.fetch(
            offset=int(given.get("offset", 0)),
            limit=int(given.get("limit", MAX_UPDATES)),
            seconds=min(int(given.get("timeout", 0)), LONGEST_POLL),
            allowed=json.loads(given["allowed_updates"]) if "allowed_updates" in given else None,
        )
        if updates is None:
            self._refuse(
                409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            )
        else:
            self._answer(200, json.dumps({"ok": True, "result": updates}).encode())

    def _pass_on(self, body: bytes) -> None:
        standin = self.server.bridge.standin
        if standin is None:
            self._refuse(502, "Bad Gateway: the stand-in is not there yet")
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED}
        connection = http.client.HTTPConnection(standin, timeout=PASSING_SECONDS)
        try:
            connection.request(self.command, self.path, body or None, headers)
            response = connection.getresponse()
            status, kind, answer = response.status, response.headers.get("Content-Type", ""), response.read()
        except (OSError, http.client.HTTPException) as error:
            self._refuse(502, f"Bad Gateway: {error!r}")
        else:
            self._answer(status, answer, kind)
        finally:
            connection.close()

    def _refuse(self, code: int, description: str) -> None:
        self._answer(code, json.dumps({"ok": False, "error_code": code, "description": description}).encode())

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what the bot sent is in the emulator's own record."""
