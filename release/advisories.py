"""Whether anything is known against a pinned package: by a list that lies here, and by pip-audit where its data can be reached.

    python -m release.advisories requirements.txt

Ends with code 1 where something is known. Without a network it says that only the list was looked at.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from packaging.requirements import Requirement

DATA = "https://pypi.org/pypi/pip/json"  # where pip-audit asks, package by package
LISTED = Path(__file__).parent / "known_advisories.txt"
SECONDS = 5.0
UNCHECKED = "Newer advisories were not checked"

_PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)


def reached() -> str:
    """Why the data cannot be reached; "" where it can."""
    try:
        with urllib.request.urlopen(DATA, timeout=SECONDS):
            return ""
    except (urllib.error.URLError, OSError, ValueError) as error:
        return str(getattr(error, "reason", None) or error)


def asked(requirements: str) -> str:
    """What pip-audit says, as JSON; "" where it says nothing."""
    how = ["--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
    line = [sys.executable, "-m", "pip_audit", *how, "-r", requirements]
    return subprocess.run(line, check=False, capture_output=True, text=True).stdout  # noqa: S603


def listed(requirements: str) -> list[str]:
    """What the list knows against the pins of a file: package, version, advisory."""
    pins = _PIN.findall(Path(requirements).read_text("utf-8"))
    lines = [line for line in LISTED.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    known = [(Requirement(versions), id_) for versions, id_ in map(str.split, lines)]
    return [
        f"{name} {version}: {id_}"
        for name, version in pins
        for requirement, id_ in known
        if requirement.name == name and requirement.specifier.contains(version, prereleases=True)
    ]


def audit(
    requirements: str,
    *,
    installed: Callable[[], bool] = lambda: importlib.util.find_spec("pip_audit") is not None,
    trouble: Callable[[], str] = reached,
    ask: Callable[[str], str] = asked,
) -> tuple[int, str]:
    """The code to end with, and what to say."""
    if known := listed(requirements):
        return 1, _against(known)
    if not installed():
        return 0, f"{UNCHECKED}: pip-audit is not installed (make audit installs it)."
    if why := trouble():
        return 0, f"{UNCHECKED}: {DATA} cannot be reached ({why})."
    try:
        packages = json.loads(ask(requirements))["dependencies"]
    except (ValueError, KeyError):
        return 0, f"{UNCHECKED}: pip-audit gave no answer."
    known = [f"{one['name']} {one['version']}: {bad['id']}" for one in packages for bad in one.get("vulns", ())]
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if known:
        return 1, _against(known)
    if skipped:  # a mirror without the data knows nothing of any package
        return 0, f"{UNCHECKED} for {len(skipped)} of {len(packages)} packages: their data cannot be had here."
    return 0, f"{requirements}: nothing is known against {len(packages)} packages."


def _against(known: list[str]) -> str:
    return "\n".join(["Something is known against these:", *known])


if __name__ == "__main__":
    code, said = audit(sys.argv[1])
    sys.stdout.write(said + "\n")
    sys.exit(code)
