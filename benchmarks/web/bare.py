"""A bare page: a form, an answer of the size of ours, and a stream that says nothing. Prints the port that it serves.

Run as `python -m benchmarks.web.bare`.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from benchmarks.web.stage import CONNECTIONS
from bot.web.server import serve_http

PAGE = (
    '<!doctype html><html lang="vi"><title>Loa</title><style>' + "p{margin:0}" * 250 + "</style>"
    '<div id="log"></div><form method="post" action="/"><textarea id="q" name="noi_dung"></textarea>'
    '<button class="send">Gửi</button></form>'
)
ANSWER = '<div id="log"><p>{}</p><p>Nguồn: ' + "chữ " * 250 + "</p></div>"


async def show(request: Request) -> Response:
    return HTMLResponse(PAGE)


async def write(request: Request) -> Response:
    fields = dict(parse_qsl((await request.body()).decode("ascii")))
    return HTMLResponse(ANSWER.format(len(fields["noi_dung"])))


async def stream(request: Request) -> Response:
    return StreamingResponse(_silence(), media_type="text/event-stream")


async def _silence() -> AsyncIterator[str]:
    while True:
        yield ": \n\n"
        await asyncio.sleep(25)


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    routes = [Route("/", show), Route("/", write, methods=["POST"]), Route("/dong", stream)]
    ready = lambda port: print(port, flush=True)  # noqa: E731
    await serve_http(Starlette(routes=routes), "127.0.0.1", 0, stop, ready=ready, connections=CONNECTIONS, backlog=1024)


if __name__ == "__main__":
    asyncio.run(main())
