"""One question without a conversation: what `loaban ask` prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from bot.dialogue import respond
from bot.engine import Engine
from bot.model import Address, Incoming, Session, Turn


def ask(engine: Engine, text: str, at: datetime | None = None) -> Turn:
    """The turn of a person who is known already and writes this one message, now or at another time."""
    address = Address("ask", "-")
    return respond(Incoming("-", address, text, at or datetime.now(UTC)), Session(address, greeted=True), engine)


def ask_after(engine: Engine, before: Sequence[str], text: str, at: datetime | None = None) -> tuple[Session, Turn]:
    """The same at the end of a conversation: what was remembered when the message came, and its turn."""
    address, moment = Address("ask", "-"), at or datetime.now(UTC)
    session = Session(address, greeted=True)
    for earlier in before:
        session = respond(Incoming("-", address, earlier, moment), session, engine).session
    return session, respond(Incoming("-", address, text, moment), session, engine)


def jsonl(engine: Engine, lines: Iterable[bytes], at: datetime | None = None) -> Iterator[str]:
    """One JSON object for each line, in order, empty lines included; every message stands alone.

    Keys: text, outcome, intent, probability, lang, candidates, answer, version.
    """
    for line in lines:
        text = line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        turn = ask(engine, text, at)
        outcome = turn.outcome
        assert outcome is not None  # noqa: S101 - a first message is never slowed down
        yield json.dumps(
            {
                "text": text,
                "outcome": outcome.kind,
                "intent": outcome.intent,
                "probability": outcome.probability,
                "lang": outcome.lang,
                "candidates": [{"intent": match.intent, "probability": match.probability} for match in outcome.candidates],
                "answer": "\n\n".join(reply.text for reply in turn.replies),
                "version": engine.knowledge.version,
            },
            ensure_ascii=False,
        )
