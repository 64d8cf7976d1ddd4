"""The groups that are to be reviewed, kept until a question or the content changes: to find them takes seconds."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

from bot.authoring.reviewing.findings import Findings, QuestionGroup, Wording, findings
from bot.engine import Engine
from bot.model import UnansweredQuestion
from bot.text.folding import fold

SIGNS = 16  # of a hash, by which a page names a group or a wording


class Groups:
    """Safe for any number of threads: one of them looks, the others wait for what it finds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[str, Sequence[UnansweredQuestion]] | None = None
        self._found = Findings((), 0, {})

    def find(self, questions: Sequence[UnansweredQuestion], engine: Engine) -> Findings:
        with self._lock:
            of = (engine.knowledge.version, questions)
            if of != self._of:
                self._found, self._of = findings(questions, engine), of
            return self._found


def group_id(group: QuestionGroup) -> str:
    """The same as long as it has the same wording in its middle."""
    return _hash(group.question.lang, fold(group.question.text))


def wording_id(wording: Wording) -> str:
    return _hash(wording.lang, wording.text)


def _hash(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:SIGNS]
