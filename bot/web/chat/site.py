"""Where the page stands: its address, who may frame it, and which proxies tell the truth. All of it comes from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.i18n import mark
from bot.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
UNKNOWN = "?"  # somebody whose address nobody can read counts as one
IPV6_HOME = 64  # bits of an address that a household has in common

NO_ADDRESS = mark(
    "LOABAN_WEB_URL: it is needed where the page listens on more than this machine, so that it knows its own address."
)
NO_NETWORK = mark("LOABAN_TRUSTED_PROXIES: “{written}” is no address and no network.")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Site:
    """`url` is "" where the page is open to this machine alone; `hours` is how long what was said is kept."""

    url: str
    embed: tuple[str, ...]
    proxies: tuple[Network, ...]
    hours: int

    @property
    def secure(self) -> bool:
        return self.url.startswith("https:")

    def origin(self, host: str) -> str | None:
        """The origin of our own pages to whoever came to this host; None where that is not us."""
        if self.url:
            return self.url if host == urlsplit(self.url).netloc else None
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        return f"http://{host}" if name in LOOPBACK else None

    def client(self, peer: str, forwarded: str) -> str:
        """Who asks, as limits count them. Proxies are believed for as long as they are ours, from the last one backwards."""
        hops = [peer, *reversed([hop.strip() for hop in forwarded.split(",") if hop.strip()])]
        found = next((hop for hop in hops if not self._is_proxy(hop)), hops[-1])
        return _household(found)

    def _is_proxy(self, hop: str) -> bool:
        try:
            address = ip_address(hop)
        except ValueError:
            return False
        return any(address in network for network in self.proxies)


def site_of(settings: Settings) -> Site:
    """Raises SettingsError."""
    host, _, _ = settings.web_listen.rpartition(":")
    if not settings.web_url and host not in LOOPBACK:
        raise SettingsError(NO_ADDRESS)
    return Site(
        settings.web_url.lower(),
        tuple(settings.embed_origins.replace(",", " ").split()),
        trusted_networks(settings),
        settings.keep_web_hours,
    )


def trusted_networks(settings: Settings) -> tuple[Network, ...]:
    """Those of the proxies in front of our pages. Raises SettingsError."""
    return tuple(_network(written) for written in settings.trusted_proxies.replace(",", " ").split())


def comes_from_us(headers: Mapping[str, list[str]], own: str) -> bool:
    """Whether a form was sent by a page of ours: every browser of today says so, old ones name the origin or the page."""
    for name, right in (("sec-fetch-site", "same-origin"), ("origin", own)):
        if values := headers.get(name):
            return values == [right]
    referers = headers.get("referer")
    return not referers or (len(referers) == 1 and f"{referers[0]}/".startswith(f"{own}/"))


def _network(written: str) -> Network:
    try:
        return ip_network(written, strict=False)
    except ValueError:
        raise SettingsError(NO_NETWORK, written=written) from None


def _household(written: str) -> str:
    """An address; of the long ones the part that one household has, for the rest changes as it likes."""
    try:
        address = ip_address(written)
    except ValueError:
        return UNKNOWN
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ip_network((address, IPV6_HOME), strict=False))
