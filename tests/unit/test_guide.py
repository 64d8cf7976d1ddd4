"""The guides in Vietnamese show what Loa Bản really says: every screen, every button, every time that can be written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from bot.announcements.moment import read_when
from bot.announcements.times import format_schedule
from bot.cli.announcement_file import read_announcement
from bot.cli.command_context import CommandContext
from bot.i18n import Words, load_words
from bot.settings import Settings
from tests.unit.test_docs import FENCE, ROOT

OFFICERS = ROOT / "docs/vi/gui-thong-bao.md"
PAGES = (OFFICERS, ROOT / "docs/vi/nhan-thong-bao.md", ROOT / "docs/vi/tra-loi-ba-con.md")
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # "thứ Hai 23/11/2026, 8 giờ sáng"
WIDTH = 34  # of a screen, where lines are wrapped
CUT = "..."  # something was left out of a screen
BEFORE_STAFFS_TEXT = ("📢", "Nguyên văn")  # the paragraph behind one that begins so was written by an officer

BEFORE_SOMEBODYS_WORDS = ("người hỏi nhắn:", "Cán bộ xã Búng Lao:")
_CASE = re.compile(r"Việc \d+ · (?:xã|phường) [^·]+(?: · [^·]+)? · Tiếng [^·:]+(?:: .+)?")  # the head of a case
_CELL = re.compile(r"│ (.*?) │")
_BUTTON = re.compile(r"\[ (.+?) \]")
_SIGN = re.compile(r"^(?:[1-9]/[1-9] · |[1-9]\. |[•📢⚠] )")  # what stands before a message
_LISTED = re.compile(r"[0-9]+ · ([^·]+) · “[^”]+” · .+")  # a line of the list of announcements, with a state in it
_WITH_REASONS = re.compile(r"(.+?) \((.+)\)")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_FIGURES = ("count", "days", "last", "length", "limit", "minutes", "number", "over", "rate", "room", "total")
_FILLED = {"code": "[A-Z0-9]{6,12}", "audience": ".+", "places": ".+"}
_MESSAGES = ("kind", "state")  # filled with another message
_WORDS_AND_TIMES = r"(?:[^:]|(?<=\d):(?=\d\d))+"  # a colon stands in times only: else a gap would swallow the next message
_ENOUGH = 4  # letters that a message must have beside its gaps, for a text to be recognised by them


class Said:
    """Everything that Loa Bản says of itself in Vietnamese, with anything in the gaps that can stand there."""

    def __init__(self, words: Words, names: Sequence[str]) -> None:
        lines = [line for message in words.messages.values() if "{{" not in message for line in message.split("\n")]
        told = [line for line in lines if "{" not in line or sum(map(str.isalpha, _PLACEHOLDER.sub("", line))) >= _ENOUGH]
        self.labels = {*names, *(line for line in lines if "{" not in line)}
        self.label_pattern = "|".join(map(re.escape, sorted(self.labels)))
        self.whole = [self._pattern(line) for line in told]
        self.beginnings = [self._pattern(line[: end.end()]) for line in told for end in re.finditer(r"[.?!](?= |$)", line)]

    def _pattern(self, message: str) -> re.Pattern[str]:
        parts = _PLACEHOLDER.split(message)  # text and names of gaps in turn
        return re.compile("".join(self._gap(part) if number % 2 else re.escape(part) for number, part in enumerate(parts)))

    def _gap(self, name: str) -> str:
        if name in _MESSAGES:
            return f"(?:{self.label_pattern})"
        return r"[\d.,]+" if name in _FIGURES else _FILLED.get(name, _WORDS_AND_TIMES)

    def label(self, text: str) -> bool:
        return text in self.labels or re.fullmatch(r"Số \d+", text) is not None

    def line(self, text: str) -> bool:
        """Whether the text is a whole message, or a line that is put together of several."""
        text = _SIGN.sub("", text)
        if text in self.labels or any(pattern.fullmatch(text) for pattern in self.whole):
            return True
        if listed := _LISTED.fullmatch(text):
            return listed[1] in self.labels
        explained = _WITH_REASONS.fullmatch(text)
        return explained is not None and self.line(explained[1]) and all(map(self._reason, explained[2].split(", ")))

    def _reason(self, text: str) -> bool:
        return re.sub(r": \d+$", "", text) in self.labels

    def quoted(self, text: str) -> bool:
        """As `line`; or, where it ends with CUT, the first sentences of a message."""
        if text.endswith(CUT):
            return any(pattern.fullmatch(text.removesuffix(CUT).rstrip()) for pattern in self.beginnings)
        return self.line(text)


@pytest.fixture(scope="module")
def context(home: Path) -> CommandContext:
    return CommandContext.of(Settings(home=home, lang="vi"))


@pytest.fixture(scope="module")
def said(home: Path, context: CommandContext) -> Said:
    return Said(load_words(home / "locales")["vi"], [names["vi"] for names in context.topics.values()])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_sentence_on_a_screen_is_one_that_is_said(page: Path, said: Said) -> None:
    found = list(screens(page))
    assert len(found) >= 5
    assert [lines for screen in found for lines in sentences(screen) if not told(lines, said)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_button_that_is_named_exists(page: Path, said: Said) -> None:
    buttons = set(_BUTTON.findall(page.read_text("utf-8")))
    assert {label for label in buttons if not said.label(label)} == set()


def test_what_is_said_when_something_cannot_be_taken_is_quoted_word_for_word(said: Said) -> None:
    quoted = [row[0] for row in table(OFFICERS, "## Khi máy chưa nhận")]
    assert len(quoted) >= 10
    assert [text for text in quoted if not said.quoted(text)] == []


def test_every_time_in_the_guide_is_read_as_the_guide_says(context: CommandContext) -> None:
    rows = table(OFFICERS, "### Viết giờ thế nào")
    assert len(rows) >= 8
    assert [(text, format_schedule(read_when(text, MONDAY), context.words)) for text, _ in rows] == rows


def test_the_announcement_in_the_page_for_operators_can_be_sent_as_it_stands(context: CommandContext, tmp_path: Path) -> None:
    page = (ROOT / "docs/announcements.md").read_text("utf-8")
    (example,) = (block for language, block in FENCE.findall(page) if language == "yaml")
    path = tmp_path / "example.yaml"
    path.write_text(example, "utf-8")
    plan = read_announcement(path, context, MONDAY, "7K3M2P")
    assert set(plan.texts) == {"vi", "en"}


def test_a_sentence_that_nobody_says_would_be_noticed(said: Said) -> None:
    assert told(["Thông báo số 1 đang được gửi. Số", "người nhận: 278."], said)
    assert not told(["Thông báo số 1 đang bay đi. Số", "người nhận: 278."], said)
    assert not told(["Gửi đến: xã Búng Lao", "Chúc bà con vui."], said)
    assert not said.label("Gửi luôn")
    assert not said.quoted("Mã mời này hỏng. ...")


# --- reading the pages ------------------------------------------------------------------------------------------------


def screens(page: Path) -> Iterator[list[str]]:
    """The lines of every screen; two may stand side by side."""
    for _, block in FENCE.findall(page.read_text("utf-8")):
        rows = [_CELL.findall(line) for line in block.splitlines() if line.startswith("│")]
        assert len({len(row) for row in rows}) <= 1, "a frame has a gap"
        yield from ([line.rstrip() for line in column] for column in zip(*rows, strict=True))


def sentences(screen: list[str]) -> Iterator[list[str]]:
    """The paragraphs of what is said, each as the lines it is wrapped to; without buttons and what staff wrote."""
    before = ""
    for kind, group in groupby(screen, _kind):
        lines = list(group)
        if kind == "said":
            if not before.startswith(BEFORE_STAFFS_TEXT):
                yield lines
            before = lines[0]


def _kind(line: str) -> str:
    """What a line is; a person's own begin with ">"."""
    if not line or line == CUT:
        return ""
    return {">": "typed", "[": "buttons"}.get(line[0], "said")


def told(lines: list[str], said: Said) -> bool:
    """Whether the lines are messages one behind the other. A line may go on in the next only where no other word fitted.

    What people wrote stands in quotation marks, or behind the line that says who wrote it.
    """
    if lines[0].startswith("“"):
        last = next((number for number, line in enumerate(lines) if line.endswith("”")), None)
        return last is not None and (last + 1 == len(lines) or told(lines[last + 1 :], said))
    for end in range(1, len(lines) + 1):
        if end > 1 and _length(f"{lines[end - 2]} {lines[end - 1].split()[0]}") <= WIDTH:
            return False
        text = " ".join(lines[:end])
        whole = _CASE.fullmatch(text) or said.line(text)
        if whole and (end == len(lines) or text.endswith(BEFORE_SOMEBODYS_WORDS) or told(lines[end:], said)):
            return True
    return False


def _length(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def table(page: Path, heading: str) -> list[tuple[str, ...]]:
    """The rows of the first table under a heading, without its head."""
    _, _, under = page.read_text("utf-8").partition(f"{heading}\n")
    rows = [line for line in under.partition("\n#")[0].splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows[2:]]
