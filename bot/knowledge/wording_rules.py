"""What cannot be taken in at once by who reads an answer on a phone, or has it read aloud: warnings that hold nothing up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.i18n import mark
from bot.knowledge import schema
from bot.knowledge.intent_rules import intent_texts
from bot.knowledge.known import Knowledge
from bot.knowledge.reading import Located, Reading
from bot.knowledge.render import PLACEHOLDER
from bot.model import Intent
from bot.text.phone import COLUMNS

MOST_WORDS = 25  # of a sentence
MOST_BESIDE = 5  # words beside the numbers to call, on a line that is to be nothing else
_PAUSES = re.compile(r"(?<=[.!?…:;])\s+|\n")
_NUMBER = re.compile(r"\+?\d[\d ]*\d")

# Words that point back to something named before. `nouns` are what is pointed at so, and has to stand earlier in the same part,
# which is a message of its own; `openings` can begin no part. Languages without an entry are not held to this.
_VI = r"đợt|lần|kỳ|năm|tháng|giai đoạn|mức|số|khoản|nghị định|quy định|chương trình|dự án|nhà|hộ|nước|bên|vùng|xã"
_EN = r"round|drive|year|period|rate|level|sum|figure|decree|rule|programme|project|family|household|country|area|commune"
NOUNS: Mapping[str, re.Pattern[str]] = {
    "vi": re.compile(rf"\b(?P<noun>{_VI}) (?:ấy|đó|này|nọ|(?:ở |kể |nói )?trên)\b", re.IGNORECASE),
    "en": re.compile(rf"\b(?:that|this|those|these) (?P<noun>{_EN})(?:s|'s)?\b", re.IGNORECASE),
}
AMOUNTS = ("số", "mức", "khoản", "rate", "level", "sum", "figure")  # a figure before them is what they point to
OPENINGS: Mapping[str, re.Pattern[str]] = {
    "vi": re.compile(r"(?:trước|sau|khi|lúc|hồi|nhờ|trong|từ|do|vì) (?:đó|ấy|vậy|thế)\b|(?:đó|đây) là\b", re.IGNORECASE),
    "en": re.compile(r"(?:(?:before|after|since) )?(?:that|this|those|these|then|it|they|he|she|his|her)\b", re.IGNORECASE),
}
# Words whose meaning moves with the day on which they are read.
DRIFTING: Mapping[str, re.Pattern[str]] = {
    "vi": re.compile(
        r"\b(?:năm nay|năm ngoái|năm sau|sắp tới|thời gian tới|hiện nay|hiện tại|vừa qua|mới đây|gần đây)\b", re.IGNORECASE
    ),
    "en": re.compile(r"\b(?:this year|(?<!the )last year|next year|currently|recently|nowadays|at present)\b", re.IGNORECASE),
}


def check_wording(reading: Reading, knowledge: Knowledge) -> None:
    """Add a warning for every sentence that is too long, points to nothing, or crowds what should stand by itself.

    `knowledge` is what the reading, which has no errors, was built to.
    """
    for intent, where in reading.intents.values():
        _check_sums(reading, intent, where, knowledge)
        _check_numbers(reading, knowledge.intents[intent.id], where)
        for key, lang, text in _printed(knowledge.intents[intent.id]):
            _check_sentences(reading, where, key, lang, text)
            for words in _pointing_nowhere(lang, text):
                message = mark("{key}.{lang}: “{words}” points to nothing that stands before it in this part; name it")
                reading.problem(where, where.line(key, lang), message, warning=True, key=key, lang=lang, words=words)
            for found in DRIFTING[lang].finditer(text) if lang in DRIFTING else ():
                message = mark("{key}.{lang}: “{words}” is another time for whoever reads it later; print the time of a fact")
                reading.problem(where, where.line(key, lang), message, warning=True, key=key, lang=lang, words=found[0])


def _printed(intent: Intent) -> Iterator[tuple[str, str, str]]:
    """(key, language, text) of both parts, figures filled in."""
    for key, texts in (("short", intent.short), ("more", intent.more)):
        for lang, text in texts.items():
            yield key, lang, text


def _check_sentences(reading: Reading, where: Located, key: str, lang: str, text: str) -> None:
    """Sentences that nobody takes in who has them read aloud. A colon is a pause as well."""
    for words in (sentence.split() for sentence in _PAUSES.split(text)):
        if len(words) > MOST_WORDS:
            told = {"key": key, "lang": lang, "start": " ".join(words[:4])}
            message = mark("{key}.{lang}: “{start} ...” is a sentence of {words} words; say it in two, {limit} are enough")
            line, count = where.line(key, lang), len(words)
            reading.problem(where, line, message, warning=True, words=count, limit=MOST_WORDS, **told)


def _check_sums(reading: Reading, intent: schema.IntentShape, where: Located, knowledge: Knowledge) -> None:
    """Sums of money that stand on one line."""
    for key, lang, text in intent_texts(intent):
        for line in text.split("\n"):
            names = (name.removesuffix(".value") for name in PLACEHOLDER.findall(line))
            sums = {name for name in names if "." not in name and knowledge.facts[name].kind == "money"}
            if len(sums) > 1:
                message = mark("{key}.{lang}: the sums {ids} stand on one line; give each a line of its own")
                ids = ", ".join(f"{{{name}}}" for name in sorted(sums))
                reading.problem(where, where.line(key, lang), message, warning=True, key=key, lang=lang, ids=ids)


def _check_numbers(reading: Reading, intent: Intent, where: Located) -> None:
    """Urgent answers whose first line, as a phone shows it, is anything but the numbers to call."""
    for lang, text in intent.short.items() if intent.urgent else ():
        first = text.partition("\n")[0]
        beside = re.findall(r"\w+", _NUMBER.sub("", first))
        if not _NUMBER.search(first) or len(first) > COLUMNS or len(beside) > MOST_BESIDE:
            message = mark("short.{lang}: it is urgent, so its first line is to be the numbers to call and nothing else")
            reading.problem(where, where.line("short", lang), message, warning=True, lang=lang)


def _pointing_nowhere(lang: str, text: str) -> Iterator[str]:
    """The words that point back to what was not named: no “trong đợt đó” without its round."""
    if lang not in NOUNS:
        return
    opening = OPENINGS[lang].match(text)
    if opening:
        yield opening[0]
    for found in NOUNS[lang].finditer(text):
        noun, before = found["noun"].lower(), text[: found.start()].lower()
        named = re.search(rf"\b{re.escape(_stem(noun))}", before) or (noun in AMOUNTS and re.search(r"\d", before))
        if not named:
            yield found[0]


def _stem(noun: str) -> str:
    """families, countries"""
    return noun.removesuffix("y")
