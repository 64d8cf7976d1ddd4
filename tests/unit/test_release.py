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

from release.advisories import LISTED, audit
from release.materials import bill

REQUIREMENTS = """\
python-telegram-bot==22.5 \\
    --hash=sha256:{a} \\
    --hash=sha256:{b}
et_xmlfile==2.0.0 ; python_version < "4" \\
    --hash=sha256:{b}
""".format(a="a" * 64, b="b" * 64)


@pytest.mark.parametrize("name", ["compose.yaml", "compose.replicas.yaml"])
def test_every_container_has_limits_of_memory_and_processes(home: Path, name: str) -> None:
    for service in yaml.safe_load((home / name).read_text("utf-8"))["services"].values():
        has_limits(service)


def has_limits(service: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+[mg]", str(service["mem_limit"]))
    assert service["memswap_limit"] == service["mem_limit"], "a swap as large again would be no limit"
    assert 50 <= service["pids_limit"] <= 500


def test_with_replicas_come_a_database_and_a_proxy_and_the_package_for_it(home: Path) -> None:
    services = yaml.safe_load((home / "compose.replicas.yaml").read_text("utf-8"))["services"]
    assert set(services) == {"db", "loaban", "proxy"}
    assert services["loaban"]["deploy"]["replicas"] == 2
    assert "psycopg==" in (home / services["loaban"]["build"]["args"]["PINS"]).read_text("utf-8")


def test_whoever_needs_no_replicas_installs_nothing_for_them(home: Path) -> None:
    alone, several = ((home / f"requirements{more}.txt").read_text("utf-8") for more in ("", "-postgres"))
    assert "psycopg" not in alone
    pins = [line for line in alone.splitlines() if "==" in line]
    assert set(pins) <= set(several.splitlines()), "the same versions"


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
    home: Path, installed: bool, trouble: str, packages: list[object] | None, code: int, said: str
) -> None:
    requirements = str(home / "requirements.txt")
    answer = "" if packages is None else json.dumps({"dependencies": packages})
    found = audit(requirements, installed=lambda: installed, trouble=lambda: trouble, ask=lambda _: answer)
    assert found[0] == code
    assert said in found[1]


@pytest.mark.parametrize(
    ("pin", "known"),
    [
        ("h11==0.14.0", "h11 0.14.0: CVE-2025-43859"),
        ("starlette==0.48.0 ; python_version > '3'", "starlette 0.48.0: CVE-2025-62727"),
        ("pydantic==2.3.0 \\\n    --hash=sha256:00", "pydantic 2.3.0: CVE-2024-3772"),
        ("pydantic==1.10.13", None),
        ("starlette==0.49.1", None),
        ("h11-more==0.14.0", None),
    ],
)
def test_a_pin_of_which_something_is_known_fails_without_a_network(tmp_path: Path, pin: str, known: str | None) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"anyio==4.16.0\n{pin}\n", "utf-8")
    code, said = audit(str(requirements), installed=lambda: False)
    assert code == (1 if known else 0)
    assert (known or "pip-audit is not installed") in said


def test_the_command_ends_with_code_1_for_a_pin_of_which_something_is_known(home: Path, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("h11==0.14.0\n", "utf-8")
    line = [sys.executable, "-m", "release.advisories", str(requirements)]
    done = subprocess.run(line, cwd=home, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "Something is known against these:\nh11 0.14.0: CVE-2025-43859\n")


def test_what_is_listed_concerns_packages_that_are_pinned(home: Path) -> None:
    pinned = (home / "requirements.txt").read_text("utf-8")
    names = {re.split("[<>=]", line)[0] for line in LISTED.read_text("utf-8").splitlines() if line and line[0] != "#"}
    assert {name for name in names if f"\n{name}==" not in f"\n{pinned}"} == set()
