"""The day that a command works with: that of Điện Biên, unless another one is given."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

import click

from bot.zone import ZONE, local_day

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def today_option(command: CommandT) -> CommandT:
    """The command gets a date as `today`."""
    wording = "Hold review dates against this day instead of today."
    return click.option("--today", type=click.DateTime(["%Y-%m-%d"]), callback=_chosen, help=wording)(command)


def noon(day: date) -> datetime:
    """When a message of that day is taken to come."""
    return datetime.combine(day, time(12), ZONE)


def _chosen(context: click.Context, parameter: click.Parameter, day: datetime | None) -> date:
    return day.date() if day else local_day(datetime.now(UTC))
