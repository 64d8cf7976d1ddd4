"""What a bare bot costs: python-telegram-bot that echoes, and no bot at all. On the same server settings as Loa Bản.

Run as `python -m benchmarks.webhooks.rivals NAME`: `echo` and `json` print the port that they serve; `poll` fetches updates
from LOABAN_TELEGRAM_API and answers each by a call.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from telegram import Bot, Message, Update
from telegram.request import HTTPXRequest

from bot.delivery.replies import IN_FLIGHT
from bot.web.server import serve_http
from tests.stubs.bot_api import TOKEN


async def echo() -> None:
    """Every message comes back as it is, in the response body."""
    bot = Bot(TOKEN)

    async def answer(request: Request) -> Response:
        message = _message(Update.de_json(await request.json(), bot))
        return JSONResponse({"method": "sendMessage", "chat_id": message.chat.id, "text": message.text})

    await _serve(answer)


async def json_only() -> None:
    """JSON in, JSON out: what the server alone costs."""

    async def answer(request: Request) -> Response:
        message = (await request.json())["message"]
        return JSONResponse({"method": "sendMessage", "chat_id": message["chat"]["id"], "text": message["text"]})

    await _serve(answer)


async def poll() -> None:
    """Every message comes back as it is, by a call; as many are in flight as Loa Bản has. No memory of what was answered."""
    places = asyncio.Semaphore(IN_FLIGHT)
    sending: set[asyncio.Task[None]] = set()
    offset = 0

    async def answer(bot: Bot, message: Message) -> None:
        async with places:
            await bot.send_message(message.chat.id, message.text or "")

    request = HTTPXRequest(connection_pool_size=IN_FLIGHT, pool_timeout=60)
    async with Bot(TOKEN, base_url=os.environ["LOABAN_TELEGRAM_API"], request=request) as bot:
        while True:
            for update in await bot.get_updates(offset=offset, timeout=2):
                offset = update.update_id + 1
                task = asyncio.create_task(answer(bot, _message(update)))
                sending.add(task)
                task.add_done_callback(sending.discard)


async def _serve(answer: Callable[[Request], Awaitable[Response]]) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = Starlette(routes=[Route("/telegram", answer, methods=["POST"])])
    await serve_http(app, "127.0.0.1", 0, stop, ready=lambda port: print(port, flush=True))


def _message(update: Update) -> Message:
    assert update.message is not None
    return update.message


RIVALS: Mapping[str, Callable[[], Awaitable[None]]] = {"echo": echo, "json": json_only, "poll": poll}


async def main(name: str) -> None:
    await RIVALS[name]()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
