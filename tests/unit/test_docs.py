"""The documents keep up with the code: generated pages are fresh, links lead somewhere, named commands and files exist."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli.root import cli
from bot.engine import Engine
from bot.i18n import load_words
from bot.knowledge.reading import read_content
from bot.knowledge.rules import check_rules
from tests import generated

ROOT = generated.ROOT
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
PAGES = ("docs/settings.md", "docs/commands.md", "docs/intents.md", "README.md")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
OUR_FILE = re.compile(r"(?:bot|tests|docs|content|intents|locales|benchmarks)/[\w./-]*|[A-Z][A-Za-z]+\.md|pyproject\.toml")
# Files that a guide has its reader write; they are in no checkout.
TO_BE_WRITTEN = ("livelihood-bees", "channels/sms")


@pytest.fixture(scope="session")
def pages(engine: Engine) -> dict[str, str]:
    return generated.pages(engine)


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_as_the_code_would_write_it_now(name: str, pages: dict[str, str]) -> None:
    assert set(pages) == set(PAGES)
    assert (ROOT / name).read_text("utf-8") == pages[name], f"{name} is stale; write it anew with: make docs"


@pytest.mark.parametrize("name", NAMES)
def test_every_link_inside_the_repository_leads_somewhere(name: str) -> None:
    path = ROOT / name
    broken = []
    for target in LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        led_to = (path.parent / file).resolve() if file else path
        if not led_to.exists() or (anchor and anchor not in anchors(led_to)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_and_target_that_is_named_exists(name: str) -> None:
    wrong = [line for line in commands(ROOT / name) if not exists(line)]
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_ours_that_is_named_exists(name: str) -> None:
    named = {text for text in INLINE.findall(prose(ROOT / name)) if OUR_FILE.fullmatch(text)}
    missing = {one for one in named if not (ROOT / one).exists() and not any(part in one for part in TO_BE_WRITTEN)}
    assert missing == set()


def test_the_first_commands_of_the_readme_are_to_chat_to_test_and_to_open_the_page() -> None:
    lines = shell_lines((ROOT / "README.md").read_text("utf-8"))
    assert lines[:3] == ["make chat", "make test", "make web"]


def test_documents_that_the_code_points_to_exist() -> None:
    pointing = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "content").glob("*"), ROOT / "Makefile"]
    named = {
        found
        for path in pointing
        if path.is_file()
        for found in re.findall(r"docs/[\w/-]+\.md", path.read_text("utf-8", "replace"))
    }
    assert {one for one in named if not (ROOT / one).is_file()} == set()


def test_every_decision_has_its_number_and_its_three_parts() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        assert re.findall(r"^## (.+)$", path.read_text("utf-8"), re.MULTILINE) == ["Context", "Decision", "Consequences"]


def test_a_command_or_option_that_does_not_exist_would_be_found() -> None:
    assert exists("loaban --home somewhere ask --explain 'a question'")
    assert exists("make PYTHON=python3.12 chat")
    assert not exists("loaban --home somewhere asks")
    assert not exists("loaban ask --explian")
    assert not exists("make coffee")


@pytest.mark.usefixtures("remembering")
def test_the_messages_in_the_vietnamese_guide_are_the_real_ones(home: Path, tmp_path: Path) -> None:
    """An administrator compares what the screen shows with what the guide shows, letter by letter."""
    guide = (ROOT / "docs/vi/them-cau-hoi.md").read_text("utf-8")
    shown = {without_moving_line(line) for _, block in FENCE.findall(guide) for line in block.splitlines() if "bees" in line}
    example = next(block for language, block in FENCE.findall(guide) if language == "yaml" and "id: livelihood-bees" in block)
    for folder in ("content", "intents", "locales"):
        shutil.copytree(home / folder, tmp_path / folder)
    told: list[str] = []
    for old, new in (
        ("", ""),
        ("Bà con muốn nuôi", "Mỗi đàn được hỗ trợ 2 triệu đồng. Bà con muốn nuôi"),
        ("- nhà cháu định", "- em hỏi chút: nhà cháu định"),
        ("    - ong rừng", "    - Có dạy nuôi ong không nhỉ\n    - ong rừng"),
    ):
        (tmp_path / "intents/livelihood/livelihood-bees.yaml").write_text(example.replace(old, new, 1), "utf-8")
        told.extend(messages(tmp_path))
    expected = {line for line in shown if ": lỗi: " in line or ": lưu ý: " in line}
    assert len(expected) == 5
    assert expected <= {without_moving_line(line) for line in told}


def messages(home: Path) -> Iterator[str]:
    words = load_words(home / "locales")
    reading = read_content(home, words["vi"])
    check_rules(reading, words)
    for problem in reading.problems:
        yield f"{problem.file}:{problem.line}: {words['vi'].say('warning' if problem.warning else 'error')}: {problem.text}"


def without_moving_line(text: str) -> str:
    """A file that others edit gets new lines every day; its number is not what the guide is about."""
    return re.sub(r"(training-courses\.yaml):\d+", r"\1:…", text)


# --- reading documents ------------------------------------------------------------------------------------------------


def prose(path: Path) -> str:
    return FENCE.sub("", path.read_text("utf-8"))


def anchors(path: Path) -> set[str]:
    """The headings of a page as its links name them."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shell_lines(text: str) -> list[str]:
    return [line for language, block in FENCE.findall(text) if language == "sh" for line in block.splitlines() if line.strip()]


def commands(path: Path) -> Iterator[str]:
    """Every line of the shell blocks, and every piece of code in a sentence, that calls `loaban` or `make`."""
    text = path.read_text("utf-8")
    for line in [*shell_lines(text), *INLINE.findall(FENCE.sub("", text))]:
        for part in re.split(r"\||&&|;", line):
            words = part.split()
            if words and words[0].rsplit("/", 1)[-1] in ("loaban", "make"):
                yield part.strip()


def exists(line: str) -> bool:
    program, *words = shlex.split(line, comments=True)
    return target_exists(words) if program == "make" else command_exists(words)


def target_exists(words: list[str]) -> bool:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    return {word for word in words if "=" not in word} <= targets


def command_exists(words: list[str]) -> bool:
    command: click.Command = cli
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word.startswith("-"):
            option = next((one for one in options(command) if word in one.opts), None)
            if option is None:
                return False
            position += 0 if option.is_flag else 1
        elif isinstance(command, click.Group):
            known = command.commands.get(word) or command.commands.get(getattr(command, "default", ""))
            if known is None:
                return False
            command = known
    return True


def options(command: click.Command) -> list[click.Option]:
    found = command.get_params(click.Context(command, help_option_names=["-h", "--help"]))
    return [one for one in found if isinstance(one, click.Option)]


def test_the_picture_in_the_readme_is_of_a_small_phone_and_small() -> None:
    [name] = re.findall(r'<img src="([^"]+)"', (ROOT / "README.md").read_text("utf-8"))
    picture = (ROOT / name).read_bytes()
    assert len(picture) < 60_000
    assert int.from_bytes(picture[16:20]) == 360
