"""What an error of httpx says of a request that was not answered."""

from __future__ import annotations

import httpx

NO_CONNECTION = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


def never_left(error: BaseException | None) -> bool:
    """Whether no connection could be made, so that the vendor cannot have acted on the request."""
    return isinstance(error, NO_CONNECTION)
