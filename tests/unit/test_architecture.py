"""Nothing is read from the environment before somebody asks for it, and the core does no input or output.

Who may import whom is said in pyproject.toml and proved by import-linter, in `make lint`.
"""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import LoabanError

CORE = ("dialogue", "matching", "knowledge")


def modules(home: Path) -> dict[str, Path]:
    """Dotted name → file of every module of ours."""
    found = {}
    for path in sorted((home / "bot").rglob("*.py")):
        parts = path.relative_to(home).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room(module: str) -> str:
    return [*module.split("."), ""][1]


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


@pytest.mark.parametrize("name", ["announcements", "cases", "desk"])
def test_what_is_raised_stands_under_the_one_root(home: Path, name: str) -> None:
    """So that whoever reports errors at the edge needs to know one class."""
    found = [
        defined
        for module in modules(home)
        if room(module) == name
        for defined in vars(importlib.import_module(module)).values()
        if isinstance(defined, type) and issubclass(defined, BaseException) and defined.__module__.startswith("bot.")
    ]
    assert [error for error in found if not issubclass(error, LoabanError)] == []
    assert found


@pytest.mark.parametrize("name", CORE)
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
