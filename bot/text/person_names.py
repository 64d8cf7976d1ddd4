"""Where a text names a person: "em tên là Lò Văn Hặc", "ong giang a pao". Villages, topics and worries ("lo") are none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.text.folding import composed, strip_accents

Span = tuple[int, int]


def _forms(names: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The names as they are written, in small letters, and without accents."""
    written = frozenset(" ".join(names).lower().split())
    return written, frozenset(map(strip_accents, written))


def _set(words: Iterable[str]) -> frozenset[str]:
    return frozenset(" ".join(words).split())


# The words stand side by side in lines. Where nothing else is said they are small letters without accents.
_LISTED = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
FAMILIES, _FAMILIES_PLAIN = _forms(_LISTED["families"])  # as they are written
# Hardly anything else, also in small letters and without accents, where a name may stand.
_CLEAR = _set(_LISTED["clear"])
_BEFORE_NGUYEN = _set(_LISTED["before_nguyen"])  # tài nguyên, cao nguyên, Thái Nguyên
# Family names that are everyday words, too, with their accents: "cứ", "mùa", "vàng", "cao".
_EVERYDAY = _set(_LISTED["everyday"])
# Streets, schools and funds are named after them.
_PUBLIC = tuple(_LISTED["public"])
_MIDDLES, _MIDDLES_PLAIN = _forms(_LISTED["middles"])  # as they are written
_MORE_MIDDLES = _forms(_LISTED["more_middles"])[1]
# What follows "van" and "thi" that are no names: vấn đề, văn bản, thị trường.
_COMPOUNDS = {middle: _forms([words]) for middle, words in _LISTED["compounds"].items()}  # as they are written
_NONE: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
_TITLES = _set(_LISTED["titles"])
_ENGLISH_CUES = _set(_LISTED["english_cues"])  # "m" of "I'm"
_CUES = _TITLES | _ENGLISH_CUES | _set(_LISTED["cues"])
_SURE_CUES = _ENGLISH_CUES | _set(_LISTED["sure_cues"])
# What follows a name, or stands where a name was expected.
_NO_NAME = _set(_LISTED["no_name"])
# After "van" and "thi" nearly every word is a given name; these make them "vẫn" and "thì".
_NO_GIVEN, _NO_GIVEN_PLAIN = _forms(_LISTED["no_given"])  # as they are written: "để" is none, "Dế" is a name

# Given names: where somebody says who they are, and nothing follows but what follows a name, they are no other words.
_GIVEN, _GIVEN_PLAIN = _forms(_LISTED["given"])
_AFTER_NAME = _set(_LISTED["after_name"])
# What somebody is, with a capital: a people, an office.
_NO_PERSON = _set(_LISTED["no_person"])

_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
_PERSON = r"(?:em|toi|tui|minh|chau|con|to|tao|anh|chi|ong|ba|bo|me|vo|chong|trai|gai|day|he|ban|nguoi|dung|chu|benh nhan)"
_KIND = r"(?: (?:day du|that|khai sinh|tuoi|thuong goi))?"
_IS = r"(?: la\b ?:?| ?[:=])"
_ASKED = re.compile(  # after these stands a name, whatever it is
    rf"\b(?:(?:ho (?:va )?|ho, ?)?ten{_KIND}(?: cua)?(?: {_PERSON}){{0,3}}{_IS}"
    rf"|(?:goi|keu) {_PERSON} la\b"
    r"|(?:my|his|her) (?:(?:daughter|son|wife|husband|mother|father)['’]?s )?(?:(?:full|first|last|family) )?name"
    r"(?: is|['’]?s)\b|i(?: am|['’]?m) called|people call me|name ?[:=]"
    rf"|(?:nick|fb|facebook|zalo|tiktok) (?:cua )?{_PERSON}(?: ten)?{_IS}|nick (?:la|:)"
    r"|(?:fb|facebook|zalo|tiktok|telegram|viber) ?:)\s{0,3}[“\"'.]?"
)
_MAYBE = re.compile(  # and after these, where it looks like one; "xã tôi tên" begins a place
    rf"(?<!xa )(?<!ban )(?<!thon )(?<!huyen )"
    rf"\b(?:(?:{_PERSON}|fb|facebook|zalo|tiktok|telegram|viber) ten(?: la)?|call me)\s{{1,3}}[“\"']?"
)
_SAID = re.compile(  # and after these, where it is a given name, or has a capital and is nothing that people are
    r"(?<!\w)(?:(?:ten )?(?:em|toi|minh|chau|tui|con)(?: (?:trai|gai))?(?: (?:em|toi|minh|chau|tui))?(?: day)? la"
    r"|(?:con|vo|chong|bo|me)(?: (?:trai|gai))?(?: (?:em|toi|minh|chau|tui))? (?:ten la|ten|la)"
    r"|(?:em|toi|minh|chau|tui) ten(?: la)?|ten (?:em|toi|minh|chau|tui|con|vo|chong)"
    r"|i(?: am|['’]?m)|my (?:wife|husband|son|daughter) is(?: called)?)\s{1,3}[“\"']?"
)
_PLACE = re.compile(r"\b(?:xa|ban|thon|huyen|tinh|pho|truong|lop) (?:cua )?$")  # "xã của tôi là", "bản em tên"
_GLUED = re.compile(r"(?:[._-]?\w)*")  # the rest of "hoaban92", "lo.van.a"
_BETWEEN = re.compile(r"[ \t\u00a0]{1,3}")
LONGEST = 5  # words in a name
SPELT = 20_000  # words whose spelling is kept: people use the same few thousand over and over


