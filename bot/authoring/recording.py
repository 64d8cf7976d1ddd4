"""What has to be recorded, with the text to read, and how a recording is taken into the content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.authoring.saving import FileEdits, save_all
from bot.errors import Refusal
from bot.i18n import mark
from bot.knowledge.files import recording_files
from bot.knowledge.known import Knowledge
from bot.knowledge.nearest import no_intent
from bot.knowledge.recordings import (
    AUDIO,
    LARGEST,
    NAME,
    READ_TEXTS,
    SUFFIXES,
    Binding,
    bindings,
    house_language,
    looks_like_sound,
    text_to_read,
    wanted_hash,
)

State = Literal["missing", "stale", "heard"]
MEGABYTE = 1_000_000

NO_LANGUAGE = mark("{lang} is no code of a language: two or three small letters, such as vi, tai or hmn")
NO_SOUND = mark("{file} is no recording that phones play: bring an .ogg (Opus) or an .mp3")
TOO_LARGE = mark("{file} has {size} MB; at most {limit} are taken, people pay for what they load: one channel, low bit rate")


@dataclass(frozen=True, slots=True)
class ToRecord:
    """An answer in a language, and the text to read; in a language that is not written it is to be said in that."""

    lang: str
    intent: str
    state: State
    written: str
    text: str


def to_record(home: Path, knowledge: Knowledge, langs: Sequence[str] = (), intents: Sequence[str] = ()) -> Iterator[ToRecord]:
    """Every answer in each of the languages, the urgent ones first. Raises Refusal for an intent or a language that is none.

    Without `langs`: the language of the house, and every one that something is recorded in.
    """
    bound = [one for one in bindings(home) if isinstance(one, Binding)]
    there = {path.relative_to(home / AUDIO).parts[0] for path in recording_files(home)}
    for lang in langs or sorted({house_language(knowledge.words), *(one.lang for one in bound), *there}):
        _check_language(lang)
        written = lang if lang in knowledge.words else house_language(knowledge.words)
        recorded = {one.intent for one in bound if one.lang == lang}
        for name in intents or sorted(knowledge.intents, key=lambda one: not knowledge.intents[one].urgent):
            _check_intent(knowledge, name)
            heard = lang in knowledge.recordings.get(name, {})
            state: State = "heard" if heard else "stale" if name in recorded else "missing"
            yield ToRecord(lang, name, state, written, text_to_read(knowledge.intents[name], written))


def add(home: Path, knowledge: Knowledge, lang: str, intent: str, source: Path) -> Path:
    """Copy a recording of what the answer says now to its place, bind it to that text, and return the place.

    Another recording of the same answer in this language is bound no more. Raises Refusal for what is no such recording,
    OSError where a file cannot be read or written.
    """
    _check_language(lang)
    _check_intent(knowledge, intent)
    data, suffix = source.read_bytes(), source.suffix.lower()
    if suffix not in SUFFIXES or not looks_like_sound(data, suffix):
        raise Refusal(NO_SOUND, file=source.name)
    if len(data) > LARGEST:
        raise Refusal(TOO_LARGE, file=source.name, size=round(len(data) / MEGABYTE, 1), limit=LARGEST // MEGABYTE)
    name = f"{lang}/{intent}{suffix}"
    place, listed = home / AUDIO / name, home / READ_TEXTS
    others = [one for one in bindings(home) if isinstance(one, Binding) and (one.lang, one.intent) != (lang, intent)]
    lines = sorted([*((one.name, one.text) for one in others), (name, wanted_hash(knowledge, intent, lang))])
    edits: FileEdits = {
        place: (place.read_bytes() if place.exists() else None, data),
        listed: (
            listed.read_bytes() if listed.exists() else None,
            "".join(f"{text}  {one}\n" for one, text in lines).encode(),
        ),
    }
    save_all(edits)
    return place


def _check_intent(knowledge: Knowledge, intent: str) -> None:
    if intent not in knowledge.intents:
        raise no_intent(intent, knowledge.intents)


def _check_language(lang: str) -> None:
    if not NAME.fullmatch(f"{lang}/x.ogg"):
        raise Refusal(NO_LANGUAGE, lang=lang)
