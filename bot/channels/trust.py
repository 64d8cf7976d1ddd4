"""Whom a connection to a vendor trusts, and by which way it goes: what httpx reads from the environment."""

from __future__ import annotations

import ssl
from functools import cache

import httpx

from bot.errors import SettingsError
from bot.i18n import mark
from bot.settings import set_in_environment

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
KEYS = "SSLKEYLOGFILE"  # into which Python writes the keys of connections
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@cache
def trusted() -> ssl.SSLContext:
    """The certificate authorities, for all connections of this process: to read them takes 40 ms, once for each client.

    Raises SettingsError where what the environment says of certificates or proxies cannot be used.
    """
    try:
        context = httpx.create_ssl_context()
    except (OSError, ssl.SSLError) as error:
        if error.filename and set_in_environment([KEYS]):  # of certificates no name comes along
            raise SettingsError(
                mark("{name}: the file there cannot be written ({reason}). Unset it, unless somebody looks for a fault."),
                name=KEYS,
                reason=error.strerror,
            ) from None
        raise SettingsError(
            mark(
                "{names}: the certificates there cannot be read ({reason}). Name a file in PEM format that is there, or "
                "unset it."
            ),
            names=_set(CERTIFICATES),
            reason=getattr(error, "strerror", None) or error,
        ) from None
    _try_proxies(context)
    return context


def _try_proxies(context: ssl.SSLContext) -> None:
    """Of the value nothing is said: it may hold a password."""
    try:
        httpx.Client(verify=context).close()
    except ImportError:
        raise SettingsError(
            mark("{names}: a SOCKS proxy cannot be used. Name an HTTP proxy, as http://host:port, or unset it."),
            names=_set(PROXIES),
        ) from None
    except (ValueError, httpx.InvalidURL):
        raise SettingsError(
            mark(
                "{names}: this is no address of a proxy. Write http://host:port, an IPv6 address in brackets "
                "(http://[2001:db8::1]:3128); NO_PROXY is names of machines with commas between. Or unset it."
            ),
            names=_set(PROXIES),
        ) from None


def _set(names: tuple[str, ...]) -> str:
    """Those that are set, as they are spelt."""
    return ", ".join(set_in_environment(names)) or names[0]
