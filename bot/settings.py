"""Settings, read once from the environment (prefix LOABAN_) and `.env` into a frozen value. Never read at import."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError

PREFIX = "LOABAN_"


def default_home() -> Path:
    """Where `intents/`, `content/` and `locales/` are: inside the installed package, or the checkout it runs from."""
    package = Path(__file__).resolve().parent
    packed = package / "data"
    return packed if packed.is_dir() else package.parent


class Settings(BaseSettings):
    """Everything that can be set; `docs/settings.md` is generated from these descriptions."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Field(
        default_factory=default_home,
        description="Folder that holds `intents/`, `content/` and `locales/`.",
    )
    db: Path = Field(
        default=Path("loaban.db"),
        description="The SQLite file that keeps sessions, handled updates, consent and counts.",
    )
    lang: str = Field(
        default="vi",
        pattern="^[a-z]{2,3}$",
        description="Language of a resident who has not chosen one, and of the command line.",
    )
    cache: Path | None = Field(
        default=None,
        description="Folder for the built matcher; the user's cache folder when empty. It is keyed by the content's hash.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Least severe log line that is written.",
    )
    log_format: Literal["console", "json"] = Field(
        default="console",
        description="`json` writes one object a line for a log collector.",
    )
    telegram_token: SecretStr | None = Field(
        default=None,
        description="Token of the Telegram bot, from @BotFather. `loaban run` starts Telegram when it is set.",
    )
    telegram_api: str = Field(
        default="https://api.telegram.org/bot",
        pattern=r"^https?://.+/bot$",
        description="Base URL of the Bot API up to and including `/bot`, so that a local server can stand in.",
    )
    telegram_poll_seconds: int = Field(
        default=30,
        ge=0,
        le=50,
        description="How long one request for updates waits at Telegram for something to arrive.",
    )
    telegram_name: str = Field(
        default="",
        pattern=r"^\w{0,32}$",
        description="User name of the Telegram bot without @; invitations of staff are then links that can be tapped.",
    )
    telegram_rate: float = Field(
        default=25.0,
        gt=0,
        le=26,
        description="Announcements a second on Telegram, which allows 30 messages a second to all people together.",
    )
    approval_above: int = Field(
        default=500,
        ge=0,
        description="An announcement to more people than this is approved by a second person.",
    )
    allowed_links: str = Field(
        default="gov.vn, vbsp.org.vn, baodienbienphu.vn",
        description="Domains, with commas between, that officers may link to; owners and admins may link to others, too.",
    )
    quiet_hours: str = Field(
        default="21:00-06:30",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="The night in Điện Biên, when only urgent announcements go out. Subscribers are told of 21:00 to 6:30 "
        "before they agree; after a change, change that sentence in `locales/`, too.",
    )
    grace_hours: float = Field(
        default=6.0,
        gt=0,
        le=168,
        description="How late a time of a repeated announcement may still go out; a later one is recorded as missed.",
    )
    keep_deliveries_days: int = Field(
        default=60,
        ge=1,
        le=365,
        description="Days after which the recipients of a finished announcement become mere counts. Subscribers are told of 60 "
        "before they agree; after a change, change that sentence in `locales/`, too.",
    )
    disk_floor_mb: int = Field(
        default=100,
        ge=0,
        description="Free disk space in megabytes below which no announcement is sent, because its result could not be stored.",
    )


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, `.env` and the overrides that are not None.

    Raises SettingsError that names the first setting that is wrong, what it was and what it should be; of a secret it does
    not say what it was. The same for a `.env` that cannot be read.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = PREFIX + str(first["loc"][0]).upper()
        secret = "token" in name.lower() or "secret" in name.lower()
        shown = "" if secret else f" (it is {str(first['input'])!r})"
        meaning = Settings.model_fields[str(first["loc"][0])].description
        raise SettingsError(f"{name}: {first['msg']}{shown}. {meaning}") from None
    except UnicodeDecodeError:  # what PowerShell's `echo ... > .env` writes
        raise SettingsError(".env: the file is not UTF-8 text; save it as UTF-8.") from None


def settings_table() -> str:
    """The table of docs/settings.md, in Markdown."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for name, info in Settings.model_fields.items():
        default = "" if info.default is None else f"`{info.default}`"
        if info.default_factory is not None:
            default = "the package's own"
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {info.description} |")
    return "\n".join(rows) + "\n"
