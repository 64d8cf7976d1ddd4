"""What whoever answers a request of the console works with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from bot.authoring.poster import Way
from bot.authoring.proposals.proving import Proving
from bot.authoring.proposals.workbench import Workbench
from bot.authoring.reviewing.groups import Groups
from bot.desk import StaffChat
from bot.errors import SettingsError
from bot.i18n import Words, mark
from bot.model import Address
from bot.ports import StatisticsRecords, Store
from bot.settings import Settings
from bot.web.chat.site import LOOPBACK, Site, trusted_networks
from bot.web.console.limits import LoginLimits
from bot.web.console.news import News
from bot.web.health_check import Look

NO_ADDRESS = mark(
    "LOABAN_CONSOLE_URL: it is needed where the console listens on more than this machine, so that it knows its own address."
)
SAME_ADDRESS = mark("LOABAN_CONSOLE_URL: the console needs another name than the page for residents (LOABAN_WEB_URL).")


@dataclass(frozen=True)
class ConsoleParts:
    """`desk` is that of the content at work; it holds the engine, and all that staff can do.

    wake       says that something was stored, and may have to go out on any channel
    link       opens what lies at a vendor
    is_open    whether somebody has our own page open at this moment
    counted    is told the status of every answer
    sums       a view of the store for statistics
    health     what the last look found, which is not long ago; None before the first one
    ways       where a poster of the commune with this code leads
    bench      the proposals for the content; `proving` has them checked and measured
    groups     the groups of questions that are to be reviewed
    bot_name   of the Telegram bot, for links of invitations; "" where there is none
    """

    site: Site
    store: Store
    news: News
    limits: LoginLimits
    desk: Callable[[], StaffChat]
    now: Callable[[], datetime]
    wake: Callable[[], None]
    link: Callable[[str], str | None]
    counted: Callable[[int], None]
    sums: Callable[[], AbstractContextManager[StatisticsRecords]]
    health: Callable[[], Look | None]
    ways: Callable[[Words, str], Sequence[Way]]
    bench: Workbench
    proving: Proving
    groups: Groups
    is_open: Callable[[Address], bool] = lambda person: False
    bot_name: str = ""


def console_site(settings: Settings) -> Site:
    """Raises SettingsError."""
    host, _, _ = settings.console_listen.rpartition(":")
    if not settings.console_url and host not in LOOPBACK:
        raise SettingsError(NO_ADDRESS)
    if settings.console_url and settings.console_url.lower() == settings.web_url.lower():
        raise SettingsError(SAME_ADDRESS)
    return Site(settings.console_url.lower(), (), trusted_networks(settings), 0)
