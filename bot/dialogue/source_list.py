"""Where everything comes from: all sources with their addresses, as many messages as that takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.engine import Engine
from bot.i18n import Words
from bot.knowledge.lengths import MAX_MESSAGE
from bot.model import Reply, Source
from bot.model.well_known import SOURCES
from bot.text.splitting import utf16_units


def replies(engine: Engine, lang: str) -> tuple[Reply, ...]:
    """What the sources are, then each with its address, articles first; every reply is one message on every channel."""
    known = engine.knowledge
    parts = [known.intents[SOURCES].short[lang], *_groups(engine.words(lang), tuple(known.sources.values()))]
    return tuple(Reply(text) for text in _packed(parts))


def _groups(words: Words, sources: tuple[Source, ...]) -> Iterator[str]:
    """A heading over the first source of each kind, an entry for every source."""
    headings = {
        "article": words.say("Articles:"),
        "decree": words.say("Laws and decrees:"),
        "official": words.say("From the authorities:"),
        "page": words.say("Other reports:"),
    }
    for kind, heading in headings.items():
        entries = [_entry(words, source) for source in sources if source.kind == kind]
        if entries:
            yield f"\n{heading}\n{entries[0]}"
            yield from entries[1:]


def _entry(words: Words, source: Source) -> str:
    """A law is known by its number; everything else by its title. An article has its month as well."""
    name = source.name[words.lang]
    if source.kind == "decree":
        return f"• {name}\n  {source.address}"
    title = f"{name}: “{source.title}”"
    if source.kind == "article":
        title = f"{title} ({_when(words, source)})"
    return f"• {title}\n  {source.address}"


def _when(words: Words, source: Source) -> str:
    when = words.period(source.date)
    return words.say("about {when}", when=when) if source.estimated else when


def _packed(parts: Iterable[str]) -> list[str]:
    """The parts as lines of as few messages as hold them; none is cut."""
    messages: list[str] = []
    for part in parts:
        longer = f"{messages[-1]}\n{part}" if messages else part
        if messages and utf16_units(longer) > MAX_MESSAGE:
            messages.append(part.lstrip())
        else:
            messages[-1:] = [longer]
    return messages
