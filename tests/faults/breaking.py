"""The real content, broken in ten thousand ways: as editors, people in a hurry, git and bad disks break it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.files import content_files

KINDS = {"intents": 60, "content/facts": 14, "content": 14, "locales": 12}  # how often each is broken, in percent
NAMES = (
    "id",
    "topic",
    "class",
    "urgency",
    "scope",
    "review",
    "referral",
    "related",
    "facts",
    "question",
    "short",
    "more",
    "examples",
)
ODD_VALUES = (
    *("", "~", "null", "yes", "no", "12:30", "0x1F", "1e5", "2026-02-30", "2026-12-31", "99999999999999999999", "-1", "6,6"),
    *("[]", "{}", "[a, b]", "{vi: x}", "- x", "|", ">-", "&a x", "*a", "!!python/object/apply:os.system [ls]", "!!binary aGk="),
    *(
        "'",
        '"',
        "x: y",
        "# x",
        "%",
        "@x",
        "`x`",
        "---",
        "...",
        "? x",
        "<<: *a",
        "{no-such-fact}",
        "{",
        "}",
        "{}",
        "12 triệu",
        "x" * 300,
    ),
)
ODD_SIGNS = (
    "\t",
    "\x00",
    "\x1b",
    "\r",
    "\u2028",
    "\ufeff",
    "\u200b",
    "\u00a0",
    "\u202e",
    "\ud7ff",
    "\U0001f4e2",
    "\x85",
    "\x07",
)
BAD_BYTES = (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x80", b"\xfe\xff", b"\xc0\xaf")
CODINGS = ("utf-16", "utf-32", "cp1258", "utf-8-sig", "utf-7", "latin-1")
HUGE = 300_000  # characters in one line


@dataclass(frozen=True, slots=True)
class Variant:
    """`files` are written (None: removed) over the good content. `how` names what was done, for whoever reads a failure."""

    how: str
    files: Mapping[Path, bytes | None]


class Breaker:
    """Variants of the content under `home`, always the same for a seed."""

    def __init__(self, home: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.home = home
        self._good = {path: path.read_bytes() for path in content_files(home)}
        self._by_kind: dict[str, list[Path]] = {kind: [] for kind in KINDS}
        for path in self._good:
            name = path.relative_to(home).as_posix()
            self._by_kind[next(kind for kind in ("content/facts", *KINDS) if name.startswith(kind))].append(path)

    def variant(self) -> Variant:
        """The next one: one file, rarely two, changed in one to three ways."""
        files: dict[Path, bytes | None] = {}
        done = []
        for _ in range(self.chance.choice((1, 1, 1, 1, 1, 2))):
            path = self.chance.choice(self._by_kind[self.chance.choices(list(KINDS), list(KINDS.values()))[0]])
            if self.chance.random() < 0.06:
                way = self.chance.choice((self._remove, self._rename, self._copy, self._take_the_place_of_another))
                way(path, files)
                done.append(f"{way.__name__.strip('_')} {path.name}")
                continue
            data = self._good[path]
            for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
                change = self.chance.choice(CHANGES)
                data = change(self, data)
                done.append(f"{change.__name__.strip('_')} in {path.name}")
            files[path] = data
        return Variant("; ".join(done), files)

    # --- whole files ---

    def _remove(self, path: Path, files: dict[Path, bytes | None]) -> None:
        files[path] = None

    def _rename(self, path: Path, files: dict[Path, bytes | None]) -> None:
        files[path] = None
        files[
            path.with_name(self.chance.choice((f"{path.stem}-2{path.suffix}", f"{path.stem}.yml", f"x {path.name}", "ố.yaml")))
        ] = self._good[path]

    def _copy(self, path: Path, files: dict[Path, bytes | None]) -> None:
        files[path.with_name(f"{path.stem}{self.chance.choice((' (1)', '-copy', '.orig', '.LOCAL.1'))}{path.suffix}")] = (
            self._good[path]
        )

    def _take_the_place_of_another(self, path: Path, files: dict[Path, bytes | None]) -> None:
        other = self.chance.choice(list(self._good))
        files[path], files[other] = self._good[other], self._good[path]

    # --- lines ---

    def _lines(self, data: bytes, change: Callable[[list[bytes], int], None]) -> bytes:
        lines = data.split(b"\n")
        change(lines, self.chance.randrange(len(lines)))
        return b"\n".join(lines)

    def _delete_lines(self, data: bytes) -> bytes:
        def change(lines: list[bytes], at: int) -> None:
            del lines[at : at + self.chance.choice((1, 1, 1, 2, 5, 40))]

        return self._lines(data, change)

    def _double_lines(self, data: bytes) -> bytes:
        def change(lines: list[bytes], at: int) -> None:
            lines[at:at] = lines[at : at + self.chance.choice((1, 1, 3, 20))]

        return self._lines(data, change)

    def _move_line(self, data: bytes) -> bytes:
        def change(lines: list[bytes], at: int) -> None:
            lines.insert(self.chance.randrange(len(lines)), lines.pop(at))

        return self._lines(data, change)

    def _join_lines(self, data: bytes) -> bytes:
        def change(lines: list[bytes], at: int) -> None:
            lines[at : at + 2] = [self.chance.choice((b"", b" ")).join(lines[at : at + 2])]

        return self._lines(data, change)

    def _shift_lines(self, data: bytes) -> bytes:
        def change(lines: list[bytes], at: int) -> None:
            by = self.chance.choice((-4, -2, -1, 1, 2, 3, 4))
            for place in range(at, min(at + self.chance.choice((1, 1, 3, 30)), len(lines))):
                line = lines[place]
                lines[place] = b" " * by + line if by > 0 else line[min(-by, len(line) - len(line.lstrip())) :]

        return self._lines(data, change)

    def _tab(self, data: bytes) -> bytes:
        def change(lines: list[bytes], at: int) -> None:
            lines[at] = b"\t" + lines[at].lstrip(b" ")

        return self._lines(data, change)

    def _conflict(self, data: bytes) -> bytes:
        """As `git merge` leaves it when both sides changed a line."""

        def change(lines: list[bytes], at: int) -> None:
            ours = lines[at : at + self.chance.choice((1, 2, 5))]
            theirs = [line + b" x" for line in ours]
            end = at + len(ours)
            lines[at:end] = [b"<<<<<<< HEAD", *ours, b"=======", *theirs, b">>>>>>> theirs"]

        return self._lines(data, change)

    def _half_a_conflict(self, data: bytes) -> bytes:
        def change(lines: list[bytes], at: int) -> None:
            lines.insert(at, self.chance.choice((b"<<<<<<< HEAD", b"=======", b">>>>>>> theirs", b"||||||| 1234567")))

        return self._lines(data, change)

    def _huge_line(self, data: bytes) -> bytes:
        def change(lines: list[bytes], at: int) -> None:
            lines[at] += self.chance.choice((b"x", b" x", b"[", b"- ", b"a: ", b"{")) * HUGE

        return self._lines(data, change)

    # --- keys and values ---

    def _misspell_key(self, data: bytes) -> bytes:
        return self._replaced(
            rb"(?m)^( *(?:- )?)([\w-]+):", lambda key: key[:1] + key[2:] if len(key) > 2 else key + b"x", 2, data
        )

    def _other_key(self, data: bytes) -> bytes:
        return self._replaced(rb"(?m)^( *)([\w-]+):", lambda _: self.chance.choice(NAMES).encode(), 2, data)

    def _no_colon(self, data: bytes) -> bytes:
        return self._replaced(rb"(?m)^ *[\w-]+(:)", lambda _: self.chance.choice((b"", b";", b" ", b"::", b" =")), 1, data)

    def _odd_value(self, data: bytes) -> bytes:
        return self._replaced(rb"(?m)^ *(?:- |[\w-]+: )(.+)$", lambda _: self.chance.choice(ODD_VALUES).encode(), 1, data)

    def _odd_reference(self, data: bytes) -> bytes:
        return self._replaced(
            rb"(?m)(\{[a-z0-9.-]+\}|(?<=: )[a-z][a-z0-9-]+$|\[[a-z0-9, -]+\])",
            lambda found: found[:-1] + b"x" + found[-1:] if self.chance.random() < 0.5 else b"{nowhere}",
            1,
            data,
        )

    def _odd_figure(self, data: bytes) -> bytes:
        return self._replaced(
            rb"(?m)^ *[\w-]+: .*?(\d+)", lambda _: self.chance.choice((b"1O0", b"", b"-", b"1.000.000", b"9" * 400)), 1, data
        )

    def _unquote(self, data: bytes) -> bytes:
        return self._replaced(rb"([\"'])", lambda _: self.chance.choice((b"", b'"', b"'", b"\xe2\x80\x9c")), 1, data)

    def _odd_message(self, data: bytes) -> bytes:
        """Of a catalogue: other names in braces, a text without an end."""
        return self._replaced(
            rb"(\{\w+\}|\"$|msgstr|msgid|\\n)",
            lambda _: self.chance.choice((b"{x}", b"{", b"", b"}", b"{0}", b"{a.b}")),
            1,
            data,
        )

    def _replaced(self, pattern: bytes, make: Callable[[bytes], bytes], group: int, data: bytes) -> bytes:
        places = list(re.finditer(pattern, data))
        if not places:
            return self._junk(data)
        place = self.chance.choice(places)
        return data[: place.start(group)] + make(place[group]) + data[place.end(group) :]

    # --- bytes ---

    def _cut_off(self, data: bytes) -> bytes:
        return data[: self.chance.randrange(len(data) + 1)]

    def _empty(self, data: bytes) -> bytes:
        return self.chance.choice((b"", b"\n", b"   \n\n", b"# nothing\n", b"---\n", b"null\n", b"[]\n", b"{}\n", b"x\n"))

    def _odd_sign(self, data: bytes) -> bytes:
        return self._put(data, self.chance.choice(ODD_SIGNS).encode("utf-8", "surrogatepass"))

    def _bad_byte(self, data: bytes) -> bytes:
        return self._put(data, self.chance.choice(BAD_BYTES))

    def _zeros(self, data: bytes) -> bytes:
        """The block of a disk that was not written before the power went."""
        at = self.chance.randrange(len(data) + 1)
        return data[:at] + bytes(len(data[at : at + 512])) + data[at + 512 :]

    def _junk(self, data: bytes) -> bytes:
        at = self.chance.randrange(len(data) + 1)
        return data[:at] + self.chance.randbytes(3) + data[at + 3 :]

    def _flip(self, data: bytes) -> bytes:
        if not data:
            return data
        at = self.chance.randrange(len(data))
        return data[:at] + bytes([data[at] ^ (1 << self.chance.randrange(8))]) + data[at + 1 :]

    def _other_coding(self, data: bytes) -> bytes:
        return data.decode("utf-8", "replace").encode(self.chance.choice(CODINGS), "replace")

    def _other_line_ends(self, data: bytes) -> bytes:
        return data.replace(b"\n", self.chance.choice((b"\r\n", b"\r", b"\n\n", "\u2028".encode())))

    def _alias(self, data: bytes) -> bytes:
        data = self._replaced(rb"(?m)^ *(?:- |[\w-]+: )()", lambda _: b"&a ", 1, data)
        return self._replaced(rb"(?m)^ *(?:- |[\w-]+: )(.+)$", lambda _: b"*a", 1, data)

    def _twice(self, data: bytes) -> bytes:
        return data + self.chance.choice((b"", b"---\n", b"...\n", b"\x00")) + data

    def _put(self, data: bytes, what: bytes) -> bytes:
        at = self.chance.randrange(len(data) + 1)
        return data[:at] + what + data[at:]


CHANGES: Sequence[Callable[[Breaker, bytes], bytes]] = (
    Breaker._delete_lines,
    Breaker._delete_lines,
    Breaker._double_lines,
    Breaker._move_line,
    Breaker._join_lines,
    Breaker._shift_lines,
    Breaker._shift_lines,
    Breaker._tab,
    Breaker._conflict,
    Breaker._half_a_conflict,
    Breaker._huge_line,
    Breaker._misspell_key,
    Breaker._other_key,
    Breaker._no_colon,
    Breaker._odd_value,
    Breaker._odd_value,
    Breaker._odd_reference,
    Breaker._odd_figure,
    Breaker._unquote,
    Breaker._odd_message,
    Breaker._cut_off,
    Breaker._empty,
    Breaker._odd_sign,
    Breaker._bad_byte,
    Breaker._zeros,
    Breaker._junk,
    Breaker._flip,
    Breaker._other_coding,
    Breaker._other_line_ends,
    Breaker._alias,
    Breaker._twice,
)
