"""Recorded conversations as tests: `loaban test` runs them through the code that answers residents.

A file `tests/conversations/<lang>/<name>.yaml` holds conversations: a name and turns. A turn has what the person writes
(`user`, or `tap` for a choice by its words, or `send` for a voice message and the like), and what is expected: `outcome`,
`intent`, `lang`, fragments the reply must (`says`) or must not (`says_not`) contain, labels that are offered (`offers`).
With `officers: there` there is staff to pass questions on to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from bot.authoring.talks import Talk, pause
from bot.engine import Engine
from bot.errors import ContentError
from bot.knowledge.schema import Shape, Text
from bot.knowledge.yamlfile import Document, read_yaml
from bot.model import Button, IncomingKind, Outcome, OutcomeKind, Problem, Reply


class ExpectedTurn(Shape):
    user: str | None = Field(default=None, description="What the person writes.")
    tap: Text | None = Field(default=None, description="Words of the button that the person taps.")
    send: IncomingKind | None = Field(default=None, description="What the person sends instead of a text.")
    after: Annotated[str, StringConstraints(pattern=r"^\d{1,4}[smhd]$")] | None = Field(
        default=None, description="How long after the turn before: 30s, 45m, 2h, 1d."
    )
    outcome: Literal[OutcomeKind, "silence"] | None = Field(default=None, description="What must come of it.")
    intent: Text | None = Field(default=None, description="The intent that must answer.")
    lang: Text | None = Field(default=None, description="The language that the message must be taken for.")
    says: tuple[Text, ...] = Field(default=(), description="Words that the reply must hold.")
    says_not: tuple[Text, ...] = Field(default=(), description="Words that the reply must not hold.")
    offers: tuple[Text, ...] = Field(default=(), description="Buttons that must be offered, by their words.")


class ExpectedConversation(Shape):
    name: Text = Field(description="What the conversation is about, in one sentence.")
    officers: Literal["none", "there"] = Field(
        default="none", description="there, where there is staff to pass questions on to."
    )
    turns: Annotated[list[ExpectedTurn], Field(min_length=1)] = Field(description="What is written, and what must come of it.")


class ConversationFile(Shape):
    conversations: Annotated[list[ExpectedConversation], Field(min_length=1)] = Field(
        description="Conversations, each from the first message of somebody nobody knows yet."
    )


@dataclass(frozen=True)
class Failure:
    """A turn that went otherwise: where, in which conversation, what was written, and what differs."""

    file: str
    line: int
    conversation: str
    wrote: str
    differs: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.conversation}: “{self.wrote}”: {self.differs}"


def conversation_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.yaml"))


def read_conversations(path: Path) -> tuple[ConversationFile, Document]:
    """A file of conversations, and its document, which knows the lines. Raises ContentError for what is none of them."""
    document = read_yaml(path)
    problems = [Problem(str(path), fault.line, fault.message.format(**fault.values)) for fault in document.faults]
    if not problems:
        try:
            return ConversationFile.model_validate(document.value or {}), document
        except ValidationError as error:
            problems = [Problem(str(path), document.line(e["loc"]), _told(e)) for e in error.errors(include_url=False)]
    raise ContentError(problems)


def _told(details: ErrorDetails) -> str:
    key = next((part for part in reversed(details["loc"]) if isinstance(part, str)), "conversations")
    return f"'{key}': {details['msg']}"


def run_file(path: Path, engine: Engine) -> Iterator[tuple[str, list[Failure]]]:
    """(name, failures) of every conversation of a file. Raises ContentError."""
    shape, document = read_conversations(path)
    for number, conversation in enumerate(shape.conversations):
        failures: list[Failure] = []
        for position, (turn, differs) in enumerate(_play(conversation, engine)):
            line = document.line(("conversations", number, "turns", position))
            wrote = turn.user or turn.tap or turn.send or ""
            failures.extend(Failure(str(path), line, conversation.name, wrote, text) for text in differs)
        yield conversation.name, failures


def _play(conversation: ExpectedConversation, engine: Engine) -> Iterator[tuple[ExpectedTurn, list[str]]]:
    """Every turn with what differs."""
    talk = Talk(engine, conversation.name, officers=conversation.officers == "there")
    for expected in conversation.turns:
        choice, after = _tapped(expected.tap, talk.buttons), pause(expected.after)
        if expected.tap is not None and choice is None:
            talk.at += after
            yield expected, [f"there is no button “{expected.tap}”; offered: {_labels(talk.buttons)}"]
            continue
        turn = talk.turn(expected.user or "", kind=expected.send or "text", choice=choice, after=after)
        yield expected, list(_differences(expected, turn.replies, turn.outcome))


def _tapped(label: str | None, buttons: tuple[Button, ...]) -> str | None:
    return next((button.choice for button in buttons if label is not None and label in button.label), None)


def _differences(expected: ExpectedTurn, replies: tuple[Reply, ...], outcome: Outcome | None) -> Iterator[str]:
    kind = outcome.kind if outcome else "silence"
    text = "\n".join(reply.text for reply in replies)
    if expected.outcome and kind != expected.outcome:
        nearest = ", ".join(f"{m.intent} {m.probability:.2f}" for m in outcome.candidates) if outcome else ""
        yield f"outcome is {kind}, expected {expected.outcome} ({nearest})"
    if expected.intent and (outcome.intent if outcome else None) != expected.intent:
        yield f"intent is {outcome.intent if outcome else None}, expected {expected.intent}"
    if expected.lang and outcome and outcome.lang != expected.lang:
        yield f"language is {outcome.lang}, expected {expected.lang}"
    for fragment in expected.says:
        if fragment not in text:
            yield f"the reply lacks “{fragment}”"
    for fragment in expected.says_not:
        if fragment in text:
            yield f"the reply must not hold “{fragment}”"
    offered = _labels(replies[-1].buttons if replies else ())
    for label in expected.offers:
        if label not in offered:
            yield f"“{label}” is not offered; offered: {offered}"


def _labels(buttons: tuple[Button, ...]) -> str:
    return " | ".join(button.label for button in buttons)
