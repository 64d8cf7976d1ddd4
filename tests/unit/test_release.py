"""What a release promises: an image whose code its user cannot change, limits, and a list of all that is in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from release.advisories import audit
from release.materials import bill

REQUIREMENTS = """\
python-telegram-bot==22.5 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
et_xmlfile==2.0.0 ; python_version < "4" \\
    --hash=sha256:{b}
""".format(a="a" * 64, b="b" * 64)


def test_the_container_has_limits_of_memory_and_processes(home: Path) -> None:
    service = yaml.safe_load((home / "compose.yaml").read_text("utf-8"))["services"]["loaban"]
    assert re.fullmatch(r"\d+[mg]", str(service["mem_limit"]))
    assert service["memswap_limit"] == service["mem_limit"], "a swap as large again would be no limit"
    assert 50 <= service["pids_limit"] <= 500


def test_the_code_in_the_image_belongs_to_nobody_who_runs_it(home: Path) -> None:
    lines = (home / "Dockerfile").read_text("utf-8").splitlines()
    owned = [line.split() for line in lines if "--chown" in line]
    assert owned, "nothing is proved"
    assert {line[-1] for line in owned} == {"/var/cache/loaban"}, "only what is made anew where it is missing"
    assert any(line.startswith("COPY --from=build /opt/loaban ") for line in lines)


def test_the_bill_names_every_pinned_package_with_its_hashes(home: Path) -> None:
    found: Any = bill(REQUIREMENTS, "1.2")
    assert (found["bomFormat"], found["metadata"]["component"]["version"]) == ("CycloneDX", "1.2")
    assert [part["purl"] for part in found["components"]] == ["pkg:pypi/python-telegram-bot@22.5", "pkg:pypi/et-xmlfile@2.0.0"]
    hashes = [[one["hashes"][0]["content"][0] for one in part["externalReferences"]] for part in found["components"]]
    assert hashes == [["a", "b"], ["b"]]
    assert bill(REQUIREMENTS, "1.2") == found

    own = (home / "requirements.txt").read_text("utf-8")
    whole: Any = bill(own, "1")
    assert len(whole["components"]) == own.count("==") - own.count(" ==") >= 30
    assert all(part["externalReferences"] for part in whole["components"])


def test_the_bill_is_written_by_a_command_that_needs_no_package(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "bill.json"
    subprocess.run(
        [sys.executable, "-I", "-c", "import sys; sys.path.insert(0, '.'); import runpy; "
         f"sys.argv = ['x', 'requirements.txt', {str(target)!r}]; runpy.run_module('release.materials', run_name='__main__')"],
        cwd=home, check=True,
    )  # fmt: skip
    assert json.loads(target.read_text("utf-8"))["specVersion"] == "1.5"


GOOD = {"name": "httpx", "version": "1", "vulns": []}
BAD = {"name": "h11", "version": "0.1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["0.2"]}]}
SKIPPED = {"name": "babel", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("installed", "trouble", "packages", "code", "said"),
    [
        (False, "", [BAD], 0, "not checked: pip-audit is not installed"),
        (True, "Name or service not known", [BAD], 0, "not checked: https://pypi.org"),
        (True, "", [GOOD], 0, "nothing is known against 1 packages"),
        (True, "", [GOOD, BAD, SKIPPED], 1, "h11 0.1: PYSEC-1"),
        (True, "", [GOOD, SKIPPED], 0, "not checked for 1 of 2 packages"),
        (True, "", None, 0, "not checked: pip-audit gave no answer"),
    ],
)
def test_advisories_are_checked_where_they_can_be_and_it_is_said_where_not(
    installed: bool, trouble: str, packages: list[object] | None, code: int, said: str
) -> None:
    answer = "" if packages is None else json.dumps({"dependencies": packages})
    found = audit("requirements.txt", installed=lambda: installed, trouble=lambda: trouble, ask=lambda _: answer)
    assert found[0] == code
    assert said in found[1]
