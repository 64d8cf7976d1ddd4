"""The software bill of materials: CycloneDX JSON, made of the pinned requirements and nothing else.

    python -m release.materials requirements.txt FILE

Needs no package, no network and no clock: the same requirements give the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)((?:[^\n\\]|\\\n)*)", re.MULTILINE)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(requirements: str, version: str) -> dict[str, object]:
    """`requirements` is the text of a requirements file with pins and hashes, `version` that of Loa Bản."""
    parts = list(_components(requirements))
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([version, parts], sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "loaban", "version": version}},
        "components": parts,
    }


def _components(requirements: str) -> Iterator[dict[str, object]]:
    for name, version, rest in PINNED.findall(requirements):
        plain = re.sub(r"[-_.]+", "-", name).lower()
        address = f"pkg:pypi/{plain}@{version}"
        yield {
            "type": "library",
            "bom-ref": address,
            "name": plain,
            "version": version,
            "purl": address,
            # One of these files was installed: which, is decided by the machine.
            "externalReferences": [
                {"type": "distribution", "url": address, "hashes": [{"alg": "SHA-256", "content": content}]}
                for content in HASH.findall(rest)
            ],
        }


def _own_version() -> str:
    found = re.search(r'^__version__ = "([^"]+)"', Path("bot/__init__.py").read_text("utf-8"), re.MULTILINE)
    return found[1] if found else "0"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill(source.read_text("utf-8"), _own_version()), indent=1) + "\n", "utf-8")
