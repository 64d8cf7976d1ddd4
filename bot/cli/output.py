"""Tables for people, JSON and CSV for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import click

from bot.text.cells import csv_text
from bot.zone import ZONE


def iso(at: datetime | None) -> str | None:
    """A moment on the clock of Vietnam, to the second: "2026-11-23T07:30:00+07:00"."""
    return at.astimezone(ZONE).isoformat(timespec="seconds") if at else None


def as_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def as_csv(columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """One line of names and one a row. Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    click.echo(csv_text(columns, rows), nl=False)


def as_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))  # Text: nothing that people wrote is markup
    Console(highlight=False).print(table)
