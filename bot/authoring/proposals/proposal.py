"""A proposal as it is kept: who wrote what upon which content, what came of proving it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from bot.authoring.proposals.steps import Step

State: TypeAlias = Literal["open", "taken", "dropped", "reverted"]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class ProblemRow(_Kept):
    """A line of `loaban check`."""

    file: str
    line: int
    text: str
    warning: bool


class Gain(_Kept):
    """What `loaban evaluate` found: how many questions are answered better and worse, and which, per language."""

    better: int
    worse: int
    broken: int  # conversations
    verdict: Literal["gain", "loss", "even"]
    won: Mapping[str, tuple[str, ...]]
    lost: Mapping[str, tuple[str, ...]]


class Proof(_Kept):
    """What came of proving the tree `head` upon `base`.

    problems  language → what is wrong; with warnings of the files that the proposal changes only
    gain      None where nothing can be measured: no questions are there, or the content does not load
    trouble   why it could not be proved at all; "" where it was
    """

    base: str
    head: str
    problems: Mapping[str, tuple[ProblemRow, ...]] = {}
    gain: Gain | None = None
    trouble: str = ""

    @property
    def errors(self) -> int:
        return max((sum(not one.warning for one in rows) for rows in self.problems.values()), default=0)

    @property
    def is_loss(self) -> bool:
        return self.gain is not None and self.gain.verdict == "loss"


class Proposal(_Kept):
    """`base` and `head` name the content before and after: commits, or versions of the content where there is no git.

    `writers` are staff numbers, the first of them first; `group` is the group of questions it is about, "" for none.
    """

    number: int
    state: State = "open"
    writers: tuple[int, ...]
    written: datetime
    base: str
    head: str
    steps: tuple[Step, ...]
    group: str = ""
    proof: Proof | None = None
    taker: int | None = None
    taken: datetime | None = None
    reason: str = ""
    commit: str = ""
    reverter: int | None = None
    reverted: datetime | None = None

    @property
    def proved(self) -> Proof | None:
        """What came of proving it as it stands now; None where that is still to be done."""
        found = self.proof
        return found if found is not None and (found.base, found.head) == (self.base, self.head) else None
