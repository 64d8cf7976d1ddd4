"""Whether anything is known against a pinned package: pip-audit, where it and its data can be reached, and said where not.

    python -m release.advisories requirements.txt

Ends with code 1 only where something is known. Without a network nothing fails: it says that nothing was checked.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable

DATA = "https://pypi.org/pypi/pip/json"  # where pip-audit asks, package by package
SECONDS = 5.0
UNCHECKED = "Known advisories were not checked"


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


def audit(
    requirements: str,
    *,
    installed: Callable[[], bool] = lambda: importlib.util.find_spec("pip_audit") is not None,
    trouble: Callable[[], str] = reached,
    ask: Callable[[str], str] = asked,
) -> tuple[int, str]:
    """The code to end with, and what to say."""
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
        return 1, "\n".join(["Something is known against these:", *known])
    if skipped:  # a mirror without the data knows nothing of any package
        return 0, f"{UNCHECKED} for {len(skipped)} of {len(packages)} packages: their data cannot be had here."
    return 0, f"{requirements}: nothing is known against {len(packages)} packages."


if __name__ == "__main__":
    code, said = audit(sys.argv[1])
    sys.stdout.write(said + "\n")
    sys.exit(code)
