"""Which store the settings lead to, and that nothing is installed or loaded for one that is not meant."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import Refusal, SettingsError
from bot.settings import Server, load_settings, secrets_in
from bot.stores import database_file, last_beat, open_store, reading
from tests.processes import ROOT

URL = "postgresql://loaban:bí%20mật@db.example:5432/loaban"


def test_a_path_is_a_file_and_an_address_is_a_server() -> None:
    assert load_settings(db="loaban.db").db == Path("loaban.db")
    assert isinstance(load_settings(db=URL).db, Server)
    assert isinstance(load_settings(db=URL.replace("postgresql", "postgres")).db, Server)


def test_the_environment_may_name_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOABAN_DB", "/var/lib/loaban/loaban.db")
    assert load_settings().db == Path("/var/lib/loaban/loaban.db")
    monkeypatch.setenv("LOABAN_DB", URL)
    assert str(load_settings().db) == "postgresql://loaban@db.example:5432/loaban"


def test_the_password_is_shown_nowhere() -> None:
    settings = load_settings(db=URL)
    assert "bí" not in f"{settings.db} {settings.db!r} {settings!r}"
    assert {URL, "bí%20mật"} <= set(secrets_in(settings))


def test_without_the_package_for_it_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.stores.opening.find_spec", lambda name: None)
    for opened in (open_store, reading, lambda settings: last_beat(settings, "run")):
        with pytest.raises(SettingsError, match=r"loaban\[postgres\]"):
            opened(load_settings(db=URL))


def test_what_only_files_can_do_says_what_to_do_instead() -> None:
    with pytest.raises(Refusal, match="pg_dump"):
        database_file(load_settings(db=URL), "loaban backup", "pg_dump")


def test_a_file_needs_nothing_of_postgresql(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom bot.settings import load_settings\nfrom bot.stores import open_store\n"
        f"open_store(load_settings(db={str(tmp_path / 'loaban.db')!r})).close()\n"
        "assert not any('psycopg' in name or 'postgres' in name for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    assert importlib.util.find_spec("psycopg"), "else this proves nothing"
