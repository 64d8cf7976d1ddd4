"""One text as YAML, in quotes only where it needs them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bot.knowledge.yamlfile import parse_yaml

# Begins with a letter and holds nothing that means something in YAML: most of what people write. The rest is tried out.
_ORDINARY = re.compile(r"[^\W\d_][^\W_]+(?: [^\W_]+)+[?.!]?")
_NUMBER = re.compile(r"[-+]?(?:0[ox])?[\d.,_:]+(?:[eE][-+]?\d+)?")  # also those of YAML 1.2, such as 09
_ASKING = re.compile("[?:]")  # between brackets, not every program reads these without quotes
_UNSAFE = re.compile("[\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff]")


def as_scalar(text: str, *, flow: bool = False, bare: bool = False) -> str:
    """`text` as it stands behind a dash or a key; with `flow`, between brackets.

    `bare`: a number or a date that is meant as one stays without quotes.
    """
    if flow and _ASKING.search(text):
        return quoted(text)
    if _ORDINARY.fullmatch(text):
        return text
    numeric = not bare and _NUMBER.fullmatch(text) is not None
    if not numeric and not _UNSAFE.search(text) and _reads_back(text, flow=flow, bare=bare):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _reads_back(text: str, *, flow: bool, bare: bool) -> bool:
    """Whether our reader takes the bare text for itself, and no other program takes it for something else."""
    document = parse_yaml(Path(), (f"- [{text}, {text}]" if flow else f"- - {text}\n  - {text}").encode("utf-8", "replace"))
    return document.value == [[text, text]] and not document.faults and (bare or not document.misread)
