"""`loaban backup` and `loaban restore` on real files: what is refused, what is kept, and what must not come back."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from bot.announcements.staffing import kept_as
from bot.cli.root import cli
from bot.model import Address, Audience, Incoming, Invite, Plan, Reply, Session, Subscription, TokenPair
from bot.stores.records.transaction import RecordTransaction
from bot.stores.sqlite.backup import examine
from bot.stores.sqlite.migrations import migrations
from bot.stores.sqlite.store import SqliteStore
from tests.announcing import claim
from tests.e2e.test_cli import command, environment

Run = Callable[..., tuple[int, str]]

NOW = datetime.now(UTC)
FARMER, WORKER, OFFICER = (Address("telegram", user) for user in ("11", "12", "13"))
EARLIER = NOW - timedelta(days=2)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """The database of a small commune, closed."""
    path = tmp_path / "loaban.db"
    with writing(path) as transaction:
        for resident in (FARMER, WORKER):
            transaction.first_time(Incoming(resident.user, resident, "xin chào", EARLIER))
            transaction.save_session(Session(resident, at=EARLIER))
            transaction.subscribe(Subscription(resident, "03301", (), "vi", EARLIER))
            transaction.consent(resident, "announcements", "2026-11", EARLIER)
        transaction.add_staff("officer", ("03301",), "", OFFICER, EARLIER)
    return path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


@pytest.fixture
def run(tiny_home: Path, tmp_path: Path, db: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `loaban` in this process, in English; returns the exit code and all that was printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path, given: str = "") -> tuple[int, str]:
        clean: dict[str, str | None] = {name: None for name in os.environ if name.startswith("LOABAN_")}
        line = ["--home", str(tiny_home), "--lang", "en", *map(str, arguments)]
        result = CliRunner().invoke(cli, line, input=given, env=clean | {"LOABAN_DB": str(db)})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run


@contextmanager
def writing(path: Path) -> Iterator[RecordTransaction]:
    with closing(SqliteStore(path)) as store, store.writing() as transaction:
        yield transaction


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def announced(transaction: RecordTransaction, code: str = "AB23CD", rule: str | None = None) -> int:
    """An announcement that is on its way to everybody, or repeated."""
    plan = Plan(code, {"vi": "UBND xã"}, {"vi": "Mời bà con đi họp."}, Audience(), timedelta(days=3), rule=rule)
    added = transaction.add_announcement(
        plan, "repeating" if rule else "sending", author=0, approver=None, created=NOW, due=NOW, expires=NOW + plan.lasts
    )
    assert added is not None
    transaction.freeze(added, otherwise="vi")
    return added.id


# --- backup -----------------------------------------------------------------------------------------------------------


def test_a_backup_is_one_whole_file_for_its_owner_alone(run: Run, db: Path, copy: Path) -> None:
    with closing(SqliteStore(db)):  # somebody has it open, with its log
        code, printed = run("backup", copy)
    assert (code, "2 conversations, 2 subscribers, 0 announcements" in printed) == (0, True)
    assert "personal data" in printed
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy, "PRAGMA journal_mode") == [("delete",)]
    assert sorted(path.name for path in copy.parent.glob("*copy*")) == ["copy.db"]
    found = examine(copy).at
    assert found is not None
    assert abs(found - datetime.now(UTC)) < timedelta(minutes=1)


def test_who_was_forgotten_is_in_no_page_of_a_backup(run: Run, db: Path, copy: Path) -> None:
    stranger = Address("telegram", "88990011223344")
    with writing(db) as transaction:
        transaction.save_session(Session(stranger, at=NOW))
    with writing(db) as transaction:
        transaction.forget(stranger)
    assert run("backup", copy)[0] == 0
    assert stranger.user.encode() not in copy.read_bytes()


def test_a_file_that_is_there_is_written_over_only_with_force(run: Run, copy: Path) -> None:
    copy.write_text("dear to somebody")
    code, printed = run("backup", copy)
    assert (code, printed) == (1, f"{copy} is there already; choose another name, or write over it with --force\n")
    assert copy.read_text() == "dear to somebody"
    assert run("backup", "--force", copy)[0] == 0
    assert examine(copy).sessions == 2


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", ".lock"])
def test_the_database_itself_is_never_written_over(run: Run, db: Path, suffix: str) -> None:
    code, printed = run("backup", "--force", f"{db}{suffix}")
    assert (code, "belongs to the database itself" in printed) == (1, True)
    assert examine(db).sessions == 2


def test_a_folder_or_a_place_that_is_none_is_no_file(run: Run, tmp_path: Path) -> None:
    assert "is no ordinary file" in run("backup", "--force", tmp_path)[1]
    assert "there is no such folder" in run("backup", tmp_path / "away" / "copy.db")[1]


def test_a_missing_database_is_not_made_on_the_way(run: Run, db: Path, copy: Path) -> None:
    db.unlink()
    code, printed = run("backup", copy)
    assert (code, printed) == (1, f"{db}: there is no database here; LOABAN_DB says where it is\n")
    assert not db.exists()
    assert not copy.exists()


def test_a_damaged_database_gives_no_backup(run: Run, db: Path, copy: Path) -> None:
    data = bytearray(db.read_bytes())
    data[4096:12288] = b"\xa5" * 8192
    db.write_bytes(data)
    code, printed = run("backup", copy)
    assert (code, "damaged" in printed) == (1, True)
    assert not list(copy.parent.glob("*copy*"))


def test_somebody_else_s_database_is_told_as_such(run: Run, db: Path, copy: Path) -> None:
    db.unlink()
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("CREATE TABLE heartbeats (name, at)")
    assert run("backup", copy) == (1, f"{copy.with_name('.copy.db.part')}: this is no database of Loa Bản\n")
    db.write_text("no database at all, but a rather long text")
    assert run("backup", copy) == (1, f"{db}: this is no database of Loa Bản\n")


def test_a_disk_that_fills_up_leaves_no_half_file(run: Run, tiny_home: Path, db: Path, copy: Path, cache: Path) -> None:
    limit = db.stat().st_size // 2
    done = subprocess.run(
        command(tiny_home, "--lang", "en", "backup", str(copy)),
        env=environment(cache, LOABAN_DB=str(db)),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Nothing was changed, because the copy could not be written in {copy.parent} (")
    assert not list(copy.parent.glob("*copy*"))


def test_two_backups_to_one_name_do_not_write_into_each_other(run: Run, copy: Path) -> None:
    from bot.stores.sqlite.copies import partial

    with partial(copy) as part:
        assert run("backup", copy) == (1, f"{copy} is being written by somebody else at this moment\n")
        assert part.exists()
    assert run("backup", copy)[0] == 0


# --- restore ----------------------------------------------------------------------------------------------------------


def test_a_restore_brings_back_the_backup_and_keeps_the_database_before_it(run: Run, db: Path, copy: Path) -> None:
    run("backup", copy)
    with writing(db) as transaction:
        transaction.save_session(Session(OFFICER, at=NOW))
    before = copy.read_bytes()
    code, printed = run("restore", copy, given="y\n")
    assert code == 0, printed
    assert copy.read_bytes() == before, "the backup itself is not touched"
    assert examine(db).sessions == 2
    (kept,) = db.parent.glob("loaban.db.before-restore-*")
    assert examine(kept).sessions == 3
    assert f"kept as {kept}" in printed
    assert sorted(path.name for path in db.parent.glob("*loaban*")) == ["loaban.db", kept.name, "loaban.db.lock"]
    assert rows(db, "SELECT actor, action, subject FROM audit") == [(0, "restored", "backup")]


def test_without_a_yes_nothing_changes(run: Run, db: Path, copy: Path) -> None:
    run("backup", copy)
    before = db.read_bytes()
    assert run("restore", copy, given="n\n")[0] == 1
    assert run("restore", copy)[0] == 1
    assert db.read_bytes() == before


def test_what_was_on_its_way_is_not_sent_again_by_itself(run: Run, db: Path, copy: Path) -> None:
    with writing(db) as transaction:
        sending, repeated = announced(transaction), announced(transaction, "EF45GH", rule="0 7 * * mon")
        claim(transaction, NOW)
        transaction.queue(FARMER, [Reply("an answer that was delivered long ago")], EARLIER)
        transaction.add_invite(kept_as("12345678"), Invite("owner", (), "", NOW + timedelta(days=3)))
        transaction.add_login_code("hash of a code", 1, NOW + timedelta(days=3))
        transaction.add_device("hash of a token", 1, "Chrome, Android", NOW)
        transaction.save_tokens("zalo-oa", TokenPair("access", "refresh", NOW))
    run("backup", copy)
    code, printed = run("restore", "--yes", copy)
    assert code == 0, printed
    assert f"Paused announcements: {sending}, {repeated}." in printed
    assert "dropped: 1" in printed
    assert "loaban zalo-oa login" in printed
    with closing(SqliteStore(db)) as store, store.writing() as transaction:
        assert store.due_replies("telegram") == []
        assert claim(transaction, NOW) is None
        assert {transaction.announcement(one).state for one in (sending, repeated)} == {"paused"}  # type: ignore[union-attr]
        assert transaction.announcements(None, states=("repeating",)) == []
        assert transaction.redeem(kept_as("12345678"), NOW) is None, "nobody knows whether it was used since"
        assert transaction.spend_login_code("hash of a code", NOW) is None
        assert transaction.device("hash of a token") is None, "nobody knows who left since"
        noted = [(entry.action, entry.subject) for entry in transaction.log(9)]
    assert set(noted) == {
        ("restored", "backup"),
        ("paused", f"announcement {sending}"),
        ("paused", f"announcement {repeated}"),
    }


def test_a_resumed_announcement_reaches_those_who_had_not_got_it_when_the_backup_was_made(
    run: Run, db: Path, copy: Path
) -> None:
    with writing(db) as transaction:
        number = announced(transaction)
        first = claim(transaction, NOW)
        assert first is not None
        transaction.settle(first, "sent", NOW)
    run("backup", copy)
    run("restore", "--yes", copy)
    assert run("announce", "resume", str(number))[0] == 0
    with writing(db) as transaction:
        second = claim(transaction, NOW)
        assert second is not None
        assert {first.to, second.to} == {FARMER, WORKER}


def test_refusals_since_the_backup_are_kept(run: Run, db: Path, copy: Path) -> None:
    run("backup", copy)
    with writing(db) as transaction:
        transaction.unsubscribe(FARMER)
        transaction.withdraw(FARMER, "announcements", NOW)
        transaction.remove_staff(1, NOW)
    code, printed = run("restore", "--yes", copy)
    assert code == 0, printed
    assert "stay without them: 1" in printed
    assert "stay without it: 1" in printed
    with writing(db) as transaction:
        assert transaction.subscription(FARMER) is None
        assert transaction.subscription(WORKER) is not None
        assert transaction.staff(OFFICER) is None
    assert rows(db, "SELECT user FROM consents WHERE withdrawn_at IS NOT NULL") == [(FARMER.user,)]


def test_questions_that_officers_answered_since_stay_closed(run: Run, db: Path, copy: Path) -> None:
    with writing(db) as transaction:
        answered, open_still = (
            transaction.open_case(who, "03301", None, "vi", "Khi nào có nước?", EARLIER, NOW) for who in (FARMER, WORKER)
        )
    run("backup", copy)
    with writing(db) as transaction:
        transaction.save_case(replace(answered, state="closed", touched=NOW))
    assert f"Questions that are with officers: {open_still.number}." in run("restore", "--yes", copy)[1]
    with writing(db) as transaction:
        assert transaction.case_of(FARMER) is None
        assert transaction.case_of(WORKER) is not None


def test_who_came_back_after_a_stop_stays_subscribed(run: Run, db: Path, copy: Path) -> None:
    with writing(db) as transaction:
        transaction.withdraw(FARMER, "announcements", EARLIER - timedelta(days=1))
    run("backup", copy)
    assert "without them" not in run("restore", "--yes", copy)[1]
    with writing(db) as transaction:
        assert transaction.subscription(FARMER) is not None


@pytest.mark.parametrize("leave_out", [False, True])
def test_people_whom_the_database_of_today_does_not_know_are_counted_and_left_out_on_request(
    run: Run, db: Path, copy: Path, leave_out: bool
) -> None:
    run("backup", copy)
    with writing(db) as transaction:
        transaction.forget(FARMER)
    code, printed = run("restore", "--yes", copy, *["--forget-unknown"] * leave_out)
    assert code == 0, printed
    assert ("1 people in it are unknown" in printed) is not leave_out
    assert ("did not know them: 1" in printed) is leave_out
    with writing(db) as transaction:
        assert sum(transaction.personal_data(FARMER).values()) == (0 if leave_out else 3)
        assert sum(transaction.personal_data(WORKER).values()) == 3


@pytest.mark.parametrize("present", [None, b"", b"scrap" * 5000])
def test_a_database_that_is_lost_or_damaged_can_be_replaced(run: Run, db: Path, copy: Path, present: bytes | None) -> None:
    run("backup", copy)
    db.unlink()
    if present is not None:
        db.write_bytes(present)
    Path(f"{db}-wal").write_bytes(b"what another process left")
    code, printed = run("restore", "--yes", copy)
    assert code == 0, printed
    assert "comes back with it" in printed
    assert examine(db).sessions == 2
    assert not Path(f"{db}-wal").exists()
    assert [path.read_bytes() for path in db.parent.glob("*.before-restore-*Z")] == ([] if present is None else [present])
    with writing(db) as transaction:
        assert transaction.subscription(FARMER) is not None


def test_what_stands_in_the_log_of_the_database_before_is_kept(run: Run, db: Path, copy: Path, tmp_path: Path) -> None:
    """A process that was killed leaves its last commits in the log."""
    run("backup", copy)
    with closing(SqliteStore(db)) as store:
        with store.writing() as transaction:
            transaction.save_session(Session(OFFICER, at=NOW))
        for suffix in ("", "-wal"):
            shutil.copy(f"{db}{suffix}", tmp_path / f"killed{suffix}")
    for suffix in ("", "-wal"):
        (tmp_path / f"killed{suffix}").rename(f"{db}{suffix}")
    assert run("restore", "--yes", copy)[0] == 0
    (kept,) = db.parent.glob("*.before-restore-*")
    assert examine(kept).sessions == 3


def test_a_database_that_was_copied_by_hand_is_restored_with_its_log(run: Run, db: Path, tmp_path: Path) -> None:
    copied = tmp_path / "by-hand.db"
    with closing(SqliteStore(db)) as store:
        with store.writing() as transaction:
            transaction.save_session(Session(OFFICER, at=NOW))
        for suffix in ("", "-wal"):
            shutil.copy(f"{db}{suffix}", f"{copied}{suffix}")
    assert run("restore", "--yes", copied)[0] == 0
    assert examine(db).sessions == 3


def test_a_backup_of_an_older_version_gets_the_tables_of_this_one(run: Run, db: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        migrations.apply(Database(connection), stop_before="announcements")
        connection.execute("INSERT INTO sessions VALUES ('telegram', '11', '{}', ?)", (EARLIER.isoformat(),))
        connection.commit()
    code, printed = run("restore", "--yes", old)
    assert code == 0, printed
    with closing(sqlite3.connect(db)) as connection:
        assert migrations.pending(Database(connection)) == []
    with writing(db) as transaction:
        assert transaction.session(FARMER) is not None
        announced(transaction)


def test_a_backup_of_a_newer_version_is_refused(run: Run, db: Path, copy: Path) -> None:
    run("backup", copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('loaban', 'hovering', '')")
        connection.commit()
    before = db.read_bytes()
    code, printed = run("restore", "--yes", copy)
    assert (code, printed) == (1, f"{copy}: this comes from a newer Loa Bản (it has hovering); update Loa Bản first\n")
    assert db.read_bytes() == before


FOREIGN = {
    "a trigger of somebody else's": (
        "CREATE TRIGGER quiet AFTER INSERT ON subscriptions BEGIN DELETE FROM subscriptions; END",
        "trigger quiet",
    ),
    "a trigger in place of ours": (
        "DROP TRIGGER audit_no_delete; CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT 1; END",
        "trigger audit_no_delete",
    ),
    "no trigger": ("DROP TRIGGER audit_no_update", "trigger audit_no_update"),
    "no index": ("DROP INDEX staff_address", "index staff_address"),
    "another index": ("DROP INDEX cases_open; CREATE INDEX cases_open ON cases (channel, user)", "index cases_open"),
    "no table": ("DROP TABLE consents", "table consents"),
    "a column less": ("ALTER TABLE staff DROP COLUMN until", "table staff"),
    "a column more": ("ALTER TABLE staff ADD COLUMN phone TEXT", "table staff"),
    "a table more": ("CREATE TABLE friends (name TEXT)", "table friends"),
    "a view": ("CREATE VIEW everybody AS SELECT user FROM sessions", "view everybody"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_backup_that_is_not_built_as_ours_are_is_refused_and_says_what_differs(
    run: Run, db: Path, copy: Path, kind: str
) -> None:
    run("backup", copy)
    change, name = FOREIGN[kind]
    with closing(sqlite3.connect(copy)) as connection:
        connection.executescript(change)
    before = db.read_bytes()
    code, printed = run("restore", "--yes", copy)
    assert code == 1
    assert name in printed.splitlines()[-1]
    assert str(copy) in printed.splitlines()[-1]
    assert db.read_bytes() == before
    assert not list(db.parent.glob("*.before-restore-*"))


def test_announcements_that_cannot_be_read_are_told(run: Run, db: Path, copy: Path) -> None:
    with writing(db) as transaction:
        number = announced(transaction)
        transaction.execute("UPDATE announcements SET plan = '{' WHERE id = ?", (number,))
    run("backup", copy)
    code, printed = run("restore", "--yes", copy)
    assert code == 0
    assert f"Announcements whose plan cannot be read: {number}." in printed


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "cut", "overwritten", "folder", "itself"])
def test_what_is_no_good_backup_is_refused_and_nothing_changes(run: Run, db: Path, copy: Path, kind: str) -> None:
    run("backup", copy)
    data = copy.read_bytes()
    if kind == "itself":
        copy.unlink()
        copy.symlink_to(db)
    elif kind in ("missing", "folder"):
        copy.unlink()
        if kind == "folder":
            copy.mkdir()
    else:
        middle = len(data) // 2
        broken = {
            "empty": b"",
            "text": b"x" * 999,
            "cut": data[:middle],
            "overwritten": data[:4096] + b"\xa5" * (len(data) - 4096),
        }
        copy.write_bytes(broken[kind])
    before = db.read_bytes()
    code, printed = run("restore", "--yes", copy)
    assert code == 1
    assert len(printed.splitlines()) == 1 or kind == "itself"
    assert str(copy) in printed
    assert db.read_bytes() == before
    assert not list(db.parent.glob("*.before-restore-*"))


def test_a_backup_older_than_backups_should_get_is_told(run: Run, db: Path, copy: Path) -> None:
    run("backup", copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("UPDATE heartbeats SET at = ?", ((NOW - timedelta(days=30)).isoformat(timespec="milliseconds"),))
        connection.commit()
    assert "It is 30 days old" in run("restore", copy)[1]
