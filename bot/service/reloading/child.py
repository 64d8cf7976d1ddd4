"""The process that builds new content: `python -m bot.service.reloading.child`, started by `build_in_child`.

It has nothing of the process that serves: no database, no connection, no token. It gives way to it, and ends with it.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from bot.engine import Engine, build_engine
from bot.engine.cache import code_key
from bot.engine.child import serve_parent
from bot.errors import ContentError, LoabanError
from bot.i18n import languages
from bot.knowledge.load import load_knowledge
from bot.model import Problem
from bot.service.reloading.build_result import RejectedContent, packed
from bot.settings import Settings

OTHER_CODE = "the program itself was changed meanwhile; restart Loa Bản"


def build(settings: Settings) -> Engine | RejectedContent:
    """The content as it is on disk; never raises because of it. It stays in the cache, so that the next start is quick."""
    try:
        return build_engine(settings)
    except ContentError as error:
        return RejectedContent({settings.lang: error.problems, **_in_other_languages(settings)})
    except LoabanError as error:
        return RejectedContent({}, str(error))
    except OSError as error:
        file = _shown(error.filename, settings.home)
        return RejectedContent({settings.lang: [Problem(file, 1, error.strerror or type(error).__name__)]})
    except Exception as error:  # noqa: BLE001 - whatever files can set off, whoever serves has to hear of it
        from bot.logs import place  # and with it all that writes logs, which nobody does here

        return RejectedContent({}, place(error))


def _in_other_languages(settings: Settings) -> dict[str, tuple[Problem, ...]]:
    """The problems once more, for administrators who speak another language than the house does."""
    found = {}
    for lang in languages(settings.home / "locales"):
        if lang != settings.lang:
            try:
                load_knowledge(settings.home, lang)
            except ContentError as error:
                found[lang] = error.problems
            except Exception:  # noqa: BLE001, S112 - they were told in one language; the files may be mended by now
                continue
    return found


def _shown(file: object, home: Path) -> str:
    path = Path(str(file))
    return path.relative_to(home).as_posix() if path.is_relative_to(home) else path.name


def main(home: str, lang: str, cache: str, code: str) -> None:
    serve_parent()
    gc.disable()  # half a million small objects that all live until the end
    settings = Settings(home=Path(home), lang=lang, cache=Path(cache) if cache else None)
    built = build(settings)
    if code_key() != code:  # what this code makes may be nothing to the code of whoever asked
        built = RejectedContent({}, OTHER_CODE)
    sys.stdout.buffer.write(packed(built))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
