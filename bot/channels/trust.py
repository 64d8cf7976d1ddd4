"""Whom a connection to a vendor trusts."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """The certificate authorities, for all connections of this process: to read them takes 40 ms, once for each client."""
    return httpx.create_ssl_context()
