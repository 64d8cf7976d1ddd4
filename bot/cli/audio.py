"""`loaban audio`: what has to be recorded for people who do not read, and taking recordings in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.i18n import mark
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.authoring.recording import State

STATES: Mapping[State, str] = {
    "missing": mark("not recorded"),
    "stale": mark("to be recorded again, the text has changed"),
    "heard": mark("recorded"),
}


@click.group()
def audio() -> None:
    """Recordings of short answers, for people who do not read."""


@audio.command("list")
@click.argument("intents", metavar="[INTENT]...", nargs=-1)
@click.option("--in", "langs", multiple=True, metavar="CODE", help="Record in this language, such as tai; several times.")
@click.option("--all", "everything", is_flag=True, help="Also what is recorded already.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.pass_obj
@reports_errors
def list_(settings: Settings, intents: tuple[str, ...], langs: tuple[str, ...], everything: bool, form: str | None) -> None:
    """Print what has to be recorded, the urgent answers first, each with the text to read.

    In a language that is not written here the text is Vietnamese, and is to be said in that language.

    --json: a list of objects with language, intent, state (missing, stale, heard), written_in and text.
    """
    from bot.authoring.recording import to_record
    from bot.cli.output import as_json
    from bot.knowledge.load import load_knowledge

    found = list(to_record(settings.home, load_knowledge(settings.home, settings.lang), langs, intents))
    shown = [one for one in found if everything or one.state != "heard"]
    if form == "json":
        keys = ("language", "intent", "state", "written_in", "text")
        return as_json(
            [dict(zip(keys, (one.lang, one.intent, one.state, one.written, one.text), strict=True)) for one in shown]
        )
    words = words_of(settings)
    for one in shown:
        click.echo(f"── {one.lang}/{one.intent} ({words.say(STATES[one.state])})")
        click.echo(f"{one.text}\n")
    counts = Counter(one.state for one in found)
    numbers = {state: counts[state] for state in STATES}
    click.echo(words.say("Not recorded: {missing}; to be recorded again: {stale}; recorded: {heard}", **numbers))
    return None


@audio.command()
@click.argument("lang", metavar="CODE")
@click.argument("intent")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
@reports_errors
def add(settings: Settings, lang: str, intent: str, file: Path) -> None:
    """Take FILE (.ogg with Opus, or .mp3) as the recording of INTENT in the language CODE.

    It is bound to what the answer says now: when that changes, nobody hears it any more, and `loaban check` says so.
    """
    from bot.authoring.recording import add as take
    from bot.knowledge.load import load_knowledge

    place = take(settings.home, load_knowledge(settings.home, settings.lang), lang, intent, file)
    click.echo(words_of(settings).say("Recorded: {file}", file=place.relative_to(settings.home).as_posix()))
