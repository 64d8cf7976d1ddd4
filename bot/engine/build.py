"""From files to an engine: read, checked and matched, or found in the cache where nothing has changed."""

from __future__ import annotations

from bot.engine.cache import cache_folder, cache_key, cached
from bot.engine.engine import Engine
from bot.errors import ContentError, SettingsError
from bot.i18n import mark
from bot.knowledge.files import stamps
from bot.model import Problem
from bot.settings import Settings

READ_AGAIN = 5
WRITTEN = "các tệp liên tục bị ghi lại trong lúc đang đọc / the files were written again and again while they were read"


def build_engine(settings: Settings) -> Engine:
    """Content and matcher, from the cache where nothing has changed. Raises ContentError and SettingsError.

    It is of one version of all the files: where one was written meanwhile, they are read again.
    """

    def build() -> Engine:
        from bot.knowledge.load import load_knowledge

        try:
            knowledge = load_knowledge(settings.home, settings.lang)
        finally:  # half of a change may be a fault that the whole is not
            if stamps(settings.home) != seen:
                raise _FilesChanged
        if settings.lang not in knowledge.words:
            spoken = ", ".join(knowledge.words)
            raise SettingsError(
                mark("LOABAN_LANG: there is no catalogue for “{lang}”; choose one of: {spoken}."),
                lang=settings.lang,
                spoken=spoken,
            )
        from bot.matching.examples import examples_of  # numpy with it: not for content that is broken
        from bot.matching.matcher import Matcher

        return Engine.of(knowledge, Matcher.build(examples_of(knowledge), knowledge.vocabulary), settings.lang)

    for _ in range(READ_AGAIN):
        seen = stamps(settings.home)
        try:
            return cached(cache_folder(settings.cache), cache_key(settings.home, settings.lang), build)
        except _FilesChanged:
            continue
        except FileNotFoundError:  # one went between the list and the reading; or it is a link to nowhere
            if stamps(settings.home) == seen:
                raise
    raise ContentError([Problem("content", 1, WRITTEN)])


class _FilesChanged(Exception):
    """A file changed while all were read."""
