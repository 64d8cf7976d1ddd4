"""`loaban preview`: answers as residents see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.engine import Engine
    from bot.model import Reply


@click.command()
@click.argument("intent", required=False)
@click.option("--phone", is_flag=True, help="As the screen of a small phone shows it: 38 characters a line, choices numbered.")
@click.pass_obj
@reports_errors
def preview(settings: Settings, intent: str | None, phone: bool) -> None:
    """Print the answer of an INTENT as it is sent, and what follows on "More"; without one, the short answers of all.

    With --phone the last line says how many fit the screen, which shows 14 lines. The language is that of --lang.
    """
    from bot.channels.numbered import numbered
    from bot.dialogue import answers
    from bot.engine import build_engine
    from bot.knowledge.nearest import no_intent
    from bot.text.phone import LINES

    engine = build_engine(settings)
    knowledge = engine.knowledge
    lang = settings.lang if settings.lang in knowledge.words else next(iter(knowledge.words))
    if intent is not None and intent not in knowledge.intents:
        raise no_intent(intent, knowledge.intents)
    names = [intent] if intent else list(knowledge.intents)
    short = {name: _sent(engine, lang, name) for name in names}

    def show(title: str, reply: Reply) -> None:
        for line in framed(title, answers.shown(reply)) if phone else (f"── {title}", numbered(reply), ""):
            click.echo(line)

    for name, reply in short.items():
        show(name, reply)
        if intent and knowledge.intents[name].more:
            show(words_of(settings).say("More"), answers.more_reply(knowledge, lang, name))
    if phone:
        fitting = sum(map(answers.fits, short.values()))
        say = words_of(settings).say
        click.echo(say("{fitting} of {all} fit a screen of {lines} lines", fitting=fitting, all=len(short), lines=LINES))


def _sent(engine: Engine, lang: str, intent: str) -> Reply:
    from bot.dialogue import compose
    from bot.model.well_known import OUT_OF_SCOPE, UNCLEAR

    return (compose.unknown if intent in (OUT_OF_SCOPE, UNCLEAR) else compose.answer)(engine, lang, intent)


def framed(title: str, lines: Iterable[str]) -> list[str]:
    """The lines in the frame of a screen, its title above."""
    from rich.cells import cell_len, set_cell_size

    from bot.text.phone import COLUMNS

    top = f"┌─ {title} "
    body = (f"│ {set_cell_size(line, COLUMNS)} │" for line in lines)
    return [f"{top}{'─' * (COLUMNS + 3 - cell_len(top))}┐", *body, f"└{'─' * (COLUMNS + 2)}┘", ""]
