"""What apps make something to tap in a text, and where it leads: links are what makes fraud easy."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from urllib.parse import unquote

from bot.announcements.cleaning import clean
from bot.announcements.top_level_domains import top_level_domains


def links(text: str) -> tuple[str, ...]:
    """Where the things lead that apps make something to tap, in small letters, each once, in order.

    A host ("dienbien.gov.vn", punycode decoded), a name ("@some_bot"), or scheme and host where an app other than the
    browser is opened ("tg://resolve"). Rather one too many than one too few: apps differ in what they recognise.
    """
    return tuple(dict.fromkeys(host for host, _ in _found(text)))


def forbidden_links(text: str, allowed: Collection[str]) -> tuple[str, ...]:
    """The links that lead neither to an allowed domain nor below one: "gov.vn" allows "dienbien.gov.vn"."""
    return tuple(host for host in links(text) if not any(_covers(domain, host) for domain in allowed))


def suspicious_links(text: str) -> tuple[str, ...]:
    """The links made to look like another: letters beyond a to z, a user name before the host, a number for a host."""
    return tuple(dict.fromkeys(host for host, hidden in _found(text) if hidden or _imitates(host)))


def _covers(domain: str, host: str) -> bool:
    domain = domain.strip().lower().strip(".")
    if host.startswith("@") or "://" in host:
        return host == domain
    return f".{host}".endswith(f".{domain}")


def _imitates(host: str) -> bool:
    host = host.rpartition("://")[2]
    return not host.isascii() or "xn--" in host or ":" in host or _NUMERIC.fullmatch(host) is not None


_WORD = r"\w\-\u0300-\u036f\u064b-\u065f\u0900-\u0eff"  # letters, and marks on letters of other scripts
_SIGN = r"\u2190-\u2bff\U0001f000-\U0001faff"  # "👉bit.ly" is a hand and a host, but "👉.ws" is a host
_LABEL = rf"(?:(?<![{_WORD}])[{_WORD}]++|(?<![{_SIGN}])[{_SIGN}]++)"
_DOTTED = rf"{_LABEL}(?:\.{_LABEL})+"
_BRACKETS = r"""\s<>(){}"'`“”‘’«»,;"""
_ADDRESS = re.compile(
    rf"""
      (?P<scheme>[a-z][a-z0-9+.-]{{1,30}}):[/\\]{{2,}}(?P<authority>[^/\\?\#{_BRACKETS}]*)
    | (?<!\w)@(?P<name>[a-z][a-z0-9_]{{3,31}})(?!\w)
    | (?P<www>(?<![{_WORD}])www[0-9]?\.{_LABEL}(?:\.{_LABEL})*)
    | [\w.+%-]{{1,64}}@(?P<mail>{_LABEL}(?:\.{_LABEL})*\.[a-z]{{2,}}(?![{_WORD}]))
    | (?P<bare>{_DOTTED})
    """,
    re.VERBOSE | re.IGNORECASE,
)
_REST = re.compile(rf"(?::[0-9]+)?(?:/[^{_BRACKETS}]*|[?#]\w[^{_BRACKETS}]*)?")  # port and path
_HOST = re.compile(rf"\[([0-9a-f:.]+)\]|([{_WORD}{_SIGN}.]+)", re.IGNORECASE)
_NUMERIC = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)(?:\.(?:[0-9]+|0x[0-9a-f]*))*")  # 3627734734 is an address too
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_QUAD = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")
_MONEY = re.compile(r"\s*(?:đồng|đ\b|vnđ|vnd|₫)", re.IGNORECASE)
_WIDE_STOP = re.compile(r"。(?=[A-Za-z0-9])")  # browsers read it as a dot
_SYLLABLE = re.compile(r"(?=.?[aeiouy])[A-Z][a-z]|Xin")  # a top-level domain that is also how a sentence begins


def _found(text: str) -> Iterator[tuple[str, bool]]:
    """(where it leads, whether that is hidden behind something else), in order, with repeats."""
    text = unicodedata.normalize("NFKC", re.sub("[\ufe0e\ufe0f]", "", clean(text)))
    text = _WIDE_STOP.sub(".", text)
    position = path_end = 0
    while found := _ADDRESS.search(text, position):
        position = found.end()
        host, hidden = "", False
        if found["scheme"]:  # also inside a path: that is how one site forwards to another
            host, hidden = _behind(found["scheme"].lower(), found["authority"])
        elif found.start() < path_end:
            continue
        elif found["name"]:
            yield "@" + found["name"].lower(), False
            position = found.start("name")
            continue
        elif found["www"] or found["mail"]:
            host = found["www"] or _bare(found["mail"], opened=False) or found["mail"]
        else:
            host = _bare(found["bare"], opened=_rest_end(text, position) > position)
            if _QUAD.fullmatch(found["bare"]) and not _MONEY.match(text, position):
                host = found["bare"]
        if host := _plain(host):
            path_end = max(path_end, position) if found.start() < path_end else _rest_end(text, position)
            yield host, hidden


def _rest_end(text: str, position: int) -> int:
    """Where the port and path that follow a host end; `position` where there are none."""
    rest = _REST.match(text, position)
    return rest.end() if rest else position


def _behind(scheme: str, authority: str) -> tuple[str, bool]:
    """The host of an address with a scheme, and whether it is hidden: https://dienbien.gov.vn@evil.com is evil.com."""
    _, at, last = authority.rpartition("@")
    found = _HOST.match(unicodedata.normalize("NFKC", unquote(last)))
    host = (found[1] or found[2]) if found else ""
    if not scheme.endswith(("http", "https", "ftp")):
        host = f"{scheme}://{_plain(host)}"
    return host, bool(at) or "%" in last


def _bare(dotted: str, *, opened: bool) -> str:
    """What apps take for a host in words joined by full stops, "" where it is prose; `opened`: a port or path follows."""
    labels = dotted.split(".")
    ends = [end for end in range(1, len(labels)) if _top_level(labels[end])]
    if not ends:
        return ""
    if opened:
        return dotted
    last = ends[-1]
    if len(ends) == 1 and _begins_sentence(labels[last - 1], labels[last]):
        return ""
    return ".".join([*labels[:last], _top_level(labels[last])])


def _top_level(label: str) -> str:
    """The top-level domain that a label is or begins with, "" for none."""
    if label.lower().startswith("xn--"):
        return label
    head = re.split("[-_]", label, maxsplit=1)[0]
    if head.lower() in top_level_domains():
        return head
    foreign = any(sign.isalpha() and not unicodedata.name(sign, "").startswith("LATIN") for sign in head)
    return head if foreign and len(head) > 1 and not any(sign.isdigit() for sign in head) else ""


def _begins_sentence(before: str, label: str) -> bool:
    """A space is missing after a full stop: "họp.Ai", "con.Ba", "2.Do". Telegram makes no link of these either."""
    latin = all(unicodedata.name(sign, "").startswith("LATIN") for sign in before)
    word = before.isdigit() or len(before) <= 3 or (latin and not before.isascii())
    return word and _SYLLABLE.fullmatch(label) is not None


def _plain(host: str) -> str:
    """A host as it is compared: small letters, no stray dots, punycode decoded."""
    if "://" in host:
        return host
    return ".".join(_decoded(label) for label in host.lower().strip("._-").split(".") if label)


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        name = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return name if not name.isascii() and name.isprintable() else label  # "xn--gov-" is not "gov"
