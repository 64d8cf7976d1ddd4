"""Recordings of short answers, for whoever does not read: each is bound to the text that was read, and silent once it changed.

`content/audio/<language>/<intent>.ogg` or `.mp3` is a recording; `content/audio.sha256` has the SHA-256 of the text that it
reads, and its name. `loaban audio add` writes both. A language without a catalogue exists as sound only: there somebody says in
it what the text of the house's language says.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bot.i18n import mark
from bot.knowledge.files import recording_files
from bot.knowledge.known import Knowledge
from bot.knowledge.nearest import nearest
from bot.knowledge.reading import Reading
from bot.model import Intent

AUDIO = "content/audio"
READ_TEXTS = "content/audio.sha256"
SUFFIXES = (".ogg", ".mp3")
LARGEST = 2_000_000  # bytes; a minute of speech takes a tenth of that, and people pay for what they load
OPUS_RATE = 48_000  # in which Ogg counts, whatever the sound was recorded in
NAME = re.compile(r"([a-z]{2,3})/([a-z0-9-]+)\.(?:ogg|mp3)")
_LINE = re.compile(rf"([0-9a-f]{{64}})  ({NAME.pattern})")

MISSING = mark("there is no recording {name}; record it again, or remove this line")
UNBOUND = mark("nobody hears this recording: which text it reads is not known; bind it with `loaban audio add`")
STALE = mark("nobody hears {name}: the answer has changed since it was read; record it anew, then `loaban audio add`")
UNHEARD = mark("nobody hears this: a recording is called content/audio/<language>/<intent>.ogg or .mp3")
NO_INTENT = mark("there is no intent {id} that this could be a recording of; correct the name or remove the file")


class Binding(NamedTuple):
    """Which text a recording reads. `name` is `<language>/<intent>.<suffix>`, `text` a hash, `line` where it stands."""

    name: str
    text: str
    line: int

    @property
    def lang(self) -> str:
        return self.name.partition("/")[0]

    @property
    def intent(self) -> str:
        return Path(self.name).stem


def house_language(languages: Mapping[str, object]) -> str:
    """Whose text is said in languages that are not written."""
    return next(iter(languages))


def text_to_read(intent: Intent, lang: str) -> str:
    """What a recording in a written language reads: the short answer, and whom to ask."""
    return "\n".join(part for part in (intent.short[lang], intent.referral.get(lang, "")) if part)


def text_hash(text: str) -> str:
    """Of the words alone: broken into other lines, it is read the same."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode()).hexdigest()


def wanted_hash(knowledge: Knowledge, intent_id: str, lang: str) -> str:
    """Of the text that a recording in this language, written or not, has to read now."""
    written = lang if lang in knowledge.words else house_language(knowledge.words)
    return text_hash(text_to_read(knowledge.intents[intent_id], written))


def bindings(home: Path) -> Iterator[Binding | int]:
    """What stands in `READ_TEXTS`, in its order; a line that says nothing is its number alone."""
    path = home / READ_TEXTS
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line.rstrip())
        if found:
            yield Binding(found[2], found[1], number)
        elif line.strip() and not line.startswith("#"):
            yield number


def fresh_recordings(home: Path, knowledge: Knowledge) -> Mapping[str, Mapping[str, str]]:
    """Intent → language → name of the recording, of those that are there and read what the answer says now."""
    found: dict[str, dict[str, str]] = {}
    there = {_name(home, path) for path in recording_files(home)}
    for one in bindings(home):
        if isinstance(one, int) or one.name not in there or one.intent not in knowledge.intents:
            continue
        if one.text == wanted_hash(knowledge, one.intent, one.lang):
            found.setdefault(one.intent, {})[one.lang] = one.name
    return found


def check_recordings(reading: Reading, knowledge: Knowledge) -> None:
    """Add a warning for each recording that nobody hears, and for each binding that says nothing."""
    there = {_name(reading.home, path): path for path in recording_files(reading.home)}
    bound = set()
    for one in bindings(reading.home):
        if isinstance(one, int):
            message = mark("this is no line of `loaban audio add`: a SHA-256, two spaces and <language>/<intent>.ogg")
            reading.problem(READ_TEXTS, one, message, warning=True)
            continue
        bound.add(one.name)
        if one.name not in there:
            reading.problem(READ_TEXTS, one.line, MISSING, warning=True, name=f"{AUDIO}/{one.name}")
        elif one.intent in knowledge.intents and one.text != wanted_hash(knowledge, one.intent, one.lang):
            reading.problem(READ_TEXTS, one.line, STALE, warning=True, name=f"{AUDIO}/{one.name}")
    for name in there:
        intent = Path(name).stem
        if not NAME.fullmatch(name):
            reading.problem(f"{AUDIO}/{name}", 1, UNHEARD, warning=True)
        elif intent not in knowledge.intents:
            near = nearest(intent, knowledge.intents)
            reading.problem(f"{AUDIO}/{name}", 1, NO_INTENT, warning=True, meant=near, id=intent)
        elif name not in bound:
            reading.problem(f"{AUDIO}/{name}", 1, UNBOUND, warning=True)


def looks_like_sound(data: bytes, suffix: str) -> bool:
    """Whether the bytes begin as a file of this kind does."""
    if suffix == ".ogg":
        return data.startswith(b"OggS")
    return data.startswith(b"ID3") or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0)


def seconds_of(data: bytes) -> int | None:
    """How long a recording lasts that is Opus in Ogg; None for any other, which does not say so without being played."""
    last = data.rfind(b"OggS")
    if b"OpusHead" not in data[:128] or last < 0 or len(data) < last + 14:
        return None
    position = int.from_bytes(data[last + 6 : last + 14], "little", signed=True)
    return max(1, round(position / OPUS_RATE))


def _name(home: Path, path: Path) -> str:
    return path.relative_to(home / AUDIO).as_posix()