@dataclass(frozen=True, slots=True)
class _Word:
    """`typed` in small letters; `title`: only its first letter is a capital; `joined`: nothing but a blank before it."""

    start: int
    end: int
    typed: str
    plain: str
    title: bool
    joined: bool

    def in_(self, written: frozenset[str], plain: frozenset[str]) -> bool:
        """Whether it is one of these names, its accents right or all left out."""
        return self.typed in written or (self.typed == self.plain and self.plain in plain)

    @property
    def family(self) -> bool:
        return self.in_(FAMILIES, _FAMILIES_PLAIN)

    @property
    def middle(self) -> bool:
        return self.in_(_MIDDLES, _MIDDLES_PLAIN)

    @property
    def given(self) -> bool:
        """Whether it can be a given name behind "Văn", "Thị" or "A"."""
        return not self.in_(_NO_GIVEN, _NO_GIVEN_PLAIN)


def names(text: str, folded: str, place: Sequence[int]) -> Iterator[Span]:
    """Where names of people stand: (start, end) each; they may overlap. Takes time in proportion to the text.

    `folded` is the text in small letters without accents, `place` tells for each of its letters, and for its end, where in
    the text it comes from.
    """
    words = _words(text)
    at = {word.start: number for number, word in enumerate(words)}
    for pattern, asked in ((_ASKED, True), (_MAYBE, False)):
        for cue in pattern.finditer(folded):
            number = at.get(place[cue.end()])
            count = _after_cue(words, number, asked=asked) if number is not None else 0
            if number is not None and count:
                end = words[number + count - 1].end
                glued = _GLUED.match(text, end)
                yield words[number].start, glued.end() if glued else end
    for cue in _SAID.finditer(folded):
        number = at.get(place[cue.end()])
        if number is None or _PLACE.search(folded, max(0, cue.start() - 12), cue.start()):
            continue
        count = _as_said(words, number, english=cue[0].startswith("i"))
        if count:
            yield words[number].start, words[number + count - 1].end
    for number, word in enumerate(words):
        count = _in_the_open(words, number) if word.family else 0
        if count:
            yield word.start, words[number + count - 1].end


def _after_cue(words: Sequence[_Word], number: int, *, asked: bool) -> int:
    """How many words from `number` on are the name that was announced."""
    first = words[number]
    count = _in_the_open(words, number) if first.family else 0
    if count:
        return count
    if first.plain in _NO_NAME and not (first.family and _follows(words, number + 1) and words[number + 1].middle):
        return 0
    if not asked and not first.title:
        return 0
    longest = LONGEST if first.title or first.family else 2
    count = 1
    while count < longest and _follows(words, number + count):
        word, before = words[number + count], words[number + count - 1]
        given = before.middle and count > 1 and first.family and word.given
        if not (word.title or given or (first.family and count == 1 and word.middle)) and (
            first.title or word.plain in _NO_NAME or word.typed in FAMILIES
        ):
            break
        count += 1
    return count


