"""The terminal: the same conversation as everywhere, in text; choices are numbered."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.channels.numbered import numbered
from bot.channels.serving import Handle
from bot.i18n import Words
from bot.model import Address, Incoming
from bot.ports import Store

TERMINAL = Address("console", "terminal")
QUIT = ("/quit", "/exit", "/thoat")
WIDTH = 78  # a line that is read easily; a phone held upright shows half of it


def chat(handle: Handle, store: Store, console: Console, words: Words) -> None:
    """Talk until /quit or the end of the input. Input that is piped in is read line by line, without a prompt."""
    ids = itertools.count(1)
    _hear(handle, store, console, Incoming(str(next(ids)), TERMINAL, "/start", datetime.now(UTC)))
    for line in _lines(console, words):
        if line.strip().lower() in QUIT:
            break
        if line.strip():
            _hear(handle, store, console, Incoming(str(next(ids)), TERMINAL, line, datetime.now(UTC)))
    console.print(Text(words.say("Goodbye."), style="dim"))


def _lines(console: Console, words: Words) -> Iterator[str]:
    if not sys.stdin.isatty():
        for raw in sys.stdin.buffer:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            console.print(Text(f"> {line}", style="bold"))
            yield line
        return
    console.print(Text(words.say("Type your question, a number to choose, or /quit to leave."), style="dim"))
    while True:
        try:
            yield console.input("[bold green]› [/]")
        except (EOFError, KeyboardInterrupt):
            console.print()
            return


def _hear(handle: Handle, store: Store, console: Console, incoming: Incoming) -> None:
    handle([incoming])
    for outgoing in store.due_replies(TERMINAL.channel):
        width = min(WIDTH, console.width)
        console.print(
            Panel(Text(numbered(outgoing.reply)), title="Loa Bản", title_align="left", border_style="cyan", width=width)
        )
        store.delivered([outgoing.id])
