"""Settings come from the environment and `.env`; a wrong one is named in one sentence, a secret is never shown."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.engine.cache import cache_folder
from bot.errors import SettingsError
from bot.settings import Settings, default_home, load_settings, secrets_in, settings_list

TOKEN = "123456789:AAE-a-token-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.upper().startswith("LOABAN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_any_setting_the_bot_runs_from_its_own_folder_in_vietnamese() -> None:
    settings = load_settings()
    assert settings.lang == "vi"
    assert settings.telegram_token is None
    assert settings.home == default_home()
    assert (settings.home / "content").is_dir()


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("LANG", "vietnamese", "vietnamese"),
        ("LANG", "VI", "VI"),
        ("LANG", "en_US.UTF-8", "en_US.UTF-8"),
        ("LOG_LEVEL", "loud", "loud"),
        ("LOG_FORMAT", "xml", "xml"),
        ("TELEGRAM_API", "api.telegram.org", "api.telegram.org"),
        ("TELEGRAM_API", "https://api.telegram.org/", "https://api.telegram.org/"),
        ("TELEGRAM_POLL_SECONDS", "soon", "soon"),
        ("TELEGRAM_POLL_SECONDS", "51", "51"),
        ("TELEGRAM_POLL_SECONDS", "-1", "-1"),
        ("TELEGRAM_POLL_SECONDS", "1.5", "1.5"),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: str) -> None:
    monkeypatch.setenv(f"LOABAN_{name}", value)
    monkeypatch.setenv("LOABAN_TELEGRAM_TOKEN", TOKEN)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    text = str(raised.value)
    assert text.startswith(f"LOABAN_{name}: ")
    assert shown in text
    assert "\n" not in text
    assert TOKEN not in text
    assert raised.value.__suppress_context__, "a traceback would show every value, the secrets too"


def test_a_secret_is_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOABAN_TELEGRAM_TOKEN", TOKEN)
    settings = load_settings()
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == TOKEN
    for shown in (
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        repr(settings.model_dump()),
        f"{settings.telegram_token}",
    ):
        assert TOKEN not in shown


def test_every_secret_that_is_given_is_hidden_in_the_log() -> None:
    secrets = [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]
    assert {"telegram_token", "webhook_secret"} <= set(secrets)
    given = {name: f"a-secret-of-16-signs-{name}" for name in secrets}
    assert sorted(secrets_in(load_settings(**given))) == sorted(given.values())
    assert secrets_in(load_settings()) == []


def test_a_secret_of_the_wrong_kind_is_not_shown_either() -> None:
    with pytest.raises(SettingsError, match=r"^LOABAN_TELEGRAM_TOKEN: ") as raised:
        load_settings(telegram_token=[TOKEN])
    assert TOKEN not in str(raised.value)


def test_what_is_given_wins_over_the_environment_and_the_environment_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LOABAN_LANG=en\nLOABAN_DB=from-file.db\nLOABAN_LOG_LEVEL=error\nOTHER=1\n", "utf-8")
    monkeypatch.setenv("LOABAN_DB", "from-environment.db")
    monkeypatch.setenv("LOABAN_LOG_LEVEL", "debug")
    settings = load_settings(log_level="warning", lang=None)
    assert (settings.lang, settings.db, settings.log_level) == ("en", Path("from-environment.db"), "warning")


def test_a_file_of_settings_that_powershell_wrote_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOABAN_LANG=en\n", "utf-16")
    with pytest.raises(SettingsError, match=r"^\.env: .*UTF-8"):
        load_settings()


@pytest.mark.parametrize(
    "name", ["LANG", "DB", "HOME", "CACHE", "LOG_LEVEL", "TELEGRAM_TOKEN", "TELEGRAM_API", "TELEGRAM_POLL_SECONDS"]
)
def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Compose files and .env templates set empty ones: `LOABAN_CACHE=` means the user's cache folder, not the current one."""
    without = load_settings().model_dump()
    monkeypatch.setenv(f"LOABAN_{name}", "")
    assert load_settings().model_dump() == without


def test_the_cache_is_the_users_own_folder_when_none_is_set(tmp_path: Path) -> None:
    assert cache_folder(load_settings().cache).is_absolute()
    assert cache_folder(tmp_path) == tmp_path


def test_settings_cannot_be_changed_afterwards() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.lang = "en"  # type: ignore[misc]


def test_variables_without_our_prefix_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("HOME", "/nowhere")
    monkeypatch.setenv("LOABAN_OF_TOMORROW", "1")
    assert load_settings().lang == "vi"


def test_the_list_of_the_documentation_names_every_setting_and_no_machine() -> None:
    listed = settings_list()
    for name, info in Settings.model_fields.items():
        assert f"`LOABAN_{name.upper()}`" in listed
        assert info.description
        assert info.description in listed
    assert str(default_home()) not in listed
    assert len(listed.splitlines()) == len(Settings.model_fields)
