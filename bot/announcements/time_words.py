"""The words of time in Vietnamese and English, as marks that are the same in both: "7h30 sáng mai" → C7:30 MORNING TOMORROW.

Phones type words with or without accents. "tới" is coming and "tối" is evening; where the accents are left out, the words
around decide, and where these do not either, the mark says so (TOI?, SAU?). Marks are in capitals, which typed text has lost
before; what is left in small letters was not understood.

    C7:30 C7_15      an hour and minutes after, or before it       AM PM MORNING NOON AFTERNOON EVENING NIGHT
    D24_11_2026      day, month, year; 0 where it is not said      P7.30  a date or an hour: the rest of the text decides
    MON … SUN        TODAY TOMORROW DAYAFTER                       THISWEEK NEXTWEEK THISMONTH NEXTMONTH
    MONTHEND?        the last day of a month, or of every month     LUNAR  a date of the other calendar
    M90 A3           after that many minutes, days                 EVERY DAILY WEEKLY MONTHLY WORKDAYS LASTDAY
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta

from bot.announcements.times import WEEKDAYS
from bot.text.folding import has_accents, strip_accents, tokens, visible

# --- numbers, and the words that their accents decide -----------------------------------------------------------------

_DECIDED = {
    "một": "1", "mốt": "DAYAFTER", "tư": "4", "sáu": "6", "bảy": "7", "bẩy": "7", "mười": "TEN", "mươi": "muoi",
    "từ": "FROM", "tới": "COMING", "tối": "EVENING", "nửa": "HALF", "nữa": "LATER",
    "mãi": "FOREVER", "đừng": "NOT",
    "âm": "LUNAR", "âl": "LUNAR", "tết": "LUNAR", "rằm": "LUNAR", "giêng": "LUNAR", "chạp": "LUNAR",
}  # fmt: skip
# English words of time that Vietnamese ones fold into: "món" is no Monday, "sát" no Saturday, "ăn" no "an".
_ENGLISH = frozenset(
    {
        *("am", "pm", "mon", "sun", "sat", "tue", "wed", "fri"),
        *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        *("day", "days", "week", "month", "min", "mins", "hour", "noon", "night", "now"),
        *("on", "at", "of", "by", "and", "an", "in"),
    }
)
_WORD = re.compile(r"[^\W\d_]+")
_SIGNS = str.maketrans(dict(zip("–—−’‘“”?!;()", "---''       ", strict=True)) | {"&": " and "})
_NUMBERS = tuple(
    (re.compile(pattern), number)
    for pattern, number in (
        (r"\bthu ?-? ?hai\b", "thu 2"),
        (r"\bthu ?-? ?ba\b", "thu 3"),
        (r"\bthu ?-? ?tu\b", "thu 4"),
        (r"\bthu ?-? ?nam\b", "thu 5"),
        (r"\bthu ?-? ?(?:sau|AFTER)\b", "thu 6"),
        (r"\bthu ?-? ?bay\b", "thu 7"),
        (r"(?<=\bmuoi )mot\b|(?<=\bTEN )mot\b|(?<=\bthang )mot\b|(?<=\bm[uo]ng )mot\b", "1"),
        (r"\bmot(?= (?:gio|tieng|phut|ngay|tuan|thang|lan|nam)\b)|(?<=\bngay )mot(?= (?:thang|hang|moi)\b)", "1"),
        (r"\bmot\b", "DAYAFTER"),
        (r"\bhai\b", "2"),
        (r"\bba\b", "3"),
        (r"\bbon\b|(?<=\bmuoi )tu\b|(?<=\bthang )tu\b", "4"),
        (r"(?<=\bmuoi )lam\b|(?<=\bTEN )lam\b|(?<!\bhang )(?<!\bmoi )\bnam\b(?! (?:[0-9]{4}|nay|sau|toi|COMING|AFTER)\b)", "5"),
        (r"\bsau(?= ?gio\b| ruoi\b)|(?<=\bmuoi )sau\b|(?<=\bngay )sau(?= thang\b)|(?<=\bm[uo]ng )sau\b", "6"),
        (r"\bbay\b", "7"),
        (r"\btam\b", "8"),
        (r"\bchin\b", "9"),
        (r"\bkhong(?= gio\b)", "0"),
    )
)
_TENS = re.compile(r"(?:(?<!\bthu )\b([2-5]) muoi|\b(?:muoi|TEN))\b(?: ([1-9])\b(?![:/.][0-9]))?")


def simplify(text: str) -> str:
    """Small letters without accents, numbers in digits, and marks for the words that only accents tell apart."""
    typed = unicodedata.normalize("NFKC", visible(text)).lower().translate(_SIGNS)
    with_accents = has_accents(typed)

    def decide(found: re.Match[str]) -> str:
        word = found[0]
        if word == "mốt" and typed[: found.start()].endswith(("mươi ", "muoi ")):
            return "1"
        if word == "sau" and with_accents:
            return "AFTER"
        if word not in _DECIDED and word not in _ENGLISH and strip_accents(word) in _ENGLISH:
            return f"no-{word}"  # which no rule knows
        return _DECIDED.get(word, word)

    folded = " ".join(strip_accents(_WORD.sub(decide, typed)).split())
    for pattern, number in _NUMBERS:
        folded = pattern.sub(number, folded)
    return _TENS.sub(lambda found: str(int(found[1] or 1) * 10 + int(found[2] or 0)), folded)


# --- now --------------------------------------------------------------------------------------------------------------

_AROUND_NOW = r"(?:gửi|gui|phát|phat|đăng|dang|đi|di|nhé|nhe|ạ|a|luôn|luon|cho bà con|cho ba con|send|it|please)"
_NOW = re.compile(
    rf"(?:{_AROUND_NOW} )*"
    r"(?:ngay(?: khi (?:được |duoc )?(?:duyệt|duyet))?|luôn|luon|bây giờ|bay gio|lập tức|lap tuc|"
    r"(?:right )?now|right away|immediately|at once|asap|as soon as (?:possible|(?:it is )?approved))"
    rf"(?: (?:{_AROUND_NOW}|bây giờ|bay gio|lập tức|lap tuc))*"
)


def says_now(text: str) -> bool:
    """Whether the whole text says "at once". Looks at accents: "ngay" is at once, "ngày" is a day."""
    return _NOW.fullmatch(" ".join(tokens(text))) is not None


# --- how long ---------------------------------------------------------------------------------------------------------

_UNITS = {
    "phut": 1, "p": 1, "minutes": 1, "minute": 1, "mins": 1, "min": 1,
    "gio": 60, "tieng": 60, "h": 60, "hours": 60, "hour": 60, "hrs": 60,
    "ngay": 1440, "days": 1440, "day": 1440,
    "tuan": 10080, "weeks": 10080, "week": 10080,
    "thang": 43200, "months": 43200, "month": 43200,
}  # fmt: skip
_COUNT = r"(?:[0-9]{1,4}|HALF|nua|half an?|an?)"
_ONE_SPAN = rf"{_COUNT} ?(?:{'|'.join(_UNITS)})(?![a-z0-9])(?: dong ho)?(?: ruoi\b)?"
_SPAN = rf"\b{_ONE_SPAN}(?:,? (?:va |and )?{_ONE_SPAN})*"
_SPAN_PART = re.compile(rf"({_COUNT}) ?({'|'.join(_UNITS)})(?![a-z0-9])(?: dong ho)?( ruoi\b)?")
_ONLY_SPAN = re.compile(rf"(?:(?:(?:co |con )?hieu luc|trong|keo dai|khoang|for|lasts|about) )*({_SPAN})")


def read_span(text: str) -> timedelta | None:
    """ "3 ngày", "12h", "nửa ngày", "1 hour 30 minutes"; None when the plain text is anything else. A month is 30 days."""
    found = _ONLY_SPAN.fullmatch(text)
    return timedelta(minutes=_minutes(found[1])) if found else None


def _minutes(text: str) -> float:
    total = 0.0
    for found in _SPAN_PART.finditer(text):
        count = 0.5 if found[1].startswith(("HALF", "nua", "half")) else 1.0 if found[1].startswith("a") else float(found[1])
        total += (count + (0.5 if found[3] else 0)) * _UNITS[found[2]]
    return total


def _delay(found: re.Match[str]) -> str:
    text = next(group for group in found.groups() if group)
    minutes = int(_minutes(text))
    whole_days = all(_UNITS[part[2]] >= 1440 for part in _SPAN_PART.finditer(text)) and minutes % 1440 == 0
    return f" A{minutes // 1440} " if whole_days else f" M{minutes} "


# --- everything else --------------------------------------------------------------------------------------------------

MARKED_DAYS = tuple(day.upper() for day in WEEKDAYS)
_DAY = f"(?:{'|'.join(MARKED_DAYS)})"
_PART = "(?:MORNING|NOON|AFTERNOON|EVENING|NIGHT)"
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = f"(?:{'|'.join(_MONTHS)})"
# What makes the number before it something else than a day of the week or month.
_HOUR_FOLLOWS = r"[0-9]|[:/.][0-9]| ?(?:h|g|gio|am|pm|ruoi|kem)(?![a-z])| (?:thang|tieng|phut|ngay|tuan)\b"
_PART_FOLLOWS = rf"{_HOUR_FOLLOWS}| (?:sang|trua|chieu|toi|dem)\b| {_PART}"
_TH = "(?:st|nd|rd|th)?"
_TO = "(?:-|den|toi|COMING|to|till|until|through)"
_EVERY = "(?:hang|moi|every|each)"
_ONCE = "(?: 1 lan)?"
_AND = "(?:, *(?:va|and)|,|va|and)"
_FREE = r"(?<![\w:/.])"  # not inside another number, nor inside a mark


def _weekday(found: re.Match[str]) -> str:
    return f" {MARKED_DAYS[int(found[1]) - 2]} "


def _next_in_list(found: re.Match[str]) -> str:
    return f"{found[1]} {MARKED_DAYS[int(found[2]) - 2]} "


def _from_to(found: re.Match[str]) -> str:
    """All days between two weekdays, over the end of the week where they are so written."""
    first, last = (MARKED_DAYS.index(day) for day in found.groups())
    return " " + " ".join(MARKED_DAYS[(first + step) % 7] for step in range((last - first) % 7 + 1)) + " "


def _date(found: re.Match[str]) -> str:
    day, month, year = (found.groupdict().get(name) for name in ("day", "month", "year"))
    number = _MONTHS.get(month or "") or int(month or 0)
    return f" D{int(day or 0)}_{number}_{int(year or 0) + (2000 if year and len(year) == 2 else 0)} "


_Rule = tuple[str, str | Callable[[re.Match[str]], str]]
_RULES: tuple[_Rule, ...] = (
    (r"\b(?:tet|LUNAR) duong(?: lich)?\b", " D1_1_0 "),
    (r"\b(?:tet|al)\b|\b(?:am|LUNAR) lich\b|\blunar(?: calendar)?\b|\bngay ram\b", " LUNAR "),
    # weekdays
    (r"\b(?:thu ?-? ?|t\.?)([2-7])\b(?![:/.][0-9]| ?(?:h|g)(?![a-z]))", _weekday),
    (r"\b(?:chu|chua) ?nhat\b|\bcn\b|\bsun(?:day)?\b", " SUN "),
    (r"\bmon(?:day)?\b", " MON "),
    (r"\btue(?:s|sday)?\b", " TUE "),
    (r"\bwed(?:nesday)?\b", " WED "),
    (r"\bthur(?:s|sday)?\b|(?<=\band )thu\b(?! ?[2-7]\b(?!:))", " THU "),  # alone, "thu" is "thứ"
    (r"\bfri(?:day)?\b", " FRI "),
    (r"\bsat(?:urday)?\b", " SAT "),
    *((rf"\b{name}s\b", f" EVERY {day} ") for name, day in zip(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), MARKED_DAYS, strict=True)),
    *((rf"({_DAY} ?{_AND}) ?([2-7])\b(?!{_PART_FOLLOWS})", _next_in_list),) * 5,
    (rf"(?:\b(?:FROM|tu|from) +)?({_DAY}) *{_TO} *({_DAY})", _from_to),
    (rf"({_DAY}) +COMING\b", r"\1 "),
    (rf"({_DAY}) +toi\b", r"\1 TOI? "),
    # weeks and months from now
    (r"\btuan (?:sau|AFTER|toi|COMING|ke(?: tiep)?|tiep theo)\b|\bnext week\b", " NEXTWEEK "),
    (r"\btuan nay\b|\bthis week\b", " THISWEEK "),
    (r"\bsang tuan\b", " NEXTWEEK "),  # "sang", not "sáng": that stands before a week with its name, marked by now
    (rf"\bnext +(?={_DAY})", " NEXTWEEK "),
    (rf"\b(?:this|coming) +(?={_DAY})|(?<={_DAY}) +nay\b", " "),
    (r"\bthang sau\b", " SAU? "),
    (r"\bthang (?:AFTER|toi|COMING)\b|\bnext month\b", " NEXTMONTH "),
    (r"\bthang nay\b|\bthis month\b", " THISMONTH "),
    # again and again
    (rf"\b(?:of )?{_EVERY} (?:thang|month)\b{_ONCE}|\bmonthly\b|\bonce a month\b", " MONTHLY "),
    (r"(?<!\bngay )\bcuoi (?:cung )?(?:cua )?thang\b", " MONTHEND? "),
    (r"\b(?:ngay )?cuoi (?:cung )?(?:cua )?(?:thang\b| *(?=MONTHLY|THISMONTH|NEXTMONTH))", " LASTDAY "),
    (r"\blast day (?:of )?(?:the month\b| *(?=MONTHLY|THISMONTH|NEXTMONTH))", " LASTDAY "),
    (r"\b(?:(?:hang|moi|cac) )?ngay (?:trong tuan|lam viec)\b|\b(?:every |each )?(?:weekdays?|working days?)\b", " WORKDAYS "),
    (rf"\b{_EVERY} (?:tuan|week)\b{_ONCE}|\bweekly\b|\bonce a week\b", " WEEKLY "),
    (
        rf"\b{_EVERY} ?(?:ngay|day)\b(?! +[0-9]{{1,2}}(?!{_PART_FOLLOWS})| *{_DAY}){_ONCE}|\bdaily\b|\bonce a day\b",
        " DAILY ",
    ),
    (r"\b(?:hang|moi|cac|every|each)\b", " EVERY "),
    # parts of the day, and days near today
    (r"\b(?:nua|HALF|giua) dem\b(?: nay\b)?|\bmidnight\b", " C24:00 "),
    (r"\bthis (morning|afternoon|evening)\b", r" \1 TODAY "),
    (r"\btonight\b", " TODAY EVENING "),
    (r"\b(?:in the )?(?:buoi )?(?:sang|morning)\b", " MORNING "),
    (r"\b(?:buoi )?trua\b", " NOON "),
    (r"\b(?:in the )?(?:buoi )?(?:chieu|afternoon)\b", " AFTERNOON "),
    (r"\b(?:in the )?(?:buoi )?(?:toi|EVENING|evening)\b", " EVENING "),
    (r"\b(?:ban )?dem(?: khuya)?\b|\bkhuya\b|\b(?:at )?night\b", " NIGHT "),
    (r"\b(?:at )?(?:noon|midday)\b", " C12:00 "),
    (rf"({_PART}) +nay\b", r"\1 TODAY "),
    (r"\b(?:ngay )?(?:hom|bua) nay\b|\btoday\b", " TODAY "),
    (r"\b(?:the )?day after tomorrow\b|\b(?:ngay )?DAYAFTER\b|\bngay kia\b", " DAYAFTER "),
    (r"\b(?:ngay |hom |bua )?mai\b|\btomorrow\b", " TOMORROW "),
    # delays
    (rf"\bin ({_SPAN})|\b(?:sau|AFTER|after) (?![0-9]+ ?h\b)({_SPAN})(?! ?[0-9])", _delay),
    (rf"(?:\btrong )?({_SPAN}) (?:nua|LATER|later|from now)\b", _delay),
    # dates
    (r"(?<![\w:/.-])(?P<year>[0-9]{4})([-/])(?P<month>[0-9]{1,2})\2(?P<day>[0-9]{1,2})(?:t(?=[0-9])|(?![0-9]))", _date),
    (
        r"(?:\bngay )?(?<![\w:/.])(?P<day>[0-9]{1,2})( ?/ ?|-|\.)(?P<month>[0-9]{1,2})\2"
        r"(?P<year>[0-9]{4}|[0-9]{2})(?![0-9:/]| ?[hg](?![a-z]))",
        _date,
    ),
    (
        r"(?:\bngay )?(?<![\w:/.])(?P<day>[0-9]{1,2})(?: ?/ ?|-)(?P<month>[0-9]{1,2})(?![0-9:/]| ?[hg](?![a-z]))"
        r"(?:,? nam (?P<year>[0-9]{4}))?",
        _date,
    ),
    (
        r"\b(?:ngay )?(?:m[uo]ng )?(?P<day>[0-9]{1,2}) thang (?P<month>[0-9]{1,2})(?![0-9:/]| ?(?:h|g|gio)(?![a-z]))"
        r"(?:,? (?:nam )?(?P<year>[0-9]{4})(?![0-9:]))?",
        _date,
    ),
    (rf"\b(?:the )?(?P<day>[0-9]{{1,2}}){_TH} (?:of )?(?P<month>{_MONTH})\b\.?(?:,? (?P<year>[0-9]{{4}})(?![0-9:]))?", _date),
    (
        rf"\b(?P<month>{_MONTH})\b\.? (?P<day>[0-9]{{1,2}}){_TH}(?!{_HOUR_FOLLOWS})(?:,? (?P<year>[0-9]{{4}})(?![0-9:]))?",
        _date,
    ),
    (rf"\b(?:ngay |mung |mong |the |days? )+(?P<day>[0-9]{{1,2}}){_TH}\b(?!{_HOUR_FOLLOWS})", _date),
    (rf"{_FREE}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)\b", _date),
    *((rf"(D[0-9]+_0_0) *{_AND} *(?P<day>[0-9]{{1,2}})\b(?!{_PART_FOLLOWS})",
       lambda found: f"{found[1]}{_date(found)}"),) * 5,
    (rf"\bngay +(?={_DAY})", " "),
    # the clock
    (rf"{_FREE}([0-9]{{1,2}}) ?(?:gio|h|g)? ?(?:kem|thieu) ?([1-9]|[1-5][0-9])\b(?: ?(?:phut|p)\b)?", r" C\1_\2 "),
    (rf"{_FREE}([0-9]{{1,2}}) ?(?:gio|h|g)? ?ruoi\b", r" C\1:30 "),
    (rf"{_FREE}([0-9]{{1,2}}):([0-9]{{2}})(?::00)?(?![0-9:])(?: ?(?:gio|h)\b)?", r" C\1:\2 "),
    (rf"{_FREE}([0-9]{{1,2}}) ?(?:gio|h|g) ?([0-9]{{1,2}})(?![0-9:/]|\.[0-9])(?: ?(?:phut|p)\b|')?", r" C\1:\2 "),
    (rf"{_FREE}([0-9]{{1,2}}) ?(?:gio|h|g|o'clock)(?![a-z0-9])", r" C\1:00 "),
    (rf"{_FREE}([0-9]{{1,2}})(?= ?(?:am|pm|a\.m|p\.m)(?![a-z])| +{_PART})", r" C\1:00 "),
    (rf"({_PART}(?: +(?:TODAY|TOMORROW))?) +([0-9]{{1,2}})(?= *$)", r"\1 C\2:00 "),
    (rf"{_FREE}([0-9]{{1,2}})\.([0-9]{{1,2}})(?![0-9:]|\.[0-9])", r" P\1.\2 "),
    (r"\b(?:luc|at) ([0-9]{1,2})(?![\w:/]|\.[0-9])", r" C\1:00 "),
    (r"(?<![a-z])(?:am\b|a\.m\b\.?)", " AM "),
    (r"(?<![a-z])(?:pm\b|p\.m\b\.?)", " PM "),
    # what adds nothing
    (r"\b(?:vao|luc|hoi|gui|phat|nhe|nha|va|cua|buoi|at|on|of|the|and|by|send|please|khoang|dung(?= +C))\b", " "),
    (r",|(?<!\w)[-./]+(?!\w)|(?<=\w)\.(?!\w)|(?<= )-(?=C)", " "),
    (r"(?<!\w)a(?!\w)", " "),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), mark) for pattern, mark in _RULES)


def to_marks(text: str) -> tuple[str, ...]:
    """The marks of a plain text, in the order typed."""
    for pattern, mark in _COMPILED:
        text = pattern.sub(mark, text)
    return tuple(text.split())
