"""The bot's own words (gettext catalogues) and the way figures and dates are written (Babel), per language.

A language is a folder `locales/<code>/LC_MESSAGES/loaban.po`. Catalogues are read as they are: no build step.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.numbers import format_decimal

from bot.errors import ContentError
from bot.model import Problem
from bot.model.periods import Moment, parse_duration, parse_period

DOMAIN = "loaban"
CATALOGUES_KEPT = 8  # of those that were read last; one is some hundred kilobytes


def mark(message: str) -> str:
    """Mark a message for the catalogue where it is written; it is translated later, where it is said."""
    return message


def catalogue_path(locales: Path, lang: str) -> Path:
    return locales / lang / "LC_MESSAGES" / f"{DOMAIN}.po"


def languages(locales: Path) -> tuple[str, ...]:
    """Codes of the languages that have a catalogue, Vietnamese first: it is the language of the house."""
    found = {path.parent.parent.name for path in locales.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return tuple(sorted(found, key=lambda code: (code != "vi", code)))


def language_name(code: str) -> str:
    """A language by its own name: vi → "Tiếng Việt", en → "English"."""
    try:
        name = Locale.parse(code).get_display_name(code) or code
    except (UnknownLocaleError, ValueError):
        return code
    return name[0].upper() + name[1:]


def spoken_name(words: Words, code: str) -> str:
    """A language that is only spoken here, as somebody names it who reads another: tai → "Tiếng Thái"."""
    if code in _SPOKEN:
        return words.say(_SPOKEN[code])
    return Locale.parse(words.lang).languages.get(code) or code


def load_words(locales: Path) -> Mapping[str, Words]:
    """One `Words` a language. Raises ContentError for a catalogue that cannot be read."""
    return {lang: Words.load(locales, lang) for lang in languages(locales)}


def message_lines(locales: Path, lang: str) -> dict[str, int]:
    """The line of every message in a catalogue that can be read, translated or not."""
    catalogue = read_po(io.StringIO(catalogue_path(locales, lang).read_text("utf-8")), locale=lang, domain=DOMAIN)
    return {str(message.id): message.lineno or 1 for message in catalogue if message.id}


def words_for(lang: str, catalogues: Mapping[str, Words]) -> Words:
    """The catalogue of a language, else the first there is, else an empty one, which speaks English."""
    return catalogues.get(lang) or next(iter(catalogues.values()), Words(lang, {}))


@dataclass(frozen=True)
class Words:
    """Everything the bot says of itself in one language."""

    lang: str
    messages: Mapping[str, str]

    @classmethod
    def load(cls, locales: Path, lang: str) -> Words:
        path = catalogue_path(locales, lang)
        name, data = path.relative_to(locales.parent).as_posix(), path.read_bytes()
        try:
            return cls(lang, dict(_messages(lang, data)))
        except PoFileError as error:
            raise _unreadable(name, error.lineno + 1, error) from error
        except UnicodeDecodeError as error:
            raise _unreadable(name, data.count(b"\n", 0, error.start) + 1, error) from error
        except (ValueError, LookupError, UnknownLocaleError) as error:  # zeros of a bad disk, a header that means nothing
            zero = data.find(0)
            why = "NUL" if zero >= 0 else error
            raise _unreadable(name, data.count(b"\n", 0, max(0, zero)) + 1, why) from error

    def say(self, message: str, /, **values: object) -> str:
        """The message in this language with `{name}` filled in; English (the message itself) where none is written."""
        text = self.messages.get(message, message)
        return text.format(**values) if values else text

    # --- figures ---

    def number(self, value: Decimal) -> str:
        """10608 → "10.608" (vi), "10,608" (en); as many decimals as the value has."""
        return str(format_decimal(value, locale=self.lang, decimal_quantization=False))

    def money(self, low: Decimal, high: Decimal | None = None) -> str:
        """Đồng, in the unit people say: "6.600 tỷ đồng", "20-30 triệu đồng", "50.000 đồng"."""
        scale, pattern = _money_scale(high or low)
        amount = self.number(low / scale)
        if high is not None:
            amount = f"{amount}-{self.number(high / scale)}"
        return self.say(pattern, amount=amount)

    def join(self, items: tuple[str, ...]) -> str:
        """A list as it is said: "Qatar, Nhật Bản và Hàn Quốc"."""
        return str(format_list(items, locale=self.lang))

    def place(self, kind: str, name: str) -> str:
        """A commune, ward or town with its kind: "xã Búng Lao", "Búng Lao commune"."""
        return self.say(_UNITS[kind], name=name)

    # --- dates and spans ---

    def period(self, text: str) -> str:
        """An ISO moment, span or duration in words: "2021-2025", "tháng 10/2024", "ngày 1/7/2025", "120 tháng"."""
        duration = parse_duration(text)
        if duration is not None:
            count, unit = duration
            return self.say(_DURATIONS[unit][count != 1], count=self.number(Decimal(count)))
        start, end = parse_period(text)
        if end is None:
            return self._moment(start)
        if start.month is None and end.month is None:
            return f"{start.year}-{end.year}"
        if start.year == end.year and start.month and end.month and start.day is None and end.day is None:
            return self._months(start, end)
        return self.say("{start} to {end}", start=self._moment(start), end=self._moment(end))

    def _months(self, start: Moment, end: Moment) -> str:
        if self.lang == "vi":
            return f"tháng {start.month}-{end.month}/{start.year}"
        first, last = (format_date(moment.first_day(), "MMMM", locale=self.lang) for moment in (start, end))
        return f"{first}-{last} {start.year}"

    def when(self, text: str) -> str:
        """As `period`, but a bare year says that it is one: "năm 2025"."""
        return self.say("the year {year}", year=text) if text.isdigit() else self.period(text)

    def _moment(self, moment: Moment) -> str:
        if moment.month is None:
            return str(moment.year)
        if self.lang == "vi":  # the way it is said; CLDR's long form reads like a certificate
            if moment.day is None:
                return f"tháng {moment.month}/{moment.year}"
            return f"ngày {moment.day}/{moment.month}/{moment.year}"
        if moment.day is None:
            return str(format_skeleton("yMMMM", moment.first_day(), locale=self.lang))
        return str(format_date(moment.first_day(), "d MMMM y", locale=self.lang))


@lru_cache(CATALOGUES_KEPT)
def _messages(lang: str, data: bytes) -> Mapping[str, str]:
    """What a catalogue translates. Kept, because one process reads the same ones again and again: for every check, in each
    language, and after every change of other files.
    """
    compiled = io.BytesIO()
    catalogue = read_po(
        io.StringIO(data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")),
        locale=lang,
        domain=DOMAIN,
        abort_invalid=True,
    )
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)
    return {str(m.id): translations.gettext(str(m.id)) for m in catalogue if m.id and m.string and not m.fuzzy}


def _unreadable(file: str, line: int, why: object) -> ContentError:
    return ContentError([Problem(file, line, f"không đọc được tệp / the file cannot be read: {why}")])


_SPOKEN = {"tai": mark("In Thái"), "hmn": mark("In Mông")}
_UNITS = {"xã": mark("{name} commune"), "phường": mark("{name} ward"), "thị trấn": mark("{name} town")}
_DURATIONS = {  # one, and any other number
    "Y": (mark("{count} year"), mark("{count} years")),
    "M": (mark("{count} month"), mark("{count} months")),
    "W": (mark("{count} week"), mark("{count} weeks")),
    "D": (mark("{count} day"), mark("{count} days")),
    "H": (mark("{count} hour"), mark("{count} hours")),
}


def _money_scale(amount: Decimal) -> tuple[Decimal, str]:
    if amount >= 1_000_000_000:
        return Decimal(1_000_000_000), mark("VND {amount} billion")
    if amount >= 1_000_000:
        return Decimal(1_000_000), mark("VND {amount} million")
    return Decimal(1), mark("VND {amount}")
