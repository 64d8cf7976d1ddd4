"""A new language: a catalogue in which every message is still to be translated."""

from __future__ import annotations

import io
import re
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.authoring.saving import save
from bot.errors import Refusal
from bot.i18n import catalogue_path, languages, mark

ORIGINAL = "en"  # its msgids are the messages themselves
_HEADER = """\
# The words of Loa Bản about itself. The msgid is the English sentence; {{names}} in braces stay as they are.
msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural};\\n"

"""


def new_language(home: Path, code: str) -> Path:
    """Write `locales/<code>/LC_MESSAGES/loaban.po` with every message of the English catalogue and no translation; return it.

    Raises Refusal for a code that Babel does not know or that is there already, OSError when the file cannot be written.
    """
    if not re.fullmatch("[a-z]{2,3}", code):
        raise Refusal(
            mark("{code} is no code of a language; write two or three small letters, such as blt for Thái Đen"), code=code
        )
    path = catalogue_path(home / "locales", code)
    if code in languages(home / "locales"):
        raise Refusal(mark("the language {code} is there already: {file}"), code=code, file=path.relative_to(home).as_posix())
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        message = mark("Babel, which writes numbers and dates, does not know the language {code}; see docs/add-a-language.md")
        raise Refusal(message, code=code) from None
    save(path, None, _empty(catalogue_path(home / "locales", ORIGINAL), code).encode())
    return path


def _empty(original: Path, code: str) -> str:
    try:
        catalogue = read_po(io.StringIO(original.read_text("utf-8")), locale=ORIGINAL, abort_invalid=True)
    except (UnicodeDecodeError, PoFileError):
        raise Refusal(mark("{file} cannot be read; mend it first"), file=original) from None
    for message in catalogue:
        message.string = ""
        message.flags.discard("fuzzy")
    body = io.BytesIO()
    write_po(body, catalogue, width=0, omit_header=True)
    return _HEADER.format(code=code, plural=Catalog(locale=code).plural_forms.rstrip(";")) + body.getvalue().decode()
