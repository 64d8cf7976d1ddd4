"""What must hold for every intent: its texts, its links, its answer's figures, its phrasings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.i18n import mark
from bot.knowledge import schema
from bot.knowledge.nearest import nearest
from bot.knowledge.reading import Located, Reading
from bot.knowledge.render import PARTS, PLACEHOLDER
from bot.model import well_known
from bot.text.folding import fold

PRINTED_FACT = 40  # characters that a placeholder takes when its fact is not known yet
MIN_EXAMPLES = {"vi": 40, "en": 30}
DEFAULT_MIN_EXAMPLES = 30

_VI_NUMBER = r"(?:một|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|chín|mười|mươi|trăm|chục|vài|mấy|rưỡi)"
_EN_NUMBER = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|dozen)"
)
_NUMBER_WORDS = {
    "vi": re.compile(rf"\b{_VI_NUMBER}(?:\s+{_VI_NUMBER})*\s+(?:nghìn|ngàn|triệu|tỷ|tỉ|phần trăm)\b", re.IGNORECASE),
    "en": re.compile(
        rf"\b{_EN_NUMBER}(?:[\s-]+{_EN_NUMBER})*[\s-]+(?:thousand|million|billion|trillion|per\s?cent)\b", re.IGNORECASE
    ),
}


def check_intent(reading: Reading, intent: schema.IntentShape, where: Located, languages: Iterable[str]) -> None:
    for lang in languages:
        for key, by_language in (("question", intent.question), ("short", intent.short), ("more", intent.more)):
            if lang not in by_language and (by_language or key != "more"):
                reading.problem(where, where.line(key), "{key} has no text in '{lang}'; add it", key=key, lang=lang)
        _check_examples(reading, intent, lang)
    for key, spoken in (("question", intent.question), ("short", intent.short), ("more", intent.more)):
        _check_spoken(reading, key, spoken, where, languages)
    for examples, file in reading.examples_of(intent.id):
        _check_spoken(reading, "examples", examples, file, languages)
    for key, lang, text in intent_texts(intent):
        check_text(reading, where, where.line(key, lang), (key, lang), text)
    _check_links(reading, intent, where)


def intent_texts(intent: schema.IntentShape) -> Iterator[tuple[str, str, str]]:
    """(key, language, text) of both parts of the answer."""
    for key, texts in (("short", intent.short), ("more", intent.more)):
        for lang, text in texts.items():
            yield key, lang, text


def _check_spoken(reading: Reading, key: str, spoken: Iterable[str], where: Located, languages: Iterable[str]) -> None:
    for lang in spoken:
        if lang not in languages:
            message = mark("{key}: there is no catalogue locales/{lang}; add one, or remove this language")
            reading.problem(where, where.line(key, lang), message, key=key, lang=lang)


def _check_links(reading: Reading, intent: schema.IntentShape, where: Located) -> None:
    for position, related in enumerate(intent.related):
        if related == intent.id or not (related in reading.intents or related in reading.unread):
            near = nearest(related, {*reading.intents, *reading.unread} - {intent.id})
            message = mark("related: there is no other intent called {id}; correct it or remove it")
            reading.problem(where, where.line("related", position), message, meant=near, id=related)
    for position, fact in enumerate(intent.facts):
        if fact not in reading.facts and not reading.facts_unread:
            message = mark("facts: there is no fact called {id} in content/facts; correct it or remove it")
            reading.problem(where, where.line("facts", position), message, meant=nearest(fact, reading.facts), id=fact)
    known = reading.referrals[0].referrals if reading.referrals else {}
    if intent.referral is not None and reading.referrals and intent.referral not in known:
        message = mark("referral: there is no {id} in content/referrals.yaml; correct it, or write it there")
        reading.problem(where, where.line("referral"), message, meant=nearest(intent.referral, known), id=intent.referral)
    if intent.referral is None and intent.cls in ("P", "R") and intent.urgency != "urgent":
        reading.problem(
            where,
            where.line("class"),
            "an intent of class {cls} sends people on; add referral: with a name from content/referrals.yaml",
            cls=intent.cls,
        )


def _check_examples(reading: Reading, intent: schema.IntentShape, lang: str) -> None:
    """Both files count; told is the one that more of them belong into."""
    if intent.id == well_known.OUT_OF_SCOPE or intent.id in reading.phrasings_unread:
        return
    examples = reading.examples_of(intent.id)
    where = examples[-1][1]
    found = sum(len(texts.get(lang, [])) for texts, _ in examples)
    wanted = MIN_EXAMPLES.get(lang, DEFAULT_MIN_EXAMPLES)
    if not found:
        reading.problem(
            where,
            where.line("examples"),
            "examples has nothing in '{lang}'; add at least {wanted} phrasings",
            lang=lang,
            wanted=wanted,
        )
    elif found < wanted:
        reading.problem(
            where,
            where.line("examples", lang),
            "only {found} phrasings in '{lang}'; {wanted} are wanted for good answers",
            warning=True,
            found=found,
            lang=lang,
            wanted=wanted,
        )


def check_text(reading: Reading, where: Located, line: int, place: tuple[str, str], text: str) -> None:
    """Add a problem for every figure that is no fact, and for braces that print nothing. `place`: the key and the language."""
    key, lang = place
    plain = PLACEHOLDER.sub("", text)
    _check_placeholders(reading, where, line, place, text)
    brace = re.search(r"[{}]", plain)
    if brace:
        message = mark("{key}.{lang}: a single {brace} stands alone; a placeholder is written {{fact-id}}")
        reading.problem(where, line, message, key=key, lang=lang, brace=brace[0])
    figure = _figure_in(plain, lang)
    if figure:
        message = mark("{key}.{lang}: no fact produced the figure “{figure}”; write it as a fact and put {{fact-id}} here")
        reading.problem(where, line, message, key=key, lang=lang, figure=figure)


def _figure_in(plain: str, lang: str) -> str:
    """The first figure of a text without its placeholders, in digits before in words; "" where there is none."""
    found = re.search(r"(?<!\S)\S*\d\S*", plain) or (_NUMBER_WORDS[lang].search(plain) if lang in _NUMBER_WORDS else None)
    return found[0] if found else ""


def check_length(reading: Reading, where: Located, line: int, lang: str, answer: str, limit: int) -> None:
    """Add a problem for an answer of more than about `limit` characters."""
    length = len(PLACEHOLDER.sub("", answer)) + sum(
        _printed_length(reading, name, lang) for name in PLACEHOLDER.findall(answer)
    )
    if length > limit:
        message = mark("answer.{lang} has about {length} characters; at most {limit} are read to the end, shorten it")
        reading.problem(where, line, message, lang=lang, length=length, limit=limit)


def _check_placeholders(reading: Reading, where: Located, line: int, place: tuple[str, str], text: str) -> None:
    key, lang = place
    for name in PLACEHOLDER.findall(text):
        fact_id, _, part = name.partition(".")
        if fact_id not in reading.facts:
            if reading.facts_unread:
                continue
            reading.problem(
                where,
                line,
                "{key}.{lang}: {{{id}}} is no fact of content/facts; add the fact or correct the name",
                meant=nearest(fact_id, reading.facts),
                key=key,
                lang=lang,
                id=name,
            )
        elif part and part not in PARTS:
            reading.problem(
                where,
                line,
                "{key}.{lang}: {{{id}}}: after the dot comes one of {parts}",
                key=key,
                lang=lang,
                id=name,
                meant=nearest(part, PARTS),
                parts=", ".join(PARTS),
            )


def _printed_length(reading: Reading, placeholder: str, lang: str) -> int:
    fact_id, _, part = placeholder.partition(".")
    if part or fact_id not in reading.facts:
        return PRINTED_FACT // 2 if part else PRINTED_FACT
    value = reading.facts[fact_id][0].value
    if isinstance(value, str):
        return len(value) + 8
    text = value.get(lang, "")
    return len(text) if isinstance(text, str) else sum(len(item) + 2 for item in text)


def check_same_phrasings(reading: Reading) -> None:
    seen: dict[str, tuple[str, Located, tuple[str | int, ...], int]] = {}
    for owner, lang_path, texts, where in _phrasings(reading):
        for position, text in enumerate(texts):
            folded = fold(text)
            if not folded and any(path == (*lang_path, position) for path, _ in where.document.misread):
                continue  # told already: it needs quotes
            if not folded:
                told = mark("the phrasing “{text}” has no words; write words or remove it")
                reading.problem(where, where.line(*lang_path, position), told, text=text)
                continue
            if folded not in seen:
                seen[folded] = (owner, where, lang_path, position)
                continue
            other, other_where, other_path, other_position = seen[folded]
            if other != owner:
                reading.problem(
                    where,
                    where.line(*lang_path, position),
                    "“{text}” is also a phrasing of {other} ({file}:{line}); it can belong to one only",
                    text=text,
                    other=other,
                    file=other_where.name,
                    line=other_where.line(*other_path, other_position),
                )


def _phrasings(reading: Reading) -> Iterable[tuple[str, tuple[str | int, ...], list[str], Located]]:
    for intent, where in reading.intents.values():
        examples = reading.examples_of(intent.id)
        for by_language, file in examples:
            for lang, texts in by_language.items():
                yield intent.id, ("examples", lang), texts, file
        if any(by_language for by_language, _ in examples):
            for lang, question in intent.question.items():
                yield intent.id, ("question", lang), [question], where
    if reading.foreign:
        shape, where = reading.foreign
        for group, by_language in shape.foreign.items():
            for lang, texts in by_language.items():
                yield f"foreign: {group}", ("foreign", group, lang), texts, where
