"""The top-level domains of the Internet, out of the Public Suffix List of Mozilla that `publicsuffixlist` carries in itself.

The library's own look-up is not asked: it answers for suffixes under which one can register, and "za" is none of these.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from publicsuffixlist import PSLFILE

_BEGIN, _END = "// ===BEGIN ICANN DOMAINS===", "// ===END ICANN DOMAINS==="  # what follows belongs to companies: "blogspot.com"


@cache
def top_level_domains() -> frozenset[str]:
    """In small letters, those of other scripts in their own ("vn", "中国"). Read when they are first needed: it takes 40 ms."""
    icann = Path(PSLFILE).read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0]
    rules = (line.split()[0] for line in icann.splitlines() if line.strip() and not line.startswith("//"))
    return frozenset(rule.rpartition(".")[2].lower() for rule in rules)
