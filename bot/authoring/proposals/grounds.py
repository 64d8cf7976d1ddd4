"""Where a proposal is written: a work tree of git beside the live one, or a copy of the folders where there is no git."""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from bot.authoring.evaluating.measuring import CONVERSATIONS
from bot.authoring.evaluating.questions import FOLDER as QUESTIONS
from bot.authoring.proposals.git import Git, Signature
from bot.errors import Refusal
from bot.i18n import mark
from bot.knowledge.files import FOLDERS, content_files
from bot.knowledge.load import content_version

NO_CHECKOUT = mark("The content here is no checkout of git, so nobody can take it in. Download it, and have it put in.")
NOT_NOW = mark("What is live has changed meanwhile. Do it anew, and look at it again.")
IN_THE_WAY = mark("The live files were changed by hand on the server, so nothing was taken in: {reason}")
CHANGED_SINCE = mark("The same places were changed again since, so it cannot be taken back by a button. Write a proposal.")
NOTHING_NEW = mark("All of that stands there already, so nothing would change.")

LINE = re.compile(r"[^\n]*\n|[^\n]+")
Work = Callable[[Path], None]  # is given the home folder in the tree


@dataclass(frozen=True, slots=True)
class Written:
    """The content before and after, and the difference as a patch."""

    base: str
    head: str
    patch: str


class Ground(Protocol):
    """See `Checkout` and `Copies`."""

    @property
    def takes(self) -> bool:
        """Whether what is proposed can be put into what is live."""
        ...

    def live(self) -> str:
        """What is live now, as `Written.base` names it."""
        ...

    def home_in(self, folder: Path) -> Path: ...

    def write(self, number: int, folder: Path, work: Work, author: int, *, anew: bool) -> Written:
        """Do `work` in the tree in `folder`, with `anew` in one of what is live now. Where it raises, all is as before."""
        ...

    def take(self, base: str, head: str, message: str, who: Signature) -> str:
        """One commit upon what is live; its name. Raises Refusal where that is not `base` any more."""
        ...

    def revert(self, commit: str, message: str, who: Signature) -> str:
        """A commit that undoes another. Raises Refusal where its places were changed since."""
        ...

    def clear(self, number: int, folder: Path) -> None:
        """Away with the tree."""
        ...


def ground_of(home: Path) -> Ground:
    """A checkout, where the content itself is kept by git: not where it only lies in a folder that git leaves alone."""
    try:
        git = Git(home)
        done = git.tried("rev-parse", "--show-toplevel")
        if done.returncode or not git.run("ls-tree", "--name-only", "HEAD", "--", "intents").strip():
            return Copies(home)
        top = Path(done.stdout.decode().strip())
    except Refusal:
        return Copies(home)
    return Checkout(home, top)


def branch(number: int) -> str:
    return f"refs/heads/de-xuat/{number}"


