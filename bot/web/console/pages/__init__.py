"""The pages there are, as they stand in the navigation: a new one is a line here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.web.console.pages import (
    announcements,
    cases,
    content,
    entrance,
    figures,
    health,
    log,
    people,
    posters,
    proposals,
    questions,
    today,
)
from bot.web.console.routes import ConsolePage, OpenRoute

PAGES: Sequence[ConsolePage] = (
    today.PAGE,
    cases.PAGE,
    announcements.PAGE,
    questions.PAGE,
    content.PAGE,
    proposals.PAGE,
    people.PAGE,
    figures.PAGE,
    log.PAGE,
    posters.PAGE,
    health.PAGE,
)

OPEN: Sequence[OpenRoute] = entrance.OPEN
