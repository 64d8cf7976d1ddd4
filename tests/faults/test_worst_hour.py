"""Some seconds of the worst hour (`python -m tests.faults.worst_hour`): nobody is lost, and nothing lies where it must not."""

from __future__ import annotations

from pathlib import Path

from tests.faults.worst_hour.driver import Hour, Plan


async def test_some_seconds_of_kills_jumps_and_a_full_disk_lose_nobody_and_leak_nothing(tmp_path: Path, cache: Path) -> None:
    plan = Plan(
        length=8.0,
        residents=9,
        askers=1,
        wait_for_beat=False,
        pace=1.5,
        life=(2.0, 4.0),
        trouble=(1.0, 2.0),
        announce_every=60.0,
    )
    result = await Hour(plan, tmp_path, cache, seed=4).run()
    print("\n".join(result.lines()))
    assert result.faults == []
    assert result.counts["SIGKILL"], "nobody was killed: the test proves nothing"
    assert result.counts["questions on telegram"] > 5
