"""Dependencies point one way, and nothing is read from the environment before somebody asks for it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# A room may use only rooms that stand on a higher number's line, never its own line's neighbours.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("commands",),
    ("service", "evaluating"),
    ("reloading",),
    ("app", "wiring", "clockwork"),
    ("reviewing", "spreadsheet", "web"),
    ("asking", "checking", "conversations", "channels", "editing", "explaining", "stats", "stores", "timetable"),
    ("cache",),
    ("desk",),
    ("handoff",),
    ("dialogue", "announcements"),
    ("matching", "knowledge"),
    ("pause",),
    ("i18n", "ports", "settings", "logs"),
    ("records",),
    ("counted",),
    ("broadcast", "cases", "learning", "privacy", "tokens"),
    ("case_orders", "family_names"),
    ("backoff", "codes", "errors", "folding", "offices", "periods", "split"),
    ("model", "named", "zone"),
)
CORE = ("dialogue", "matching", "knowledge", "announcements", "handoff")
VENDORS = ("telegram", "starlette", "sqlite_utils", "sqlite3", "apscheduler", "httpx", "uvicorn", "click", "rich")


def modules(home: Path) -> dict[str, Path]:
    """Dotted name → file of every module of ours."""
    found = {}
    for path in sorted((home / "bot").rglob("*.py")):
        parts = path.relative_to(home).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(imported module or name, line) wherever it stands: at the top, in a function, for type checking."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are written out in full"
            if node.module == "bot":
                yield from ((f"bot.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module or "", node.lineno


def room(module: str) -> str:
    return [*module.split("."), ""][1]


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if name in rooms)


def test_every_room_has_its_floor(home: Path) -> None:
    known = {name for rooms in FLOORS for name in rooms}
    rooms = {room(module) for module in modules(home)} - {""}
    assert rooms <= known, f"say in FLOORS where these stand: {rooms - known}"


def test_dependencies_point_one_way(home: Path) -> None:
    wrong = [
        f"{path.relative_to(home)}:{line}: {room(module)} uses {imported}"
        for module, path in modules(home).items()
        for imported, line in imports(path)
        if imported.startswith("bot.") and room(imported) not in ("__version__", room(module))
        if room(module) and floor(room(module)) >= floor(room(imported))
    ]
    assert wrong == []


def test_the_nouns_use_nothing_of_ours(home: Path) -> None:
    assert [name for name, _ in imports(home / "bot/model.py") if name.split(".")[0] == "bot"] == []


def test_the_core_knows_no_vendor(home: Path) -> None:
    wrong = [
        f"{path.relative_to(home)}:{line}: {imported}"
        for module, path in modules(home).items()
        if room(module) in CORE
        for imported, line in imports(path)
        if imported.split(".")[0] in VENDORS
    ]
    assert wrong == []


def test_only_the_stores_speak_to_a_database(home: Path) -> None:
    using = {
        room(module)
        for module, path in modules(home).items()
        for imported, _ in imports(path)
        if imported.split(".")[0] in ("sqlite3", "sqlite_utils")
    }
    assert using == {"stores"}


def test_only_the_settings_read_the_environment(home: Path) -> None:
    """A module that looks into the environment itself would be a setting that nobody can see or test."""
    wrong = [
        f"{path.relative_to(home)}:{node.lineno}"
        for module, path in modules(home).items()
        if room(module) != "settings"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr == "getenv")
        or (isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"))
        or (isinstance(node, ast.Attribute) and ast.unparse(node).endswith(("environ.get", "environ.items", "environ.copy")))
    ]
    assert wrong == []


def test_settings_are_not_read_at_import(home: Path, tmp_path: Path) -> None:
    """Every module is imported where all settings are wrong: whoever reads them on the way would fail."""
    names = [module for module in modules(home) if module != "bot.__main__"]
    wrong = {f"LOABAN_{name}": "!" for name in ("LANG", "LOG_LEVEL", "LOG_FORMAT", "TELEGRAM_API", "TELEGRAM_POLL_SECONDS")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import importlib\nfor name in {names!r}: importlib.import_module(name)"],
        env={**os.environ, **wrong, "PYTHONPATH": str(home)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", CORE[:3])
def test_the_core_does_no_input_or_output_of_its_own(home: Path, name: str) -> None:
    """Only `knowledge` opens files; nobody prints, sleeps, or looks at a clock."""
    forbidden = {"print", "input", "sleep", "now", "today", "utcnow", "open"} - ({"open"} if name == "knowledge" else set())
    wrong = [
        f"{path.relative_to(home)}:{node.lineno}: {called}"
        for module, path in modules(home).items()
        if room(module) == name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        for called in [node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")]
        if called in forbidden
    ]
    assert wrong == []
