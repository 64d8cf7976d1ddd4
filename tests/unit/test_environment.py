"""Whatever stands in the environment, a command ends with a sentence that says which variable and what to do."""

from __future__ import annotations

import ast
import errno
import importlib
import sqlite3
import sys
import zoneinfo
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import click
import pytest
from click.testing import CliRunner

import bot.zone
from bot.channels.building import channel_runtimes
from bot.channels.trust import trusted
from bot.cli.reporting_errors import reports_errors
from bot.cli.root import cli, main
from bot.errors import SettingsError
from bot.settings import Settings, unknown_settings
from bot.stores.sqlite.store import SqliteStore

SECRET = "a-password"
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.chdir(tmp_path)
    trusted.cache_clear()
    yield
    trusted.cache_clear()


# --- what libraries read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTPS_PROXY", f"socks5://me:{SECRET}@127.0.0.1:9"),
        ("all_proxy", "socks5h://127.0.0.1:9"),
        ("HTTPS_PROXY", "http://::1:3128"),
        ("https_proxy", f"http://me:{SECRET}@[::1"),
        ("ALL_PROXY", "ftp://proxy"),
        ("HTTP_PROXY", "http://proxy:port"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_and_its_password_is_not(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        trusted()
    assert str(raised.value).startswith(f"{name}: ")
    assert "http://host:port" in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("value", ["http://[2001:db8::1]:3128", "http://127.0.0.1:3128", f"http://me:{SECRET}@proxy:3128"])
def test_a_proxy_that_can_be_used_is(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    assert trusted() is trusted()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_are_not_there_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(SettingsError, match=r"^SSL_CERT_FILE: .*PEM"):
        trusted()


def test_the_service_does_not_begin_with_either(monkeypatch: pytest.MonkeyPatch, in_memory: SqliteStore) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    with pytest.raises(SettingsError, match="ALL_PROXY"):
        channel_runtimes(Settings(telegram_token="1:x"), in_memory, lambda: datetime.now(UTC))


def test_without_a_table_of_time_zones_the_clock_is_that_of_vietnam(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(key: str) -> zoneinfo.ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(key)

    with monkeypatch.context() as patched:
        patched.setattr(zoneinfo, "ZoneInfo", missing)
        again = importlib.reload(bot.zone)
        at = datetime(2026, 11, 23, 20, 0, tzinfo=UTC).astimezone(again.ZONE)
    importlib.reload(bot.zone)
    assert (at.utcoffset(), at.day) == (timedelta(hours=7), 24)


# --- what is written, and where -----------------------------------------------------------------------------------------


def test_a_full_disk_under_the_output_is_a_sentence(tmp_path: Path) -> None:
    @click.command()
    @reports_errors
    def verb() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    result = CliRunner().invoke(verb)
    assert (result.exit_code, result.output) == (1, "No space left on device\n")


def test_a_closed_input_is_an_empty_one(
    monkeypatch: pytest.MonkeyPatch, tiny_home: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr(sys, "argv", ["loaban", "--home", str(tiny_home), "ask", "--jsonl"])
    monkeypatch.setenv("LOABAN_CACHE", str(cache))
    with pytest.raises(SystemExit) as ended:
        main()
    sys.stdin.close()
    assert ended.value.code in (0, None)


# --- settings ---------------------------------------------------------------------------------------------------------


def test_a_setting_that_does_not_exist_is_told_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOABAN_TELEGRAM_TOKN=1:x\nOTHER=1\n", "utf-8")
    monkeypatch.setenv("LOABAN_XYZZY_OF_ANOTHER_PROGRAM", "1")
    assert unknown_settings() == [
        ("LOABAN_TELEGRAM_TOKN", "LOABAN_TELEGRAM_TOKEN"),
        ("LOABAN_XYZZY_OF_ANOTHER_PROGRAM", None),
    ]
    result = CliRunner().invoke(cli, ["--lang", "vi", "health"])
    assert "Có phải ý là LOABAN_TELEGRAM_TOKEN?" in result.output
    assert "1:x" not in result.output


@pytest.mark.parametrize(
    ("name", "value", "vi"),
    [
        ("LOABAN_DISK_FLOOR_MB", "abc", "LOABAN_DISK_FLOOR_MB: phải là số nguyên, mà đang là “abc”"),
        ("LOABAN_DISK_FLOOR_MB", "-1", "LOABAN_DISK_FLOOR_MB: ít nhất phải là 0, mà đang là “-1”"),
        ("LOABAN_KEEP_CASES_DAYS", "999", "LOABAN_KEEP_CASES_DAYS: nhiều nhất là 365, mà đang là “999”"),
        ("LOABAN_LOG_FORMAT", "xml", "LOABAN_LOG_FORMAT: phải là một trong các giá trị console, json, mà đang là “xml”"),
        ("LOABAN_TELEGRAM_API", "x", "LOABAN_TELEGRAM_API: đang là “x”, không dùng được"),
    ],
)
def test_a_wrong_setting_is_told_in_the_language_of_the_command_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, vi: str
) -> None:
    monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli, ["--lang", "vi", "health"])
    assert result.exit_code == 1
    assert result.output.startswith(vi)
    assert len(result.output.splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "vi"),
    [
        ({}, "LOABAN_TELEGRAM_TOKEN, LOABAN_ZALO_BOT_TOKEN: chưa có kênh nào."),
        ({"LOABAN_TELEGRAM_TOKEN": "abc"}, "LOABAN_TELEGRAM_TOKEN: đây không phải mã của bot."),
        ({"LOABAN_ZALO_OA_APP_ID": "1"}, "cần đủ tất cả"),
        ({"LOABAN_TELEGRAM_TOKEN": "1:a", "LOABAN_PUBLIC_URL": "https://a.vn"}, "LOABAN_WEBHOOK_SECRET: có LOABAN_PUBLIC_URL"),
        ({"LOABAN_TELEGRAM_TOKEN": "1:a", "HTTPS_PROXY": "http://::1:3128"}, "HTTPS_PROXY: đây không phải địa chỉ proxy."),
        ({"LOABAN_TELEGRAM_TOKEN": "1:a", "ALL_PROXY": "socks5://127.0.0.1:9"}, "ALL_PROXY: không dùng được proxy SOCKS."),
        ({"LOABAN_TELEGRAM_TOKEN": "1:a", "SSL_CERT_FILE": "/nowhere.pem"}, "SSL_CERT_FILE: không đọc được chứng thư"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else None,
)
def test_whatever_is_wrong_with_the_set_up_is_told_in_vietnamese_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path, given: dict[str, str], vi: str
) -> None:
    for name, value in {"LOABAN_DB": str(tmp_path / "loaban.db"), "LOABAN_CACHE": str(cache), **given}.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(cli, ["run"])
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if not line.startswith("20")]  # the log
    assert vi in line


def test_a_settings_file_of_another_coding_is_told_in_the_language_of_the_command_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("LOABAN_LANG=vi".encode("utf-16"))
    result = CliRunner().invoke(cli, ["health"])
    assert (result.exit_code, result.output) == (1, ".env: tệp không phải văn bản UTF-8; hãy lưu lại dưới dạng UTF-8.\n")


def test_every_fault_of_a_setting_is_a_sentence_of_the_catalogue(home: Path) -> None:
    """What is built from pieces where it is raised could be said in one language only."""
    built = []
    for path in (home / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "SettingsError":
                message = node.args[0]
                marked = isinstance(message, ast.Call) and isinstance(message.func, ast.Name) and message.func.id == "mark"
                framed = isinstance(message, ast.Constant) and str(message.value).endswith("{said}")
                if not (marked or framed or isinstance(message, ast.Name)):
                    built.append(f"{path.name}:{node.lineno}")
    assert built == []


def test_a_file_for_keys_that_cannot_be_written_is_named_and_no_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", "/nowhere/keys")
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    with pytest.raises(SettingsError, match=r"^SSLKEYLOGFILE: "):
        trusted()


def test_what_a_list_of_machines_without_a_proxy_looks_like_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "a b,[::")
    with pytest.raises(SettingsError, match=r"^NO_PROXY: .*names of machines with commas between"):
        trusted()


@pytest.mark.parametrize("verb", [["health"], ["stats"], ["review"], ["staff", "list"], ["backup", "copy.db"]], ids=" ".join)
def test_every_command_refuses_the_database_of_another_program_and_leaves_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path, verb: list[str]
) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE heartbeats (name TEXT, at TEXT)")
    before = other.read_bytes()
    monkeypatch.setenv("LOABAN_DB", str(other))
    monkeypatch.setenv("LOABAN_CACHE", str(cache))
    result = CliRunner().invoke(cli, verb)
    assert result.exit_code == 1
    assert "không phải cơ sở dữ liệu của Loa Bản" in result.output
    assert other.read_bytes() == before


@pytest.mark.parametrize("token", ["abc", "123456789", "123 :x", "12:a b", ":x", "https://api.telegram.org/bot1:x"])
@pytest.mark.parametrize("field", ["telegram_token", "zalo_bot_token"])
def test_what_cannot_be_a_token_is_refused_before_the_first_call(in_memory: SqliteStore, field: str, token: str) -> None:
    with pytest.raises(SettingsError, match=f"LOABAN_{field.upper()}: this is no token") as raised:
        channel_runtimes(Settings(**{field: token}), in_memory, lambda: datetime.now(UTC))  # type: ignore[arg-type]
    assert token not in str(raised.value).replace("no token", "")
