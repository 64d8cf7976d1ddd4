"""`loaban new`: a file to start from, with everything that is still to be written."""

from __future__ import annotations

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings


@click.group()
def new() -> None:
    """Begin an intent or a language."""


@new.command()
@click.argument("topic")
@click.argument("name", metavar="ID")
@click.pass_obj
@reports_errors
def intent(settings: Settings, topic: str, name: str) -> None:
    """Begin intents/TOPIC/ID.yaml, with a TODO wherever something is to be written.

    While one TODO is left, `loaban check` fails. The file is a draft: other languages may come later, and the bot does not
    answer from it before its line `state: draft` is gone.
    """
    from bot.authoring.editing.scaffold import new_intent

    words = words_of(settings)
    path, say = new_intent(settings.home, topic, name, words), words.say
    click.echo(say("Made: {file}", file=path.relative_to(settings.home).as_posix()))
    click.echo(say("Write something for every TODO in it; `loaban check` tells which are left."))


@new.command()
@click.argument("code")
@click.pass_obj
@reports_errors
def language(settings: Settings, code: str) -> None:
    """Begin the language CODE (ISO 639, such as blt): its catalogue, with every message still to be translated."""
    from bot.authoring.editing.new_language import new_language
    from bot.i18n import language_name

    path = new_language(settings.home, code)
    say = words_of(settings).say
    click.echo(say("Made: {file} ({name})", file=path.relative_to(settings.home).as_posix(), name=language_name(code)))
    click.echo(say("Translate every msgstr in it. From now on the content is expected in this language, too:"))
    click.echo(say("`loaban check` lists every place that lacks it, and the bot does not start before the last is filled."))
    click.echo(say("All the steps stand in docs/add-a-language.md."))
