"""Webhooks, `/healthz` and `/metrics` on one address, in the loop that everything else runs in.

A reverse proxy with HTTPS stands in front. It passes on the paths of the channels and of media, and no other: health and
figures are for the administrator alone.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.channels.descriptor import ANSWER_SECONDS
from bot.channels.media import MediaSource
from bot.channels.registry import CHANNELS
from bot.channels.webhook import WebhookChannel, WebhookRejected
from bot.errors import SettingsError, StoreError
from bot.i18n import mark
from bot.logs import place
from bot.web.connections import GuardedProtocol
from bot.web.health_check import HealthCheck
from bot.web.intake import Intake
from bot.web.media import Media
from bot.web.metrics import Metrics

MAX_BODY = 1_000_000  # bytes
BODY_SECONDS = 10.0
PATIENCE: Mapping[str, float] = {one.name: one.answer_seconds for one in CHANNELS}
LONGER_PATHS = frozenset(one.name for one in CHANNELS if one.longer_path)
LOOK_SECONDS = 5.0
CONNECTIONS = 500  # more are refused with 503
BACKLOG = 256
KEEP_ALIVE_SECONDS = 75  # longer than the proxy's, so that it is the proxy who hangs up
GRACE_SECONDS = 8  # Docker kills 10 s after it asked

NOT_LISTENING = mark("{setting}: the server cannot listen on {host}:{port} ({reason}).")

log = structlog.stdlib.get_logger(__name__)


def application(
    channels: Sequence[WebhookChannel],
    intake: Intake,
    metrics: Metrics,
    health: HealthCheck,
    wake: Callable[[], None],
    media: Sequence[MediaSource] = (),
) -> ASGIApp:
    """A webhook for every channel at `/<its name>`; `wake` is called where a reply may have to go out by a call.

    Some may be given a longer path, which then is a secret of its own. Where channels hand out links to what people sent
    through them, it is opened at `/media/<token>`, as is what the sources of `media` have.
    """
    webhooks = {channel.name: _Webhook(channel, intake, metrics, wake) for channel in channels}
    routes = [Route("/healthz", _healthz(health)), Route("/metrics", _metrics(metrics))]
    senders = [channel for channel in channels if isinstance(channel, MediaSource)]
    if sources := [source for source in (*senders, *media) if source.links]:
        routes.append(Route("/media/{token}", Media(sources)))
    others = Starlette(routes=routes)
    others.router.redirect_slashes = False

    # Without the layers of a framework, as every message passes here: all other paths are looked for afterwards.
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        name, further, rest = scope["path"].removeprefix("/").partition("/")
        webhook = webhooks.get(name)
        if webhook is None or (further and (name not in LONGER_PATHS or not rest or "/" in rest)):
            await others(scope, receive, send)
        else:
            await webhook(scope, receive, send)

    return app


async def serve_http(
    app: ASGIApp,
    host: str,
    port: int,
    stop: asyncio.Event,
    *,
    ready: Callable[[int], None] = lambda _: None,
    setting: str = "LOABAN_LISTEN",
    protocol: type[GuardedProtocol] = GuardedProtocol,
    connections: int = CONNECTIONS,
    backlog: int = BACKLOG,
) -> None:
    """Serve until `stop` is set, then answer what is in hand, for some seconds at most.

    `ready` is told the port, which the system chooses where `port` is 0; `setting` names who chose it. `protocol` counts the
    connections of one address, `connections` are all of them at once, with open streams; `backlog` those that wait. Raises
    SettingsError where the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), port), family=family, backlog=backlog)
    except (OSError, OverflowError) as error:
        raise SettingsError(NOT_LISTENING, setting=setting, host=host, port=port, reason=error) from None
    # Else a body waits 40 ms until the client has confirmed the head. What is accepted inherits it.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = _Server(
        uvicorn.Config(
            app,
            http=protocol,
            log_config=None,
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            limit_concurrency=connections,
            backlog=backlog,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    ready(listening.getsockname()[1])
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        server.should_exit = True
        await asyncio.wait({serving})
        listening.close()
    serving.result()


class _Server(uvicorn.Server):
    """Signals are ours: they stop more than the server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Webhook:
    """One channel's requests: read, recognised, stored, and only then answered with 200."""

    def __init__(self, channel: WebhookChannel, intake: Intake, metrics: Metrics, wake: Callable[[], None]) -> None:
        self._channel = channel
        self._intake = intake
        self._metrics = metrics
        self._wake = wake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = NOT_ALLOWED
        if scope["method"] == "POST":
            answer = await self._answered(scope, receive)
            self._metrics.responses.labels(self._channel.name, str(answer.status)).inc()
        headers = [(b"content-length", str(len(answer.body)).encode()), *answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answered(self, scope: Scope, receive: Receive) -> _Answer:
        name = self._channel.name
        # Of a header that comes twice the first counts.
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in reversed(scope["headers"])}
        try:
            async with asyncio.timeout(PATIENCE.get(name, ANSWER_SECONDS)):
                self._channel.recognise(headers)
                async with asyncio.timeout(BODY_SECONDS):
                    body = await _body(headers, receive)
                return await self._stored(headers, body)
        except WebhookRejected as error:
            log.warning("webhook refused", channel=name, status=error.status)
            return _Answer(error.status)
        except ClientDisconnect:
            return _Answer(400)
        except StoreError:  # told by the intake, once for all who wait
            return COME_AGAIN
        except TimeoutError:  # the work goes on, and the repetition will find it done
            log.warning("webhook not answered in time", channel=name)
            return COME_AGAIN
        except Exception as error:  # noqa: BLE001 - a traceback could quote a resident
            log.error("webhook failed", channel=name, error=place(error))
            return _Answer(500)

    async def _stored(self, headers: Mapping[str, str], body: bytes) -> _Answer:
        try:
            incomings = self._channel.receive(headers, body)
        except WebhookRejected:
            raise
        except Exception as error:  # noqa: BLE001 - the same body would fail again, however often the vendor brings it
            log.error("a request that cannot be read is skipped", channel=self._channel.name, error=place(error))
            return _Answer()
        self._metrics.updates.labels(self._channel.name).inc(len(incomings))
        answer = await self._intake.put(incomings, self._channel.in_response)
        if answer is None:
            if incomings:
                self._wake()
            return _Answer()
        return _Answer(body=answer, headers=((b"content-type", b"application/json"),))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a request to a webhook is answered with."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


COME_AGAIN = _Answer(503, headers=((b"retry-after", b"5"),))
NOT_ALLOWED = _Answer(405, headers=((b"allow", b"POST"),))


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """Raises WebhookRejected where it is too long, as soon as that shows, and ClientDisconnect."""
    if int(headers.get("content-length", "0")) > MAX_BODY:
        raise WebhookRejected(413)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise WebhookRejected(413)
        more = message.get("more_body", False)
    return bytes(body)


def _healthz(health: HealthCheck) -> Callable[[Request], object]:
    async def healthz(request: Request) -> Response:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                well, shown = await asyncio.to_thread(health.check)
        except TimeoutError:
            return JSONResponse({"status": "failing", "store_writable": False}, status_code=503)
        return JSONResponse(shown, status_code=200 if well else 503)

    return healthz


def _metrics(metrics: Metrics) -> Callable[[Request], object]:
    async def page(request: Request) -> Response:
        return Response(await asyncio.to_thread(metrics.exposition), media_type="text/plain; version=0.0.4; charset=utf-8")

    return page
