"""Errors as sentences, in the language of the command line: what all verbs share."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import click

from bot.errors import ContentError, LoabanError, Sentence, WrongSetting
from bot.i18n import mark
from bot.settings import Settings, default_home, language_asked, unknown_settings

if TYPE_CHECKING:
    from bot.i18n import Words

P = ParamSpec("P")

WRONG = mark("{name}: it is {shown}, and cannot be used so; docs/settings.md says what it should be")
WRONG_BY_KIND = {
    "int_parsing": mark("{name}: it must be a whole number, and is {shown}"),
    "float_parsing": mark("{name}: it must be a number, and is {shown}"),
    "greater_than_equal": mark("{name}: it must be at least {limit}, and is {shown}"),
    "less_than_equal": mark("{name}: it must be at most {limit}, and is {shown}"),
    "literal_error": mark("{name}: it must be one of {allowed}, and is {shown}"),
}
STOPPED = mark("Stopped: nothing was answered, so nothing was done.")
UNKNOWN = mark("{name}: there is no such setting; it was left out")
UNKNOWN_LIKE = mark("{name}: there is no such setting; it was left out. Is {meant} meant?")


def reports_errors(verb: Callable[P, None]) -> Callable[P, None]:
    """Our errors, and files that cannot be read, end the command with a sentence and code 1: no bugs, so no traceback."""

    @wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            verb(*args, **kwargs)
        except ContentError as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            raise SystemExit(1) from None
        except Sentence as error:
            click.echo(_said(error), err=True)
            raise SystemExit(1) from None
        except LoabanError as error:
            click.echo(str(error), err=True)
            raise SystemExit(1) from None
        except click.Abort:  # Ctrl-C, or the end of the input, where something was asked
            click.echo(f"\n{_words_here().say(STOPPED)}", err=True)  # below what was asked
            raise SystemExit(1) from None
        except OSError as error:
            if error.filename is None and error.errno == errno.EPIPE:  # a closed pipe, which click ends quietly
                raise
            where = "" if error.filename is None else f"{os.fspath(error.filename)}: "
            click.echo(f"{where}{error.strerror or type(error).__name__}", err=True)
            raise SystemExit(1) from None

    return run


def tell_unknown_settings(settings: Settings) -> None:
    """On standard error, a line for each: a name that is misspelt would be obeyed by nobody. Raises ContentError."""
    for name, meant in unknown_settings():
        words = words_of(settings)
        click.echo(words.say(UNKNOWN_LIKE if meant else UNKNOWN, name=name, meant=meant), err=True)


def _words_here() -> Words:
    """The language of the command line, as far as that is known by now. Raises ContentError."""
    context = click.get_current_context()
    settings = context.find_object(Settings)
    return words_of(settings) if settings else _words_asked_for(context)


def _said(error: Sentence) -> str:
    try:
        words = _words_here()
    except LoabanError:
        return str(error)
    message = WRONG_BY_KIND.get(error.kind, WRONG) if isinstance(error, WrongSetting) else error.message
    return words.say(message, **error.values)


def _words_asked_for(context: click.Context) -> Words:
    from bot.i18n import load_words, words_for

    asked = context.params.get("lang") or language_asked()
    return words_for(str(asked), load_words(default_home() / "locales"))


def catalogues_of(settings: Settings) -> Mapping[str, Words]:
    """The words of every language. Raises ContentError."""
    from bot.i18n import load_words

    return load_words(settings.home / "locales")


def words_of(settings: Settings) -> Words:
    """The words that the command line speaks. Raises ContentError."""
    from bot.i18n import words_for

    return words_for(settings.lang, catalogues_of(settings))
