"""The token appears in no log line, wherever the line comes from."""

from __future__ import annotations

import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Literal
from urllib.parse import quote

import httpx
import pytest
import structlog

from bot.logs import configure_logging, place
from tests.processes import free_port

TOKEN = "123456789:AAE_secret-secret-secret-secret-secr"
OTHER = 'kho"á bí mật'

Logs = Callable[..., io.StringIO]


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Configures logging into a buffer, and puts everything back."""
    root = logging.getLogger()
    before = (root.level, sys.excepthook, threading.excepthook)
    levels = {name: logging.getLogger(name).level for name in ("httpx", "httpcore", "telegram")}
    handlers = list(root.handlers)

    def start(format: Literal["console", "json"] = "json", level: str = "debug") -> io.StringIO:
        stream = io.StringIO()
        configure_logging(level, format, [TOKEN, OTHER, ""], stream)
        return stream

    yield start
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
    root.setLevel(before[0])
    sys.excepthook, threading.excepthook = before[1:]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


FORMATS: list[Literal["console", "json"]] = ["console", "json"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_secret_is_taken_out_of_our_own_lines(logs: Logs, format: Literal["console", "json"]) -> None:
    stream = logs(format)
    structlog.stdlib.get_logger("bot.x").info("polling", url=f"https://host/bot{TOKEN}/getMe", key=OTHER)
    line = stream.getvalue()
    assert "polling" in line
    assert "/bot[secret]/getMe" in line
    assert TOKEN not in line
    assert "bí mật" not in line


@pytest.mark.parametrize("format", FORMATS)
def test_a_secret_is_taken_out_of_other_peoples_lines(logs: Logs, format: Literal["console", "json"]) -> None:
    stream = logs(format)
    logging.getLogger("someone.else").warning("GET %s", f"https://host/bot{quote(TOKEN, safe='')}/getMe")
    assert "GET https://host/bot[secret]/getMe" in stream.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_a_secret_is_taken_out_of_a_traceback(logs: Logs, format: Literal["console", "json"]) -> None:
    stream = logs(format)
    address = f"http://127.0.0.1:{free_port()}/bot{TOKEN}/getMe"
    try:
        try:
            httpx.get(address, trust_env=False)
        except httpx.ConnectError as error:
            raise ConnectionError(f"{address} failed") from error
    except ConnectionError:
        structlog.stdlib.get_logger("bot.x").exception("poll failed")
        logging.getLogger("someone.else").exception("poll failed")
    text = stream.getvalue()
    assert text.count("httpx.ConnectError") >= 2
    assert text.count("[secret]/getMe failed") == 2
    assert TOKEN not in text


async def test_httpx_does_not_log_addresses_even_at_debug(logs: Logs) -> None:
    stream = logs("json", "debug")
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get(f"https://host/bot{TOKEN}/getMe")
    assert stream.getvalue() == ""
    logging.getLogger("httpx").warning("https://host/bot%s/getMe", TOKEN)
    assert "bot[secret]/getMe" in stream.getvalue()


def test_an_uncaught_exception_is_a_log_line_without_the_secret(logs: Logs) -> None:
    stream = logs()
    try:
        raise RuntimeError(f"bot{TOKEN}")
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
    line = json.loads(stream.getvalue())
    assert line["level"] == "critical"
    assert "RuntimeError: bot[secret]" in line["exception"]


def test_a_thread_that_fails_is_a_log_line_without_the_secret(logs: Logs) -> None:
    stream = logs()

    def fail() -> None:
        raise RuntimeError(TOKEN)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    assert "RuntimeError: [secret]" in stream.getvalue()


def test_a_mistyped_token_that_nobody_named_is_hidden_too(logs: Logs) -> None:
    stream = logs()
    logging.getLogger("x").warning("bot987654321:AAFooooooooooooooooooooooooooooooooo/getMe")
    assert "bot[secret]/getMe" in stream.getvalue()


def test_local_variables_are_not_printed_with_a_traceback(logs: Logs) -> None:
    stream = logs("console")
    try:
        said = " ".join(("hoàn", "cảnh"))  # so that the line of code itself does not hold it
        raise ValueError(len(said))
    except ValueError:
        structlog.stdlib.get_logger("bot.x").exception("failed")
    assert "raise ValueError" in stream.getvalue()
    assert "hoàn cảnh" not in stream.getvalue()


def test_a_json_line_says_when_what_and_how_bad(logs: Logs) -> None:
    stream = logs()
    structlog.stdlib.get_logger("bot.x").warning("channel pauses", seconds=3)
    line = json.loads(stream.getvalue())
    assert (line["event"], line["level"], line["logger"], line["seconds"]) == ("channel pauses", "warning", "bot.x", 3)
    assert line["timestamp"].endswith("Z")


def test_lines_below_the_level_are_not_written(logs: Logs) -> None:
    stream = logs("json", "warning")
    structlog.stdlib.get_logger("bot.x").info("small talk")
    assert stream.getvalue() == ""


def test_configuring_twice_does_not_write_twice(logs: Logs) -> None:
    first = logs()
    second = logs()
    logging.getLogger("x").warning("once")
    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


def test_the_place_of_an_error_does_not_quote_it() -> None:
    with pytest.raises(KeyError) as caught:
        raise KeyError("tôi tên là Mai")
    assert place(caught.value).startswith("KeyError at ")
    assert "Mai" not in place(caught.value)
    assert place(KeyError("Mai")) == "KeyError"
