"""All proposals of one content: they are begun, gone on with, done anew, dropped, taken and taken back here.

What is decided about people is not decided here, but that nobody takes what they wrote, and that what is taken was proved.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path

import structlog
from pydantic import ValidationError

from bot.atomic import write
from bot.authoring.proposals.git import Signature
from bot.authoring.proposals.grounds import NOT_NOW, Ground, ground_of
from bot.authoring.proposals.proposal import Proof, Proposal
from bot.authoring.proposals.steps import Step, do
from bot.errors import Refusal
from bot.i18n import Words, mark

MOST_OPEN = 50  # each has a tree of its own on the disk
MOST_SHOWN = 300

GONE = mark("There is no proposal {number}.")
NOT_OPEN = mark("Proposal {number} is not open any more.")
NOT_TAKEN = mark("Proposal {number} is not in the content.")
OWN_WORK = mark("Somebody else has to take it: whoever wrote a proposal cannot do that.")
NOT_SEEN = mark("The proposal was changed meanwhile. Look at it again.")
NOT_PROVED = mark("It has not been proved yet.")
FAULTY = mark("It has faults, so it cannot be taken. They stand below.")
NEEDS_REASON = mark("More gets worse than better. Write the reason why it is taken all the same.")
TOO_MANY = mark("{count} proposals are open. Take or drop some first.")
NOT_WRITTEN = mark("The folder of proposals cannot be written ({folder}: {reason}); tell whoever looks after the server.")
BY_BOTH = mark("Written by staff {author}, taken in by staff {taker}.")
BY_ONE = mark("Taken back by staff {number}.")

log = structlog.stdlib.get_logger(__name__)


class Workbench:
    """`home` is the live content, `folder` where proposals lie, `words` the language of the house.

    Its methods take as long as git and the disk do: call them in a thread. It is safe to do so from several.
    """

    def __init__(self, home: Path, folder: Path, words: Words) -> None:
        self.home = home
        self._folder = folder
        self._words = words
        self._lock = threading.RLock()
        self.changes = 0  # grows with every one

    # --- looking ---

    @cached_property
    def _ground(self) -> Ground:
        return ground_of(self.home)

    @property
    def takes(self) -> bool:
        """Whether a proposal can be put into what is live; else it can be downloaded."""
        return self._ground.takes

    def live(self) -> str:
        return self._ground.live()

    def home_of(self, number: int) -> Path:
        """The home folder of the proposal, while it is open."""
        return self._ground.home_in(self._folder / str(number))

    def find(self, number: int) -> Proposal:
        """Raises Refusal."""
        try:
            return Proposal.model_validate_json(self._record(number).read_bytes())
        except FileNotFoundError:
            raise Refusal(GONE, number=number) from None
        except ValidationError as error:
            log.error("a proposal cannot be read", number=number, error=str(error))
            raise Refusal(GONE, number=number) from None

    def patch(self, number: int) -> str:
        try:
            return self._patch(number).read_text("utf-8")
        except FileNotFoundError:
            return ""

    def all(self) -> Sequence[Proposal]:
        """The newest first, and of those that were closed long ago none."""
        found = []
        for number in sorted(self._numbers(), reverse=True)[:MOST_SHOWN]:
            try:
                found.append(self.find(number))
            except Refusal:
                continue
        return found

    # --- writing ---

    def begin(self, author: int, steps: Sequence[Step], now: datetime, group: str = "") -> Proposal:
        """A new one. Raises Refusal, and then there is none."""
        with self._lock:
            if sum(one.state == "open" for one in self.all()) >= MOST_OPEN:
                raise Refusal(TOO_MANY, count=MOST_OPEN)
            number = max(self._numbers(), default=0) + 1
            nothing = Proposal(number=number, writers=(), written=now, base="", head="", steps=(), group=group)
            return self._written(nothing, steps, steps, author, anew=True)

    def go_on(self, number: int, author: int, step: Step, now: datetime) -> Proposal:
        """A further step. Raises Refusal, also where what is live has changed since: it is done anew first."""
        with self._lock:
            found = self._open(number)
            if found.base != self.live():
                raise Refusal(NOT_NOW)
            return self._written(found, [step], [*found.steps, step], author, anew=False)

    def do_anew(self, number: int, author: int) -> Proposal:
        """The same steps upon what is live now. Raises Refusal where they cannot be done there; then it is as it was."""
        with self._lock:
            found = self._open(number)
            return self._written(found, found.steps, found.steps, author, anew=True)

    def proved(self, number: int, proof: Proof) -> None:
        """What came of proving it; nothing where it was changed or dropped meanwhile."""
        with self._lock:
            try:
                found = self._open(number)
            except Refusal:
                return
            if (found.base, found.head) == (proof.base, proof.head):
                self._keep(found.model_copy(update={"proof": proof}))

    def forget_proof(self, number: int) -> Proposal:
        """What came of proving it counts no more. Raises Refusal."""
        with self._lock:
            return self._keep(self._open(number).model_copy(update={"proof": None}))

    def drop(self, number: int) -> Proposal:
        """Raises Refusal."""
        with self._lock:
            found = self._open(number).model_copy(update={"state": "dropped"})
            self._keep(found)
            self._ground.clear(number, self._folder / str(number))
            return found

    # --- into what is live, and out of it ---

    def check_taking(self, number: int, taker: int, seen: str, reason: str) -> Proposal:
        """Whether this person may take what they have seen. Raises Refusal."""
        found = self._open(number)
        if taker in found.writers:
            raise Refusal(OWN_WORK)
        if found.head != seen:
            raise Refusal(NOT_SEEN)
        if found.base != self.live():
            raise Refusal(NOT_NOW)
        proof = found.proved
        if proof is None or proof.trouble:
            raise Refusal(NOT_PROVED)
        if proof.errors:
            raise Refusal(FAULTY)
        if proof.is_loss and not reason:
            raise Refusal(NEEDS_REASON)
        return found

    def take(self, number: int, taker: int, seen: str, reason: str, now: datetime) -> Proposal:
        """One commit in what is live, of both people. Raises Refusal, and then nothing has changed there."""
        with self._lock:
            found = self.check_taking(number, taker, seen, reason)
            who = Signature(found.writers[0], taker)
            authors = ", ".join(str(one) for one in found.writers)
            told = self._words.say(BY_BOTH, author=authors, taker=taker)
            commit = self._ground.take(found.base, found.head, self._message(TITLE, found, told, reason), who)
            taken = {"state": "taken", "taker": taker, "taken": now, "reason": reason, "commit": commit}
            return self._keep(found.model_copy(update=taken))

    def clear(self, number: int) -> None:
        """Away with the tree of one that is not open any more."""
        with self._lock:
            self._ground.clear(number, self._folder / str(number))

    def revert(self, number: int, actor: int, now: datetime) -> Proposal:
        """Out of what is live again, at once: what was there before had been proved. Raises Refusal."""
        with self._lock:
            found = self.find(number)
            if found.state != "taken":
                raise Refusal(NOT_TAKEN, number=number)
            message = self._message(BACK, found, self._words.say(BY_ONE, number=actor), "")
            self._ground.revert(found.commit, message, Signature(actor, actor))
            return self._keep(found.model_copy(update={"state": "reverted", "reverter": actor, "reverted": now}))

    # --- the pieces ---

    def _written(
        self, found: Proposal, steps: Sequence[Step], all_steps: Sequence[Step], author: int, *, anew: bool
    ) -> Proposal:
        folder = self._folder / str(found.number)

        def work(home: Path) -> None:
            do(steps, home, self._words)

        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            written = self._ground.write(found.number, folder, work, author, anew=anew)
            write(self._patch(found.number), written.patch.encode())
        except OSError as error:
            raise Refusal(NOT_WRITTEN, folder=self._folder, reason=error.strerror or type(error).__name__) from error
        writers = dict.fromkeys((*found.writers, author))
        changed = {"base": written.base, "head": written.head, "steps": tuple(all_steps), "writers": tuple(writers)}
        return self._keep(found.model_copy(update={**changed, "proof": None}))

    def _open(self, number: int) -> Proposal:
        found = self.find(number)
        if found.state != "open":
            raise Refusal(NOT_OPEN, number=number)
        return found

    def _keep(self, proposal: Proposal) -> Proposal:
        write(self._record(proposal.number), proposal.model_dump_json(indent=1).encode())
        self.changes += 1
        return proposal

    def _numbers(self) -> set[int]:
        """Also of those whose record was never written."""
        if not self._folder.is_dir():
            return set()
        return {int(path.stem) for path in self._folder.iterdir() if path.stem.isascii() and path.stem.isdigit()}

    def _record(self, number: int) -> Path:
        return self._folder / f"{number}.json"

    def _patch(self, number: int) -> Path:
        return self._folder / f"{number}.patch"

    def _message(self, title: str, found: Proposal, told: str, reason: str) -> str:
        """Of a commit: what is done, by whose numbers, and why."""
        lines = [self._words.say(title, number=found.number, what="; ".join(summary(found.steps, self._words))), "", told]
        return "\n".join([*lines, *([reason] if reason else []), ""])


TITLE = mark("Proposal {number}: {what}")
BACK = mark("Proposal {number} taken back: {what}")
NEW_EXAMPLES = mark("new wordings for {intent}: {count}")
NEW_FOREIGN = mark("new wordings that are refused ({name}): {count}")
NEW_INTENT = mark("a new answer, {intent}")
EDITED = mark("{file} edited")


def summary(steps: Sequence[Step], words: Words) -> list[str]:
    """What the steps do, a few words each."""
    return list(dict.fromkeys(_told(step, words) for step in steps))


def _told(step: Step, words: Words) -> str:
    match step.kind:
        case "examples":
            return words.say(NEW_EXAMPLES, intent=step.intent, count=_count(step.texts))
        case "foreign":
            return words.say(NEW_FOREIGN, name=step.name, count=_count(step.texts))
        case "new":
            return words.say(NEW_INTENT, intent=step.intent)
        case "file":
            return words.say(EDITED, file=step.name)


def _count(texts: Mapping[str, Sequence[str]]) -> int:
    return sum(len(found) for found in texts.values())