@dataclass(frozen=True)
class Checkout:
    """`Ground` in a repository, whose work tree at `top` is the live one."""

    home: Path
    top: Path
    takes: bool = True

    def live(self) -> str:
        return Git(self.top).run("rev-parse", "--verify", "HEAD^{commit}").strip()

    def home_in(self, folder: Path) -> Path:
        return folder / self.home.resolve().relative_to(self.top.resolve())

    def write(self, number: int, folder: Path, work: Work, author: int, *, anew: bool) -> Written:
        fresh = not folder.exists()
        if fresh:
            self._add(number, folder)
        tree = Git(folder)
        before = tree.run("rev-parse", "HEAD").strip()
        try:
            base = self._base(tree, fresh=fresh, anew=anew)
            if anew and not fresh:
                tree.run("reset", "-q", "--hard", base)
            work(self.home_in(folder))
            head = self._commit(folder, base, Signature(author, author))
        except BaseException:
            if fresh:
                self.clear(number, folder)
            else:
                tree.run("reset", "-q", "--hard", before)
                tree.run("clean", "-fdq")
            raise
        tree.run("update-ref", branch(number), head)
        tree.run("reset", "-q", "--hard", head)
        difference = ("diff", "--relative", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames")
        return Written(base, head, Git(self.home_in(folder)).run(*difference, base, head, "--"))

    def take(self, base: str, head: str, message: str, who: Signature) -> str:
        git = Git(self.top)
        if self.live() != base:
            raise Refusal(NOT_NOW)
        commit = git.run("commit-tree", f"{head}^{{tree}}", "-p", base, given=message, more=who.environment).strip()
        self._forward(commit, who)
        return commit

    def revert(self, commit: str, message: str, who: Signature) -> str:
        git, base = Git(self.top), self.live()
        change = git.run("diff-tree", "-p", "--binary", "--full-index", "--no-ext-diff", f"{commit}^", commit, "--")
        with TemporaryDirectory(prefix="loaban-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            git.run("read-tree", base, more=index)
            if git.tried("apply", "--reverse", "--cached", "-", given=change, more=index).returncode:
                raise Refusal(CHANGED_SINCE)
            tree = git.run("write-tree", more=index).strip()
        undone = git.run("commit-tree", tree, "-p", base, given=message, more=who.environment).strip()
        self._forward(undone, who)
        return undone

    def clear(self, number: int, folder: Path) -> None:
        git = Git(self.top)
        git.tried("worktree", "remove", "--force", "--force", "--", str(folder.resolve()))
        shutil.rmtree(folder, ignore_errors=True)
        git.tried("worktree", "prune")
        git.tried("update-ref", "-d", branch(number))

    def _add(self, number: int, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        git = Git(self.top)
        git.tried("worktree", "prune")
        name = branch(number).removeprefix("refs/heads/")
        git.run("worktree", "add", "-q", "-B", name, "--", str(folder.resolve()), self.live())

    def _base(self, tree: Git, *, fresh: bool, anew: bool) -> str:
        return self.live() if fresh or anew else tree.run("rev-parse", "HEAD^").strip()

    def _commit(self, folder: Path, base: str, who: Signature) -> str:
        """All that was changed, as one commit upon `base`, however often it was written at."""
        content = Git(self.home_in(folder))
        content.run("add", "-A", "--", *FOLDERS[:2])
        tree = content.run("write-tree").strip()
        if tree == content.run("rev-parse", f"{base}^{{tree}}").strip():
            raise Refusal(NOTHING_NEW)
        return content.run("commit-tree", tree, "-p", base, given="proposal\n", more=who.environment).strip()

    def _forward(self, commit: str, who: Signature) -> None:
        done = Git(self.top).tried("merge", "-q", "--ff-only", "--no-autostash", commit, more=who.environment)
        if done.returncode:
            raise Refusal(IN_THE_WAY, reason=done.stderr.decode("utf-8", "replace").strip()[:300])


@dataclass(frozen=True)
class Copies:
    """`Ground` without git: a copy of the folders, whose difference can be downloaded."""

    home: Path
    takes: bool = False

    def live(self) -> str:
        return content_version(self.home)

    def home_in(self, folder: Path) -> Path:
        return folder

    def write(self, number: int, folder: Path, work: Work, author: int, *, anew: bool) -> Written:
        begun = folder.with_name(f"{folder.name}.new")
        shutil.rmtree(begun, ignore_errors=True)
        base = self.live()
        try:
            _copy(self.home if anew or not folder.exists() else folder, begun)
            work(begun)
            patch = "".join(_difference(self.home, begun))
            if not patch:
                raise Refusal(NOTHING_NEW)
            shutil.rmtree(folder, ignore_errors=True)
            begun.replace(folder)
        finally:
            shutil.rmtree(begun, ignore_errors=True)
        return Written(base, content_version(folder), patch)

    def take(self, base: str, head: str, message: str, who: Signature) -> str:
        raise Refusal(NO_CHECKOUT)

    def revert(self, commit: str, message: str, who: Signature) -> str:
        raise Refusal(NO_CHECKOUT)

    def clear(self, number: int, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(home: Path, to: Path) -> None:
    for name in (*FOLDERS, QUESTIONS.as_posix(), CONVERSATIONS.as_posix()):
        if (home / name).is_dir():
            shutil.copytree(home / name, to / name)


def _difference(before: Path, after: Path) -> Iterator[str]:
    """As `git apply` and `patch -p1` read it."""
    names = {path.relative_to(home).as_posix() for home in (before, after) for path in content_files(home)}
    for name in sorted(names):
        old, new = (_lines(home / name) for home in (before, after))
        if old != new:
            sides = ("/dev/null" if old is None else f"a/{name}", "/dev/null" if new is None else f"b/{name}")
            yield f"diff --git a/{name} b/{name}\n"
            if old is None:
                yield "new file mode 100644\n"
            for line in difflib.unified_diff(old or [], new or [], *sides):
                yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(path: Path) -> list[str] | None:
    """None where there is no such file. Only a line feed ends a line, as for git."""
    return LINE.findall(path.read_text("utf-8", "replace")) if path.exists() else None
