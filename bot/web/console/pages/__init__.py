"""The pages there are, as they stand in the navigation: a new one is a line here."""

from __future__ import annotations

from collections.abc import Sequence

from bot.web.console.pages import cases, content, entrance, figures, people, proposals, questions, today
from bot.web.console.routes import ConsolePage, OpenRoute

PAGES: Sequence[ConsolePage] = (
    today.PAGE,
    cases.PAGE,
    questions.PAGE,
    content.PAGE,
    proposals.PAGE,
    people.PAGE,
    figures.PAGE,
)

OPEN: Sequence[OpenRoute] = entrance.OPEN
