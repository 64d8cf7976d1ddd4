"""Errors as sentences, in the language of the command line: what all verbs share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

import click

from bot.errors import ContentError, LoabanError, Refusal
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.i18n import Words

P = ParamSpec("P")


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
        except Refusal as error:
            settings = click.get_current_context().find_object(Settings)
            click.echo(words_of(settings).say(error.message, **error.values) if settings else str(error), err=True)
            raise SystemExit(1) from None
        except LoabanError as error:
            click.echo(str(error), err=True)
            raise SystemExit(1) from None
        except OSError as error:
            if error.filename is None:  # no file of ours: a closed pipe, which click ends quietly
                raise
            click.echo(f"{os.fspath(error.filename)}: {error.strerror}", err=True)
            raise SystemExit(1) from None

    return run


def catalogues_of(settings: Settings) -> Mapping[str, Words]:
    """The words of every language. Raises ContentError."""
    from bot.i18n import load_words

    return load_words(settings.home / "locales")


def words_of(settings: Settings) -> Words:
    """The words that the command line speaks. Raises ContentError."""
    from bot.i18n import words_for

    return words_for(settings.lang, catalogues_of(settings))
