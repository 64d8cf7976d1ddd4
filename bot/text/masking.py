"""What must never be kept of a message: numbers of people and their things, addresses, accounts, dates of birth, names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.text.folding import strip_accents
from bot.text.person_names import names

MASK = "•••"
PASSES = 10  # where something is masked, what is glued to it can stand free: "0912345678zalo.me/a"
_GAP = rf"(?:(?!{MASK})[\W_])"  # between the parts of one number; what is masked already holds no two together
# Six digits or more, however they are grouped or glued to words: phones have 10, identity cards 12 (or 9), accounts 8 to 16.
# Amounts such as 100.000.000 are masked too: losing an amount costs nothing, keeping a number may. Two letters
# and 13 digits are the number of a health insurance card.
_NUMBER = re.compile(rf"(?:(?<![^\W\d_])[A-Za-z]{{2}}[ .-]?(?=\d(?:{_GAP}{{0,3}}\d){{12}}))?[+(]?\d(?:{_GAP}{{0,3}}\d){{5,}}")
_A_DIGIT = re.compile(r"\d")
_YEARS = re.compile(r"20[0-3]\d ?[-–] ?20[0-3]\d")  # "giai đoạn 2021-2025"; digits around it would belong to the match
_HIDDEN_DIGITS = re.compile(r"(?<!\w)[+(]?[0-9oO](?:[ .-]{0,2}[0-9xX*oOlI]){7,11}(?!\w)")  # 0912xxx678, O9l2345678
_HIDDEN_LEAST = 4  # digits among them: "xoxoxoxox" is no number
# Only where a word begins: else a long word without @ is looked through once more from each of its letters.
_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]+[ ]{0,2}@[ ]{0,2}[\w-]+(?:[ ]{0,2}[.,][ ]{0,2}(?:com|vn|net|org|edu|gov|info)\b|\.[\w.+@-]+)+"
)
_HANDLE = re.compile(r"(?<![\w.+@-])@ ?\w[\w.-]*")

# The rest is looked for in small letters without accents.
_NETWORK = r"(?:zalo|facebook|face|fb|tik ?tok|instagram|insta|ig|telegram|tele|viber|messenger|mess|youtube|nick)"
_WHOSE = r"(?: ?(?:cua )?(?:em|toi|minh|chau|tui))?"
_MAIL = r"(?:gmail|yahoo|hotmail|outlook|icloud|zing)"
_DIGIT = "khong|linh|muoi|mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin|zero|oh|one|two|three|four|five|six|seven|eight|nine"
_SPOKEN = re.compile(rf"(?<!\w)(?:{_DIGIT}|\d{{1,4}})(?:[ .,-]{{1,3}}(?:{_DIGIT}|\d{{1,4}})(?!\w))+")
_MIXED = re.compile(rf"(?<!\w)(?:\d{{1,4}}(?:{_DIGIT})){{2,}}\d{{0,4}}(?!\w)")  # 0chín1hai3bốn5sáu78
_DATE = r"\d{1,4}(?: ?[/.-] ?\d{1,4}){0,2}"
_IN_WORDS = r"(?:ngay )?\d{1,2} thang \d{1,2}(?: nam \d{2,4})?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_IN_ENGLISH = rf"(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?),? \d{{4}}"
_AFTER_CUE = tuple(
    re.compile(pattern)
    for pattern in (
        # Links to a person: nothing of them is kept.
        r"(?<![\w.])((?:https?://)?(?:[a-z]{1,6}\.)?"
        r"(?:zalo\.me|fb\.(?:com|me|gg)|facebook\.com|m\.me|t\.me|messenger\.com|tiktok\.com|instagram\.com|viber\.me)/\S+)",
        # Accounts, by a sign or a number in them, or by a colon before them; "zalo của xã" is none.
        rf"\b{_NETWORK}(?: {_NETWORK})?{_WHOSE}(?: (?:la|is|ten))? ?:? ?(?=\w*[._]?\w*[\d_.]\w)([a-z][\w.-]*[\w-])",
        rf"\b{_NETWORK}{_WHOSE} ?: ?([a-z@][\w.-]*)",
        # Addresses whose signs are said or left out.
        rf"(?<![\w.+-])([\w.+-]+ ?(?:\(a\)|\[a\]|\[at\]|\(at\)|\ba (?:cong|moc|vong)\b|\bat\b|@) ?{_MAIL}\b"
        r"(?: ?(?:\.|,|\bcham\b|\bdot\b|\[dot\]|\(dot\)) ?[a-z]{2,4}\b)*)",
        rf"(?<![\w.+-])([\w.+-]{{4,}} {_MAIL}\.[a-z.]{{2,6}})",
    )
)
_NUMBER_AFTER_CUE = tuple(
    re.compile(pattern)
    for pattern in (
        # Licence plates: 27-B1 123.45, 27F-1234.
        r"(?<![\w.,])(\d{2}[ .-]?(?!tr|kg|km|cm|ha|xa|ty)[a-z]{1,2}\d?[ .-]{0,3}\d{3}[ .]?\d{2})(?!\w)",
        r"(?<![\w.,])(\d{2}[ .-]?[a-z]{1,2}\d?-\d{4})(?!\w)",
        # Dates of birth; "học sinh năm 2025" is none.
        rf"(?<!hoc )(?<!khai )(?<!{MASK} )(?<!{MASK})\bsinh(?: vao)?(?: ngay| nam|:){{0,2}} ?({_IN_WORDS}|{_DATE})(?!\w)",
        rf"\b(?:ngay sinh|nam sinh|sn|dob|(?:date of )?birth(?: ?date|day)?|born(?: on| in)?)"
        rf"(?: is| la)? ?:? ?({_IN_ENGLISH}|{_IN_WORDS}|{_DATE})(?!\w)",
        # Shorter numbers, where it is said what they are.
        r"\b(?:so nha|nha so|house (?:number|no\.?)) ?:? ?(\d[\w/-]*)",
        r"\b(?:stk|so tai khoan|tai khoan so|account (?:number|no\.?)|cccd|cmnd|cmt|so can cuoc|can cuoc so|ho chieu(?: so)?"
        r"|passport|so the|ma the|ma so thue|mst|ma ho so|bien so|otp|ma xac nhan|mat khau|password|pin)"
        r"(?: (?:cua )?(?:em|toi|chau|minh|nha em|nha toi))?(?: la| is)?[ :.#]{0,3}(?=\w*\d)(\w[\w.-]{3,})",
    )
)


def masked(text: str) -> str:
    """The text with all of that replaced by MASK. At most three times as long; masking it again changes nothing."""
    for _ in range(PASSES):
        before, text = text, _masked_once(text)
        if text == before:
            break
    return text


def _masked_once(text: str) -> str:
    parts, end = [], 0
    for start, stop in sorted(_spans(text)):
        if stop <= end:
            continue
        if start >= end:
            parts += [text[end:start], MASK]
        end = stop
    return "".join([*parts, text[end:]])


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """They may overlap. Most messages hold no digit and no @: what needs one is looked for in no other."""
    if "@" in text:
        yield from (found.span() for pattern in (_EMAIL, _HANDLE) for found in pattern.finditer(text))
    forms = {char: strip_accents(char).lower() for char in set(text)}
    plain = [forms[char] for char in text]
    folded = "".join(plain)
    # Folded letter → the letter it comes from: one may fold to none (an accent alone) or to several (a ligature).
    place = [number for number, letters in enumerate(plain) for _ in letters]
    place.append(len(text))
    has_digit = _A_DIGIT.search(folded) is not None  # where a digit comes from a sign such as ½, too
    if has_digit:
        yield from (found.span() for found in _NUMBER.finditer(text) if not _YEARS.fullmatch(found[0]))
        yield from (found.span() for found in _HIDDEN_DIGITS.finditer(text) if _is_hidden_number(found[0]))
    for pattern in (*_AFTER_CUE, *(_NUMBER_AFTER_CUE if has_digit else ())):
        for found in pattern.finditer(folded):
            yield place[found.start(1)], place[found.end(1) - 1] + 1
    for found in _SPOKEN.finditer(folded):
        if _is_spoken_number(found[0]):
            yield place[found.start()], place[found.end() - 1] + 1
    for found in _MIXED.finditer(folded) if has_digit else ():
        yield place[found.start()], place[found.end() - 1] + 1
    yield from names(text, folded, place)


def _is_hidden_number(found: str) -> bool:
    """A phone number of which somebody left out some digits, or wrote letters that look like them."""
    digits = sum(char.isdigit() for char in found)
    return _HIDDEN_LEAST <= digits < len(re.sub(r"[ .+(-]", "", found)) and len(re.sub(r"[ .+(-]", "", found)) >= 8


def _is_spoken_number(run: str) -> bool:
    """Six digits in words, or eight of both kinds, but not "năm 2025 hai năm sau năm 2026"."""
    parts = re.findall(r"\w+", run)
    spoken = sum(not part.isdigit() for part in parts)
    years = any(len(part) == 4 and part.startswith(("19", "20")) for part in parts)
    digits = sum(len(part) if part.isdigit() else 1 for part in parts)
    return not years and (spoken >= 6 or (spoken >= 3 and digits >= 8))
