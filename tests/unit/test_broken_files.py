"""Whatever an administrator gets wrong is told in one sentence, in Vietnamese and in English, with file and line.

A file of tests/data/broken/ changes one thing in content that is valid otherwise (tests/tiny.py), and says what must be told:

    file      the file that is changed: `old` replaced by `new`, `append`ed to (`times` over), its whole `content` written,
              `remove`d, or written as a `copy_of` another; in an `encoding` other than UTF-8
    told_of   the file of the problem, where it is another one
    at, line  the line of the problem: a text that stands in that line alone, or its number
    vi, en    words that the message holds
    alone     false where more errors follow from the one
    warning   true where it does not fail the check
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.authoring.checking import check
from bot.model import Problem
from tests.tiny import TODAY

FOLDER = Path(__file__).parent.parent / "data/broken"
FILES = sorted(FOLDER.glob("*/*.toml"))


@dataclass(frozen=True, kw_only=True)
class Fault:
    file: str
    vi: list[str]
    en: list[str]
    at: str = ""
    line: int = 0
    told_of: str = ""
    alone: bool = True
    warning: bool = False
    old: str = ""
    new: str = ""
    append: str = ""
    times: int = 1
    content: str | None = None
    copy_of: str = ""
    remove: bool = False
    encoding: str = "utf-8"

    def commit(self, home: Path) -> None:
        """Make the one mistake."""
        path = home / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.remove:
            path.unlink()
        elif self.copy_of:
            path.write_bytes((home / self.copy_of).read_bytes())
        elif self.content is not None:
            path.write_bytes(self.content.encode(self.encoding))
        elif self.append:
            path.write_bytes(path.read_bytes() + self.append.encode(self.encoding) * self.times)
        else:
            text = path.read_text("utf-8")
            assert text.count(self.old) == 1, f"{self.old!r} stands {text.count(self.old)} times in {self.file}"
            path.write_text(text.replace(self.old, self.new), "utf-8")

    def place(self, home: Path) -> tuple[str, int]:
        """File and line that must be named."""
        file = self.told_of or self.file
        if not self.at:
            return file, self.line
        text = (home / file).read_text("utf-8")
        assert text.count(self.at) == 1, f"{self.at!r} must stand once in {file}"
        return file, text[: text.index(self.at)].count("\n") + 1


def problems(home: Path, lang: str, *, warnings: bool) -> list[Problem]:
    return [problem for problem in check(home, lang, TODAY, review=True).problems if problem.warning == warnings]


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_wrong_is_told_with_file_and_line(tiny_home: Path, path: Path, lang: str) -> None:
    fault = Fault(**tomllib.loads(path.read_text("utf-8")))
    fault.commit(tiny_home)
    place = fault.place(tiny_home)
    words = fault.vi if lang == "vi" else fault.en
    found = problems(tiny_home, lang, warnings=fault.warning)
    told = [one for one in found if (one.file, one.line) == place and all(word in one.text for word in words)]
    assert told, f"expected {place}: … {words}; told was:\n" + "\n".join(map(str, found))
    if fault.warning:
        assert problems(tiny_home, lang, warnings=False) == []
    elif fault.alone:
        assert found == told, "one fault is told once, and nothing else is wrong"


def test_there_are_at_least_a_hundred_faults() -> None:
    assert len(FILES) >= 100