def _as_said(words: Sequence[_Word], number: int, *, english: bool) -> int:
    """How many words from `number` on are the name of whoever was spoken of; 0 where it says what they are.

    In English any people has a capital, too: there it is a name only where it is one of those that are given here.
    """
    first = words[number]
    second = words[number + 1] if _follows(words, number + 1) else None
    if first.title and first.plain == "a":
        return 2 if second is not None and second.title else 0
    after = second is None or second.plain in _AFTER_NAME
    if first.in_(_GIVEN, _GIVEN_PLAIN) and after:
        return 1
    if first.plain in _NO_PERSON or first.plain in _NO_NAME or english:
        return 0
    if not first.title or (second is not None and second.title and not first.family and second.plain in _NO_PERSON):
        return 0
    count = 1
    while count < LONGEST and _follows(words, number + count) and words[number + count].title:
        count += 1
    ends = not _follows(words, number + count) or words[number + count].plain in _AFTER_NAME
    return count if ends else 0


def _in_the_open(words: Sequence[_Word], number: int) -> int:
    """How many words from a family name on are a full name; 0 where it is another word, as it mostly is."""
    if not _follows(words, number + 1):
        return 0
    family, second = words[number], words[number + 1]
    third = words[number + 2] if _follows(words, number + 2) else None
    if f"{family.plain} {second.plain} {third.plain if third else ''}".startswith(_PUBLIC):
        return 0
    cue = words[number - 1].plain if number and family.joined else ""
    said = cue == "la" and number > 1 and words[number - 1].joined and words[number - 2].plain in _CUES  # "em là"
    announced = said or cue == "ten"
    accented = family.typed != family.plain
    own = family.plain in _CLEAR or (accented and family.typed not in _EVERYDAY)  # it stands for little else
    if family.title and third and third.title and (second.middle or (second.title and second.plain in _MORE_MIDDLES)):
        return _titles(words, number)
    if family.title and second.title and own and (said or cue in _TITLES or cue in _ENGLISH_CUES):
        return _titles(words, number)
    if third and second.middle and ((own and announced) or (third.given and not _compound(second, third))):
        exact = accented and (second.typed != second.plain or (second.plain == "a" and third.typed != third.plain))
        begins = family.plain in _CLEAR and (
            not family.joined or (family.plain == "nguyen" and cue not in _BEFORE_NGUYEN and second.plain in ("van", "thi"))
        )
        if exact or begins or cue in (_CUES if family.plain in _CLEAR else _SURE_CUES):
            return 4 if _ends_with(words, number + 3) else 3
    return 2 if own and said and second.plain not in _NO_NAME else 0


def _titles(words: Sequence[_Word], number: int) -> int:
    """Words with a capital, one behind the other; a middle name may be written small."""
    count = 1
    while (
        count < LONGEST
        and _follows(words, number + count)
        and (words[number + count].title or (count == 1 and words[number + 1].middle))
    ):
        count += 1
    return count


def _compound(second: _Word, third: _Word) -> bool:
    """ "văn bản", "thị trấn"; not "A Dí", which is only without its accents like "ạ đi"."""
    return third.in_(*_COMPOUNDS.get(second.plain, _NONE)) and not (second.title and third.title)


def _ends_with(words: Sequence[_Word], number: int) -> bool:
    """Whether the word is the last of a name of four: what comes after it is no name any more."""
    if not _follows(words, number) or words[number].plain in _NO_NAME:
        return False
    return not _follows(words, number + 1) or words[number + 1].plain in _NO_NAME


def _follows(words: Sequence[_Word], number: int) -> bool:
    return number < len(words) and words[number].joined


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    end = 0
    for found in _WORD.finditer(text):
        raw = found[0]
        start, stop = found.span()
        joined = _BETWEEN.fullmatch(text, end, start) is not None
        words.append(_Word(start, stop, *_spelt(raw), joined))
        end = stop
    return words


@lru_cache(SPELT)
def _spelt(raw: str) -> tuple[str, str, bool]:
    """`typed`, `plain` and `title` of a word."""
    typed = composed(raw).lower()
    return typed, strip_accents(typed), raw[0].isupper() and raw[1:] == raw[1:].lower()
