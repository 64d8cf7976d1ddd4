"""Logging: structlog on top of the standard library, one line an event, and no secret in any of them.

The token stands in every URL of the Bot API, so it turns up in other people's log lines and exception texts. It is taken
out of the finished line, in the one handler that writes: nothing can reach the output another way.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Literal, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import Processor

HIDDEN = "[secret]"
BOT_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{30,}")  # catches a token that nobody named, for example a mistyped one
QUIET_LOGGERS = {
    "httpx": logging.WARNING,  # logs every URL
    "httpcore": logging.WARNING,
    "apscheduler": logging.WARNING,  # tells of every tick, twice a second
    "watchfiles": logging.WARNING,  # tells of every file that changes
    "telegram": logging.CRITICAL,  # logs whole replies of the server, residents' texts included; we log failures ourselves
}


def configure_logging(
    level: str, format: Literal["console", "json"], secrets: Iterable[str], stream: TextIO | None = None
) -> None:
    """Send every log line of the process, uncaught exceptions included, to `stream` (standard error by default).

    `secrets` never appear in a line, in whatever logger, message or traceback they turn up. Calling again replaces.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(_Redacting(_formatter(format, shared), secrets))
    _install(handler, level)


def place(error: BaseException) -> str:
    """Kind of an error and the line that raised it: what may be logged where its text could quote a resident.

    An error that knows better than its traceback says so in an attribute `where`.
    """
    where = getattr(error, "where", "") or _raised_at(error)
    return f"{type(error).__name__} at {where}" if where else type(error).__name__


def _raised_at(error: BaseException) -> str:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else ""


class _Handler(logging.StreamHandler[TextIO]):
    """Known by its class, so that a second `configure_logging` finds the first one's handler."""


class _Redacting(logging.Formatter):
    """The inner formatter's line, exception text included, without the secrets."""

    def __init__(self, inner: logging.Formatter, secrets: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(map(re.escape, forms), key=len, reverse=True)
        self._pattern = re.compile("|".join([*longest_first, BOT_TOKEN.pattern]))

    def format(self, record: logging.LogRecord) -> str:
        return self._pattern.sub(HIDDEN, self._inner.format(record))


def _forms(secret: str) -> tuple[str, ...]:
    """As it is, as in a URL, and as inside a JSON string."""
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]


def _formatter(format: Literal["console", "json"], shared: list[Processor]) -> logging.Formatter:
    renderer: list[Processor]
    if format == "json":
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        # The default of structlog prints local variables (texts of residents) and wraps lines (in the middle of a secret).
        plain = structlog.dev.plain_traceback
        renderer = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name, least in QUIET_LOGGERS.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("uncaught exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
