"""One connection to the server, with what we want of every session there, and what is wrong where there is none."""

from __future__ import annotations

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bot.errors import Refusal
from bot.i18n import mark
from bot.stores.postgres.speech import Link, records

CONNECT_SECONDS = 5
IDLE_SECONDS = 5  # a replica that fell asleep inside a transaction holds everybody up, for so long and no longer
GONE_MILLISECONDS = 10_000  # until a server that answers nothing any more counts as gone

WRONG_URL = mark(
    "LOABAN_DB: this is no address of a PostgreSQL database ({detail}). It looks like "
    "postgresql://name:password@host:5432/database"
)
NO_SERVER = mark("LOABAN_DB: there is no PostgreSQL at {where} ({detail}). Does it run, and may this machine reach it?")
WRONG_PASSWORD = mark("LOABAN_DB: {where} does not let us in: the name or the password is wrong.")
NO_DATABASE = mark("LOABAN_DB: {where} is no database yet; it is made with: createdb -E UTF8 -T template0 NAME")
NOT_ALLOWED = mark("LOABAN_DB: {where} lets us in, but not work there ({detail}). Make the role the owner of the database")
DENIED = "42501"  # an SQLSTATE


def connected(url: str, name: str, wait: float) -> Link:
    """Raises psycopg.Error."""
    settings = {
        "lock_timeout": f"{round(wait * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
        "default_transaction_isolation": "read\\ committed",
        "synchronous_commit": "on",
        "client_min_messages": "warning",
    }
    link: Link = psycopg.connect(
        url,
        autocommit=True,  # transactions begin and end where the store says
        row_factory=records,
        application_name=f"loaban {name}".strip(),
        client_encoding="utf8",
        connect_timeout=CONNECT_SECONDS,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=GONE_MILLISECONDS,
        options=" ".join(f"-c {key}={value}" for key, value in settings.items()),
    )
    return link


def refused(error: psycopg.Error, url: str) -> Refusal:
    """Why there is no connection, for a person; without the password."""
    detail = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
    if error.sqlstate == DENIED:
        return Refusal(NOT_ALLOWED, where=place(url), detail=detail)
    if isinstance(error, psycopg.ProgrammingError) or "connection option" in detail:
        return Refusal(WRONG_URL, detail=_without_secrets(detail, url))
    where = place(url)
    if "authentication failed" in detail or "no password supplied" in detail or ("role" in detail and "not exist" in detail):
        return Refusal(WRONG_PASSWORD, where=where)
    if "database" in detail and "does not exist" in detail:
        return Refusal(NO_DATABASE, where=where)
    return Refusal(NO_SERVER, where=where, detail=_without_secrets(detail, url))


def place(url: str) -> str:
    """host:port/database, for a person. Of what cannot be read, nothing is shown."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        return "PostgreSQL"
    host = str(parts.get("host") or "localhost")
    return f"{host}:{parts.get('port') or 5432}/{parts.get('dbname') or ''}"


def _without_secrets(detail: str, url: str) -> str:
    """libpq may quote the address, and so the password."""
    try:
        secret = conninfo_to_dict(url).get("password")
    except psycopg.Error:
        return "…"
    return detail.replace(str(secret), "•••") if secret else detail
