"""Settings, read once from the environment (prefix LOABAN_) and `.env` into a frozen value. Never read at import."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from socket import gethostname
from typing import Annotated, Literal

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError, WrongSetting
from bot.i18n import mark

PREFIX = "LOABAN_"
SCHEMES = ("postgresql://", "postgres://")
PASSWORD = re.compile(r"(?<=//)([^:/@]*):([^@]*)(?=@)")


def default_home() -> Path:
    """Where `intents/`, `content/` and `locales/` are: inside the installed package, or the checkout it runs from."""
    package = Path(__file__).resolve().parent
    packed = package / "data"
    return packed if packed.is_dir() else package.parent


@dataclass(frozen=True, slots=True)
class Server:
    """A database on a PostgreSQL server. As text it is the address without the password."""

    url: SecretStr

    def __str__(self) -> str:
        return PASSWORD.sub(r"\1", self.url.get_secret_value(), count=1)

    @property
    def password(self) -> str:
        """As it stands in the address; "" for none."""
        found = PASSWORD.search(self.url.get_secret_value())
        return found[2] if found else ""


def as_database(text: str) -> Path | Server:
    """What begins like the address of a server is one; all else is a path."""
    return Server(SecretStr(text)) if text.startswith(SCHEMES) else Path(text)


def _as_database(given: object) -> object:
    return as_database(given) if isinstance(given, str) else given


class Settings(BaseSettings):
    """Everything that can be set; `docs/settings.md` is generated from these descriptions."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    home: Path = Field(
        default_factory=default_home,
        description="Folder that holds `intents/`, `content/` and `locales/`.",
    )
    db: Annotated[Path | Server, BeforeValidator(_as_database)] = Field(
        default=Path("loaban.db"),
        description="The SQLite file that keeps sessions, handled updates, consent and counts; or, for several replicas, the "
        "address of a PostgreSQL database (postgresql://name:password@host/database).",
    )
    replica: str = Field(
        default="",
        pattern=r"^[\w.-]{0,60}$",
        description="Name of this replica among those that share a PostgreSQL database; else that of the machine.",
    )
    db_connections: int = Field(
        default=6,
        ge=2,
        le=100,
        description="Connections of this replica to PostgreSQL; one more tells it what others stored.",
    )
    lang: str = Field(
        default="vi",
        pattern="^[a-z]{2,3}$",
        description="Language of a resident who has not chosen one, and of the command line.",
    )
    cache: Path | None = Field(
        default=None,
        description="Folder for the built matcher; else the user's cache folder.",
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
        description="Token from @BotFather; with it `loaban run` starts Telegram.",
    )
    telegram_api: str = Field(
        default="https://api.telegram.org/bot",
        pattern=r"^https?://.+/bot$",
        description="Base URL of the Bot API, with `/bot`; a local server can stand in.",
    )
    telegram_poll_seconds: int = Field(
        default=30,
        ge=0,
        le=50,
        description="How long one request for updates waits.",
    )
    listen: str = Field(
        default="127.0.0.1:8080",
        pattern=r"^\S+:\d{1,5}$",
        description="host:port of the server for webhooks, `/healthz` and `/metrics`. Put a proxy with HTTPS in front.",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://\S+[^/\s])?$",
        description="Address under which vendors reach the server, without a slash at the end. With it channels work by "
        "webhook, without it by polling.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        max_length=256,
        description="What vendors show with every webhook, at least 16 signs; needed where LOABAN_PUBLIC_URL is set.",
    )
    zalo_bot_token: SecretStr | None = Field(
        default=None,
        description="Token from the Zalo Bot Platform; with it `loaban run` starts Zalo Bot.",
    )
    zalo_bot_api: str = Field(
        default="https://bot-api.zaloplatforms.com/bot",
        pattern=r"^https?://.+/bot$",
        description="Base URL of the Zalo Bot API, with `/bot`.",
    )
    zalo_bot_poll_seconds: int = Field(
        default=30,
        ge=0,
        le=50,
        description="How long one request for an event waits.",
    )
    zalo_bot_rate: float = Field(
        default=5.0,
        gt=0,
        le=50,
        description="Announcements a second on Zalo Bot, which publishes no figure.",
    )
    zalo_oa_app_id: str = Field(
        default="",
        pattern=r"^\d{0,30}$",
        description="Id of the Zalo app; with it and both secrets `loaban run` starts Zalo OA.",
    )
    zalo_oa_app_secret: SecretStr | None = Field(
        default=None,
        description="Secret key of the Zalo app; it refreshes the tokens.",
    )
    zalo_oa_secret: SecretStr | None = Field(
        default=None,
        description="OA secret key, with which Zalo signs webhooks.",
    )
    zalo_oa_api: str = Field(
        default="https://openapi.zalo.me",
        pattern=r"^https?://\S+[^/\s]$",
        description="Base URL of the Zalo Official Account API.",
    )
    zalo_oa_oauth: str = Field(
        default="https://oauth.zaloapp.com",
        pattern=r"^https?://\S+[^/\s]$",
        description="Base URL where its tokens come from.",
    )
    zalo_oa_rate: float = Field(
        default=10.0,
        gt=0,
        le=60,
        description="Announcements a second on Zalo OA, which takes 4,000 calls a minute in all.",
    )
    zalo_oa_signed_id: Literal["app", "oa"] = Field(
        default="app",
        description="Whose id a webhook's signature begins with: the app's, or the account's (as some report).",
    )
    zalo_oa_window_hours: int = Field(
        default=48,
        ge=1,
        le=168,
        description="How long after their message the Official Account writes to people; 48 hours are free.",
    )
    telegram_name: str = Field(
        default="",
        pattern=r"^\w{0,32}$",
        description="User name of the Telegram bot without @; with it invitations are links.",
    )
    telegram_rate: float = Field(
        default=25.0,
        gt=0,
        le=26,
        description="Announcements a second on Telegram, which takes 30 messages a second in all.",
    )
    approval_above: int = Field(
        default=500,
        ge=0,
        description="An announcement to more people than this is approved by a second person.",
    )
    allowed_links: str = Field(
        default="gov.vn, vbsp.org.vn, baodienbienphu.vn",
        description="Domains, with commas between, that officers may link to; owners and admins may link anywhere.",
    )
    quiet_hours: str = Field(
        default="21:00-06:30",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$",
        description="The night in Điện Biên, when only urgent announcements go out. Subscribers are promised 21:00 to "
        "6:30: mend the sentence in `locales/`, too.",
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
        description="Days after which the recipients of a finished announcement become mere counts. Subscribers are promised "
        "60: mend the sentence in `locales/`, too.",
    )
    remind_minutes: int = Field(
        default=30,
        ge=1,
        le=1440,
        description="Minutes of office time (`content/offices.yaml`) until officers are reminded of a question that waits; "
        "after as many again the administrators are told.",
    )
    idle_hours: int = Field(
        default=48,
        ge=1,
        le=720,
        description="Hours without a word after which a talk with an officer is closed and the bot answers again; where the "
        "resident waits for the officer, it goes to the colleagues.",
    )
    keep_questions_days: int = Field(
        default=90,
        ge=1,
        le=365,
        description="Days for which a question that was not answered well is kept for `loaban review`, without the person. "
        "Residents are promised 90: mend the sentence in `intents/system/privacy-data.yaml`, too.",
    )
    keep_cases_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="Days after its end when a question that was passed on, and the talk about it, is deleted. Residents are "
        "promised 30: mend the sentence in `locales/`, too.",
    )
    web_listen: str = Field(
        default="",
        pattern=r"^(\S+:\d{1,5})?$",
        description="host:port of the page on which residents ask in a browser; with it `loaban run` serves one. Put a proxy "
        "with HTTPS in front.",
    )
    web_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/]+)?$",
        description="Address under which people open that page, without a slash at the end. Only a page that listens on this "
        "machine alone can do without.",
    )
    console_listen: str = Field(
        default="",
        pattern=r"^(\S+:\d{1,5})?$",
        description="host:port of the console, the page on which staff work; with it `loaban run` serves one. Put a proxy with "
        "HTTPS in front.",
    )
    console_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s/]+)?$",
        description="Address under which staff open the console, without a slash at the end, and of another name than "
        "LOABAN_WEB_URL. Only a console that listens on this machine alone can do without.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1, ::1",
        description="Addresses or networks, with commas between, of the proxies in front of the pages: whom they name in "
        "`X-Forwarded-For` is who asks.",
    )
    embed_origins: str = Field(
        default="",
        pattern=r"^(https?://[^\s/,;'\"]+([,\s]+|$))*$",
        description="Sites, such as `https://muongang.dienbien.gov.vn`, with commas between, that may frame the page.",
    )
    keep_web_hours: int = Field(
        default=24,
        ge=1,
        le=168,
        description="Hours for which what was said on the page is kept. Residents are promised a day: mend the sentence in "
        "`intents/system/privacy-data.yaml`, too.",
    )
    zalo_url: str = Field(
        default="",
        pattern=r"^(https://\S+)?$",
        description="Address that opens Loa Bản in Zalo, such as `https://zalo.me/...`: the page and posters lead there.",
    )
    disk_floor_mb: int = Field(
        default=100,
        ge=0,
        description="Free disk space in megabytes below which no announcement is sent.",
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
        context = first.get("ctx", {})
        values = {
            "name": name,
            "shown": "•••" if secret else f"“{first['input']}”",
            "limit": context.get("ge", context.get("le", "")),
            "allowed": context.get("expected", "").replace(" or ", ", ").replace("'", ""),
        }
        raise WrongSetting(f"{name}: {first['msg']}{shown}. {meaning}", first["type"], values) from None
    except UnicodeDecodeError:  # what PowerShell's `echo ... > .env` writes
        raise SettingsError(mark(".env: the file is not UTF-8 text; save it as UTF-8.")) from None


def set_in_environment(names: Iterable[str]) -> list[str]:
    """Those of these variables, which libraries read, that are set: as they are spelt, in capitals or in small letters."""
    return [spelling for name in names for spelling in (name, name.lower()) if os.environ.get(spelling)]


def language_asked() -> str:
    """That of the command line, where the settings as a whole cannot be used."""
    return os.environ.get(f"{PREFIX}LANG") or str(Settings.model_fields["lang"].default)


def unknown_settings() -> list[tuple[str, str | None]]:
    """What begins like a setting of ours, in the environment or `.env`, and is none; with the one that was probably meant."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    try:
        written = dotenv_values(".env", interpolate=False)
    except (OSError, UnicodeDecodeError):  # told where the settings are loaded
        written = {}
    names = {name.upper() for name in (*os.environ, *written) if name.upper().startswith(PREFIX)}
    return [(name, next(iter(get_close_matches(name, sorted(known), n=1)), None)) for name in sorted(names - known)]


def revealed(secret: SecretStr | None) -> str:
    """What a secret is; "" where none is given."""
    return secret.get_secret_value() if secret is not None else ""


def replica_name(settings: Settings) -> str:
    """Under which this process is known to those that share its database."""
    return settings.replica or gethostname()


def secrets_in(settings: Settings) -> list[str]:
    """Everything that no log line may show: whatever is given for a field that is a secret."""
    fields = (getattr(settings, name) for name in Settings.model_fields)
    return [secret for value in fields for secret in _secrets_of(value)]


def _secrets_of(value: object) -> list[str]:
    """Of a server the password as well: libpq may tell of it alone."""
    if isinstance(value, Server):
        return [found for found in (revealed(value.url), value.password) if found]
    return [revealed(value)] if isinstance(value, SecretStr) else []


def settings_list() -> str:
    """The list of docs/settings.md, in Markdown: each setting with its default, if it has one."""
    rows = []
    for name, info in Settings.model_fields.items():
        default = "the package's own" if info.default_factory is not None else f"`{info.default}`" if info.default else ""
        rows.append(f"- `{PREFIX}{name.upper()}`{f' ({default})' if default else ''}: {info.description}\n")
    return "".join(rows)
