"""Where a text names a person: "em tên là Lò Văn Hặc", "ong giang a pao". Villages, topics and worries ("lo") are none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.text.folding import strip_accents

Span = tuple[int, int]


def _forms(names: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names as they are written, in small letters, and without accents."""
    written = frozenset(names.lower().split())
    return written, frozenset(map(strip_accents, written))


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FAMILIES, _FAMILIES_PLAIN = _forms(
    "Lò Quàng Lường Cà Tòng Lèo Vì Bạc Cầm Đèo Điêu Mè Lù Ngần Khoàng Mào Lô Lương Lừ Vàng Giàng Sùng Mùa Thào Hạng Hảng Hờ "
    "Lầu Ly Lý Vừ Chá Cứ Chang Cháng Tráng Ma Mã Sình Phàng Sồng Chớ Thênh Kháng Moong Pờ Lỳ Sừng Chu Phùng Phàn Tẩn Chảo "
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Đinh Đoàn Trịnh Mai Đào Tô Cao Trương Lâm Tạ Lại Lưu "
    "Quách Tống Kiều Nông Hứa Hà Đồng Doãn Triệu"
)
# Hardly anything else, also in small letters and without accents, where a name may stand.
_CLEAR = _set("nguyen pham giang quang hoang dinh trinh huynh thao khoang quach")
_BEFORE_NGUYEN = _set("tai cao thai trung thuong thuoc")  # tài nguyên, cao nguyên, Thái Nguyên
# Family names that are everyday words, too: "cứ", "mùa", "vàng", "cao".
_EVERYDAY = _set("vì bạc cầm ngần vàng mùa hờ cứ ma mã tráng kháng chảo lê hồ dương đoàn mai đào tô cao tạ lại lưu nông hứa hà")
# Streets, schools and funds are named after them.
_PUBLIC = (
    *("hoang cong chat", "vu a dinh", "le quy don", "to vinh dien", "phan dinh giot", "be van dan", "ho chi minh", "le loi"),
    *("tran dang ninh", "tran hung dao", "tran phu", "nguyen trai", "nguyen hue", "hoang van thu", "hoang van no"),
)
_MIDDLES, _MIDDLES_PLAIN = _forms("Văn Thị A Seo")
_MORE_MIDDLES = _forms(
    "Thế Xuân Đức Hữu Công Minh Thanh Thu Ngọc Quang Đình Bá Hồng Kim Mạnh Duy Anh Bích Phương Thùy Mỹ Nhè Khai Quốc Trung "
    "Tiến Hải Huy Gia Bảo Khánh Như Hoài Diệu Mai Lan Hoàng Tuấn Thành Trọng Sỹ Viết Quý Vĩnh Giống Chí Láo Pá Chứ Nhìa Bun"
)[1]
# What follows "van" and "thi" that are no names: vấn đề, văn bản, thị trường.
_COMPOUNDS = {
    "van": _set("de ban phong hoa hoc bang dong chuyen tai dung menh xuoi nghe"),
    "thi": _set("truong tran xa thoang luc tuyen lai dau cong hanh"),
    "a": _set("di khong"),
}
_TITLES = _set("ong ba anh chi em chau chu bac cau mo bo me vo chong thay cha cu mr mrs ms miss")
_ENGLISH_CUES = _set("named called is am m")  # "m" of "I'm"
_CUES = _TITLES | _ENGLISH_CUES | _set("con la ten nha ho goi toi minh gui")
_SURE_CUES = _ENGLISH_CUES | _set("la ten ong ba anh chi bac mr mrs ms")
# What follows a name, or stands where a name was expected.
_NO_NAME = _set(
    "gi ai sao nao dau the trong tren duoi co khong ko k hok hong chua thi ma o tai tu den cho de va voi nhung hay hoac cua "
    "cac moi nhieu it muon hoi xin can vay duoc dc bi dang da se roi nua nay kia do day nam sinh tuoi ho ngheo nha nguoi dan "
    "dung giong toc que ban xa phuong huyen tinh thon nhe ah ha a oi nhi lam di hoc mua nuoi thue nop khai dien biet bao may "
    "khi neu vi nen tuc van con cung rat qua lai ra vao len xuong thuoc viet ghi goi bang theo truoc sau so giup mac la em "
    "toi minh chau tao to anh chi ong ba bac chu cau chung vo chong bo me gai trai sai trung khac that ten hien gio ngay "
    "thang cong du dia lop lao don giay danh in and who what i from want need am is are was have live please my we not an of "
    "for at on or but he she it his her they you your does did has had will would should could wrong misspelled spelled "
    "missing incorrect different listed still"
)
# After "van" and "thi" nearly every word is a given name; these make them "vẫn" and "thì".
_NO_GIVEN = _set(
    "gi ai sao nao khong ko k chua duoc dc co la thi ma o bi dang da con de cho muon hoi xin can vay phai va nhu cu"
)

_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
_PERSON = r"(?:em|toi|tui|minh|chau|con|to|tao|anh|chi|ong|ba|bo|me|vo|chong|trai|gai|day|he|ban|nguoi|dung|chu|benh nhan)"
_KIND = r"(?: (?:day du|that|khai sinh|tuoi|thuong goi))?"
_IS = r"(?: la\b ?:?| ?[:=])"
_ASKED = re.compile(  # after these stands a name, whatever it is
    rf"\b(?:(?:ho (?:va )?|ho, ?)?ten{_KIND}(?: cua)?(?: {_PERSON}){{0,3}}{_IS}"
    rf"|(?:goi|keu) {_PERSON} la\b"
    r"|(?:my|his|her) (?:(?:full|first|last|family) )?name(?: is|['’]?s)\b|i(?: am|['’]?m) called|people call me|name ?[:=]"
    rf"|(?:nick|fb|facebook|zalo|tiktok) (?:cua )?{_PERSON}(?: ten)?{_IS}|nick (?:la|:))\s{{0,3}}[“\"'.]?"
)
_MAYBE = re.compile(  # and after these, where it looks like one; "xã tôi tên" begins a place
    rf"(?<!xa )(?<!ban )(?<!thon )(?<!huyen )\b(?:{_PERSON} ten(?: la)?|call me)\s{{1,3}}[“\"']?"
)
_GLUED = re.compile(r"(?:[._-]?\w)*")  # the rest of "hoaban92", "lo.van.a"
_BETWEEN = re.compile(r"[ \t\u00a0]{1,3}")
LONGEST = 5  # words in a name


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
        given = before.middle and count > 1 and first.family and word.plain not in _NO_GIVEN
        if not (word.title or given or (first.family and count == 1 and word.middle)) and (
            first.title or word.plain in _NO_NAME or word.typed in FAMILIES
        ):
            break
        count += 1
    return count


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
    accented = family.typed != family.plain
    own = family.plain in _CLEAR or (accented and family.typed not in _EVERYDAY)  # it stands for little else
    if family.title and third and third.title and (second.middle or (second.title and second.plain in _MORE_MIDDLES)):
        return _titles(words, number)
    if family.title and second.title and own and (said or cue in _TITLES or cue in _ENGLISH_CUES):
        return _titles(words, number)
    if third and second.middle and third.plain not in _NO_GIVEN and not _compound(second, third):
        exact = accented and second.typed != second.plain
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
    return third.plain in _COMPOUNDS.get(second.plain, ()) and not (second.title and third.title)


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
        typed = unicodedata.normalize("NFC", raw).lower()
        words.append(_Word(start, stop, typed, strip_accents(typed), raw[0].isupper() and raw[1:] == raw[1:].lower(), joined))
        end = stop
    return words
