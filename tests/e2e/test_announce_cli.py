"""`loaban staff` and `loaban announce`: real commands on a real database, beside another process that has it open."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from bot.announcements import ending, staffing
from bot.announcements.actions import ALONE, FORBIDDEN_STATE, NOBODY, NOT_FOUND
from bot.announcements.entering import kept_as
from bot.announcements.staffing import BAD_INVITE, LAST_OWNER, NO_SUCH_STAFF, PLACES_NEEDED
from bot.cli.announce import announce
from bot.cli.as_data import LISTED, REPORTED
from bot.cli.names_given import PLACES_OF_OFFICERS
from bot.cli.root import cli
from bot.cli.staff import staff
from bot.errors import Refusal
from bot.i18n import load_words
from bot.model import COMMAND_LINE, Address, Audience, AuditEntry, Plan, Role, Staff, Subscription
from bot.service.heartbeat import BEAT
from bot.stores.sqlite.store import SqliteStore
from bot.zone import ZONE
from tests.announcing import claim
from tests.e2e.test_cli import SECONDS, command, environment, plain
from tests.processes import interruptible

Run = Callable[..., subprocess.CompletedProcess[bytes]]
Write = Callable[..., str]

NO_NIGHT = {"LOABAN_QUIET_HOURS": "00:00-00:00"}  # these tests run at any hour
TEXTS = {"vi": "Mời bà con đi họp.", "en": "Village meeting."}
GOOD = {"text": TEXTS, "places": ["Búng Lao"], "when": "now", "lasts": "3 ngày"}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00")


@pytest.fixture
def run(tiny_home: Path, tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `loaban` in this process, in English."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, lang: str = "en", home: Path = tiny_home, **extra: str) -> subprocess.CompletedProcess[bytes]:
        names: dict[str, str | None] = {name: None for name in os.environ if name.startswith("LOABAN_")}
        ours = {"LOABAN_DB": str(database), "COLUMNS": "160"} | NO_NIGHT | extra
        result = CliRunner().invoke(cli, ["--home", str(home), "--lang", lang, *arguments], env=names | ours)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout_bytes, result.stderr_bytes)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a good announcement with some keys changed, or (None) left out; returns its path."""

    def write(name: str = "notice.yaml", /, **changed: object) -> str:
        keys = {key: value for key, value in (GOOD | changed).items() if value is not None}
        path = tmp_path / name
        path.write_text(yaml.safe_dump(keys, allow_unicode=True, sort_keys=False), "utf-8")
        return str(path)

    return write


def subscribers(store: SqliteStore, count: int, place: str = "03301") -> None:
    with store.writing() as transaction:
        for number in range(count):
            address = Address("telegram", f"{place}-{number}")
            transaction.subscribe(Subscription(address, place, (), "vi" if number % 2 else "en", datetime.now(UTC)))


def night() -> dict[str, str]:
    """Settings with which it is night now, for another two hours."""
    start, end = (datetime.now(ZONE) + timedelta(hours=hours) for hours in (-2, 2))
    return {"LOABAN_QUIET_HOURS": f"{start:%H:%M}-{end:%H:%M}"}


def employ(store: SqliteStore, role: Role, user: str = "777000777", places: tuple[str, ...] = ()) -> Staff:
    with store.writing() as transaction:
        return transaction.add_staff(role, places, "", Address("telegram", user), datetime.now(UTC))


def rows(database: Path) -> dict[str, int]:
    """Table → number of rows, of all tables but those that SQLite and the migrations keep for themselves."""
    with closing(sqlite3.connect(database)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        ours = [name for name in names if not name.startswith(("sqlite_", "_"))]
        return {name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in ours}


def done(found: subprocess.CompletedProcess[bytes]) -> str:
    """What a command that went well printed."""
    assert (found.returncode, found.stderr) == (0, b""), plain(found.stderr)
    return plain(found.stdout)


def sent(found: subprocess.CompletedProcess[bytes]) -> str:
    """As `done`, where `loaban run` does not run, which is said."""
    assert found.returncode == 0, plain(found.stderr)
    assert plain(found.stderr).splitlines()[-1] == "`loaban run` is not running. Sending begins when it runs."
    return plain(found.stdout)


def refused(found: subprocess.CompletedProcess[bytes]) -> str:
    """What a command that was refused said, in one line."""
    assert (found.returncode, found.stdout) == (1, b"")
    (line,) = plain(found.stderr).splitlines()
    return line


def code_in(text: str) -> str:
    found = re.search(r"/join ([A-Z0-9]{12})\b", text)
    assert found, text
    return found[1]


# --- staff ------------------------------------------------------------------------------------------------------------


def test_the_first_command_of_all_makes_the_database_and_an_invitation_that_works_once(run: Run, database: Path) -> None:
    assert not database.exists()
    told = done(run("staff", "invite", "--role", "officer", "--place", "ang to", "--place", "Búng Lao", "--office", "UBND xã"))
    assert "officer of Búng Lao commune" in told
    with closing(SqliteStore(database)) as store, store.writing() as transaction:
        joined = staffing.join(transaction, Address("telegram", "1"), code_in(told), datetime.now(UTC))
        assert (joined.role, joined.places, joined.office) == ("officer", ("03301",), "UBND xã")
        with pytest.raises(Refusal, match=re.escape(BAD_INVITE)):
            staffing.join(transaction, Address("telegram", "2"), code_in(told), datetime.now(UTC))


def test_an_invitation_is_over_when_its_hours_are(run: Run, store: SqliteStore) -> None:
    told = done(run("staff", "invite", "--role", "owner", "--hours", "2"))
    with store.writing() as transaction, pytest.raises(Refusal):
        staffing.join(transaction, Address("telegram", "1"), code_in(told), datetime.now(UTC) + timedelta(hours=2))
    with store.writing() as transaction:
        joined = staffing.join(transaction, Address("telegram", "1"), code_in(told), datetime.now(UTC) + timedelta(minutes=119))
    assert joined.role == "owner"


def test_an_invitation_is_a_link_where_the_name_of_the_bot_is_known(run: Run) -> None:
    told = done(run("staff", "invite", "--role", "admin", LOABAN_TELEGRAM_NAME="loaban_bot"))
    assert f"https://t.me/loaban_bot?start=join-{code_in(told)}" in told
    assert "t.me" not in done(run("staff", "invite", "--role", "admin"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["officer"], PLACES_NEEDED),
        (["admin", "--place", "Búng Lao"], PLACES_OF_OFFICERS),
        (["officer", "--place", "Mường Chà"], "“Mường Chà” can mean Mường Chà commune (03166); Na Sang commune (03172), "),
        (["officer", "--place", "huyện Tủa Chùa"], "There are no districts any more."),
        (["officer", "--place", "Búng Laoo Laoo"], "“Búng Laoo Laoo” is no commune or ward that is known here. Is it one of "),
        (["officer", "--place", "Búng Lao", "--place", "Paris"], "“Paris” is no commune or ward that is known here."),
        (["owner", "--office", "x" * 101], "The name of the office has 101 characters"),
    ],
)
def test_an_invitation_that_cannot_be_made_says_why_and_stores_nothing(
    run: Run, home: Path, database: Path, arguments: list[str], told: str
) -> None:
    assert refused(run("staff", "invite", "--role", *arguments, home=home)).startswith(told)
    assert not database.exists() or rows(database)["invites"] == 0


def test_a_commune_whose_name_is_not_clear_is_named_by_its_number(run: Run, home: Path, store: SqliteStore) -> None:
    told = done(run("staff", "invite", "--role", "officer", "--place", "03172", home=home))
    with store.writing() as transaction:
        assert staffing.join(transaction, Address("telegram", "1"), code_in(told), datetime.now(UTC)).places == ("03172",)


def test_staff_are_listed_without_the_ids_of_their_chats(run: Run, store: SqliteStore) -> None:
    assert "Nobody is staff yet" in done(run("staff", "list"))
    assert json.loads(done(run("staff", "list", "--json"))) == []
    employ(store, "officer", places=("03301",))
    (data,) = json.loads(done(run("staff", "list", "--json")))
    assert ISO.fullmatch(data.pop("since"))
    assert data == {
        "number": 1,
        "role": "officer",
        "places": [{"code": "03301", "name": "xã Búng Lao"}],
        "office": "",
        "channel": "telegram",
    }
    table = done(run("staff", "list"))
    assert "Búng Lao commune" in table
    assert all("777000777" not in done(run("staff", *verb)) for verb in (["list"], ["list", "--json"], ["log", "--json"]))


def test_whoever_is_revoked_sends_no_more_and_it_is_said_what_was_paused(run: Run, store: SqliteStore) -> None:
    subscribers(store, 2)
    employ(store, "owner", "1")
    officer = employ(store, "officer", "2", ("03301",))
    number = add(store, officer.number, datetime.now(UTC))
    told = done(run("staff", "revoke", str(officer.number)))
    assert "Staff member 2 may not send any more." in told
    assert f"Paused: announcements {number}." in told
    assert [one["number"] for one in json.loads(done(run("staff", "list", "--json")))] == [1]
    assert refused(run("staff", "revoke", "2")) == NO_SUCH_STAFF.format(number=2)
    assert refused(run("staff", "revoke", "1")) == LAST_OWNER


def test_without_a_chat_a_code_for_the_console_is_printed_at_the_server(run: Run, store: SqliteStore) -> None:
    owner = employ(store, "owner")
    told = done(run("staff", "login", str(owner.number), LOABAN_CONSOLE_URL="https://can-bo.example.vn"))
    assert "https://can-bo.example.vn/vao" in told
    found = re.search(r"Code: (\w{4}) (\w{4})", told)
    assert found is not None
    with store.writing() as transaction:
        assert transaction.spend_login_code(kept_as(found[1] + found[2]), datetime.now(UTC)) == owner.number
    assert (store_log(store)[0].action, store_log(store)[0].actor) == ("console code", COMMAND_LINE)
    for number in ("7", "0"):
        assert refused(run("staff", "login", number)) == NO_SUCH_STAFF.format(number=number)


def store_log(store: SqliteStore) -> list[AuditEntry]:
    with store.writing() as transaction:
        return transaction.log(9)


def test_everything_that_was_done_is_in_the_log(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 1)
    done(run("staff", "invite", "--role", "officer", "--place", "Búng Lao"))
    sent(run("announce", write(), "--send"))
    done(run("announce", "cancel", "1"))
    entries = json.loads(done(run("staff", "log", "--json")))
    assert [(one["actor"], one["action"], one["subject"]) for one in entries] == [
        (0, "cancelled", "announcement 1"),
        (0, "confirmed", "announcement 1"),
        (0, "invited", "officer"),
    ]
    assert all(ISO.fullmatch(one["at"]) for one in entries)
    assert len(json.loads(done(run("staff", "log", "--json", "--limit", "1")))) == 1
    table = done(run("staff", "log"))
    assert all(shown in table for shown in ("the server", "announcement 1", "Búng Lao commune", "invited"))


# --- announce FILE ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [[], ["--dry-run"]])
def test_a_dry_run_shows_everything_and_stores_nothing(
    run: Run, store: SqliteStore, database: Path, write: Write, flags: list[str]
) -> None:
    subscribers(store, 7)
    subscribers(store, 2, place="03352")
    before = rows(database)
    told = done(run("announce", *flags, write(topics=["loans"], urgent="yes", must="yes", photo="https://example.org/a.jpg")))
    assert rows(database) == before
    words = load_words(Path(__file__).resolve().parents[2] / "locales")
    for lang, text in TEXTS.items():
        assert text in told
        assert words[lang].say("To get no more announcements, write: /stop") in told
    for shown in (
        "[photo: https://example.org/a.jpg]",
        "For: Búng Lao commune; topics: Loans",
        "Recipients: 7 (Telegram 7)",
        "When: right away",
        "It stays true: about 3 days, until ",
        "Sending takes: less than a minute",
        "Urgent: ",
        "It must reach everybody: ",
        "Nothing was sent or stored. To send it: loaban announce ",
    ):
        assert shown in told, shown


def test_a_dry_run_needs_no_database(run: Run, database: Path, write: Write) -> None:
    assert NOBODY in done(run("announce", write()))
    assert set(rows(database).values()) == {0}


def test_a_dry_run_says_what_will_be_in_the_way(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 3)
    few = {"LOABAN_APPROVAL_ABOVE": "2"}
    assert ALONE.format(count=3, limit=2) in done(run("announce", write(), **few))
    employ(store, "admin")
    told = done(run("announce", write(), **few))
    assert "It goes to more than 2 people, so a second person has to approve it: staff 1 (admin)" in told
    told = done(run("announce", write(lasts="1 hour"), **night(), LOABAN_TELEGRAM_RATE="0.0001"))
    assert "That is in the night, so it goes out from " in told
    assert "Not everybody will get it before it stops being true" in told


@pytest.mark.parametrize(
    "arguments", [["{}", "--send"], ["--send", "{}"], ["file", "{}", "--send"], ["--no-wait", "--send", "{}"]]
)
def test_an_announcement_is_stored_whatever_the_order_of_words(
    run: Run, store: SqliteStore, write: Write, arguments: list[str]
) -> None:
    subscribers(store, 7)
    told = sent(run("announce", *(one.format(write()) for one in arguments)))
    (data,) = json.loads(done(run("announce", "list", "--json")))
    assert f"Announcement 1 (code {data['code']}) goes out." in told
    assert "loaban announce report 1" in told
    assert (data["state"], data["author"], data["places"], data["text"]) == ("sending", 0, ["03301"], "Mời bà con đi họp.")
    assert json.loads(done(run("announce", "report", "1", "--json")))["pending"] == 7


def test_an_announcement_for_later_and_one_that_is_repeated_say_when(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 1)
    assert "Announcement 1 (code " in sent(run("announce", write(when="in 3 days 7:30"), "--send"))
    told = sent(run("announce", write(when="every Monday 7:30", lasts="12 hours"), "--send"))
    assert "First time: Monday " in told
    assert "is repeated until it is cancelled." in told
    repeated, later = json.loads(done(run("announce", "list", "--json")))
    assert (repeated["state"], repeated["rule"], repeated["expires"]) == ("repeating", "30 7 * * mon", None)
    assert later["due"][10:] == "T07:30:00+07:00"
    table = done(run("announce", "list"))
    assert "every Monday at 07:30" in table
    assert "planned" in table


def test_the_same_file_again_is_a_new_announcement_and_that_is_said(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 1)
    sent(run("announce", write(), "--send"))
    again = run("announce", write(), "--send")
    assert "warning: announcement 1 has the same text and is not over yet" in plain(again.stderr)
    done(run("announce", "cancel", "1"))
    done(run("announce", "cancel", "2"))
    once_more = run("announce", write(), "--send")
    assert "the same text" not in plain(once_more.stderr)
    assert len({one["code"] for one in json.loads(done(run("announce", "list", "--json")))}) == 3


def test_a_second_person_is_asked_and_the_command_does_not_wait(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 3)
    few = {"LOABAN_APPROVAL_ABOVE": "2"}
    assert refused(run("announce", write(), "--send", **few)) == ALONE.format(count=3, limit=2)
    employ(store, "owner")
    store.beat(BEAT, datetime.now(UTC))
    told = done(run("announce", write(), "--send", **few))
    assert "a second person has to approve it: staff 1 (owner)" in told
    assert "waits until a second person approves it." in told
    (data,) = json.loads(done(run("announce", "list", "--json")))
    assert (data["state"], data["approver"]) == ("waiting", None)
    assert store.due_replies("telegram")[-1].reply.buttons, "the owner was sent the two buttons"


def test_where_nobody_asked_for_announcements_nothing_is_stored(run: Run, database: Path, write: Write) -> None:
    assert refused(run("announce", write(), "--send")) == NOBODY
    assert set(rows(database).values()) == {0}


@pytest.mark.parametrize("flags", [[], ["--send"]])
def test_a_broken_file_is_told_line_by_line_and_stores_nothing(
    run: Run, store: SqliteStore, database: Path, write: Write, flags: list[str]
) -> None:
    subscribers(store, 1)
    before = rows(database)
    path = write(must="maybe", wehn="now", places=["Búng Lao", "Paris"])
    found = run("announce", path, *flags)
    assert (found.returncode, found.stdout) == (1, b"")
    assert plain(found.stderr).splitlines() == [
        f"{path}:6: “Paris” is no commune or ward that is known here. Look at how it is written.",
        f"{path}:9: 'must' is maybe; write yes or no",
        f"{path}:10: unknown key 'wehn'; did you mean 'when'?",
    ]
    assert rows(database) == before


def test_two_wishes_at_once_and_a_file_that_is_not_there_are_told(run: Run, write: Write, tmp_path: Path) -> None:
    assert refused(run("announce", write(), "--send", "--dry-run")).startswith("loaban announce: choose one of")
    assert refused(run("announce", "nowhere.yaml")) == "nowhere.yaml: No such file or directory"
    assert refused(run("announce", "report", "1", "--watch", "--csv")).startswith("loaban announce report: --watch")
    assert run("announce", "--send").returncode == 2


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_refusals_and_faults_are_told_in_the_language_of_the_command_line(
    run: Run, home: Path, write: Write, lang: str
) -> None:
    words = load_words(home / "locales")[lang]
    assert refused(run("announce", "show", "7", lang=lang)) == words.say(NOT_FOUND, number=7)
    assert refused(run("staff", "revoke", "7", lang=lang)) == words.say(NO_SUCH_STAFF, number=7)
    path = write(wehn="now")
    told = words.say("unknown key '{key}'; did you mean '{near}'?", key="wehn", near="when")
    assert refused(run("announce", path, lang=lang)) == f"{path}:8: {told}"
    table = done(run("announce", write(), lang=lang))
    assert words.say("For: {audience}", audience=words.place("xã", "Búng Lao")) in table


# --- what became of it ------------------------------------------------------------------------------------------------


def add(store: SqliteStore, author: int, due: datetime, text: str = "Họp.", parent: int | None = None) -> int:
    """An announcement that is being sent."""
    plan = Plan("AB2345", {"vi": "UBND"}, {"vi": text}, Audience(("03301",)), timedelta(days=1), rule=RULES.get(text))
    with store.writing() as transaction:
        added = transaction.add_announcement(
            plan, "sending", author=author, approver=None, created=due, due=due, expires=due + plan.lasts, parent=parent
        )
    assert added is not None
    return added.id


RULES = {"Hằng tuần.": "30 7 * * mon"}


def deliver(store: SqliteStore, count: int = 1000) -> None:
    """Send what waits, as `loaban run` would: every fifth recipient blocked the bot."""
    now = datetime.now(UTC)
    with store.writing() as transaction:
        for number in range(count):
            delivery = claim(transaction, now)
            if delivery is None:
                break
            gone = number % 5 == 0
            transaction.settle(delivery, "gone" if gone else "sent", now, reason="blocked" if gone else "")
        for ended in ending.over(transaction, now):
            ending.close(transaction, ended, now)


def test_a_report_can_be_read_by_people_and_by_programs(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 10)
    sent(run("announce", write(), "--send"))
    deliver(store)
    data = json.loads(done(run("announce", "report", "1", "--json")))
    assert set(data) == {*REPORTED, "channels", "reasons", "occurrences"}
    assert (data["state"], data["recipients"], data["finished"], data["sent"], data["gone"]) == ("done", 10, 10, 8, 2)
    assert data["reasons"] == [{"state": "gone", "reason": "blocked", "count": 2}]
    assert data["channels"] == {"telegram": 10}
    assert all(ISO.fullmatch(data[key]) for key in ("due", "expires", "first", "last"))
    (line,) = csv.DictReader(io.StringIO(done(run("announce", "report", "1", "--csv"))))
    assert line == {key: "" if data[key] is None else str(data[key]) for key in REPORTED}
    told = done(run("announce", "report", "1"))
    assert "Sent: 8 of 10" in told
    assert "they blocked Loa Bản" in told


def test_a_list_can_be_read_by_programs(run: Run, store: SqliteStore) -> None:
    texts = ['=HYPERLINK("x")', 'hai\ndòng, và "ngoặc"', "+84 gọi", "thường"]
    for text in texts:
        add(store, 0, datetime.now(UTC), text)
    data = json.loads(done(run("announce", "list", "--json")))
    assert [one["text"] for one in data] == texts[::-1]
    assert all(tuple(one) == LISTED for one in data)
    lines = list(csv.DictReader(io.StringIO(done(run("announce", "list", "--csv")), newline="")))
    assert [line["text"] for line in lines] == ["thường", "'+84 gọi", texts[1], f"'{texts[0]}"], "no formula for a spreadsheet"
    assert [line["number"] for line in lines] == ["4", "3", "2", "1"]
    assert len(json.loads(done(run("announce", "list", "--json", "--limit", "2")))) == 2


def test_a_repeated_announcement_is_reported_time_by_time(run: Run, store: SqliteStore) -> None:
    subscribers(store, 5)
    now = datetime.now(UTC)
    parent = add(store, 0, now + timedelta(days=5), "Hằng tuần.")
    children = [add(store, 0, now - timedelta(minutes=minutes), "Hằng tuần.", parent) for minutes in (2, 1)]
    with store.writing() as transaction:
        transaction.change(parent, "repeating")
        for child in children:
            found = transaction.announcement(child)
            assert found is not None
            transaction.freeze(found, otherwise="vi")
    deliver(store)
    data = json.loads(done(run("announce", "report", str(parent), "--json")))
    assert [(one["number"], one["recipients"]) for one in data["occurrences"]] == [(child, 5) for child in children]
    assert len(done(run("announce", "report", str(parent), "--csv")).splitlines()) == 4
    assert done(run("announce", "report", str(parent))).count("Sent: 4 of ") == 2


def test_show_says_everything_about_one(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 1)
    sent(run("announce", write(office={"vi": "Trạm y tế", "en": "The health station"}, must="yes"), "--send"))
    data = json.loads(done(run("announce", "show", "1", "--json")))
    assert set(data) == {*LISTED, "texts", "office", "photo", "lasts"}
    assert data["texts"] == TEXTS
    assert (data["office"]["vi"], data["photo"], data["lasts"], data["must"]) == ("Trạm y tế", None, 259200, True)
    told = done(run("announce", "show", "1"))
    for shown in ("Trạm y tế", "The health station", data["code"], "being sent", "Written by: the server", "It must reach"):
        assert shown in told, shown


def test_an_announcement_is_paused_resumed_and_cancelled(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 3)
    sent(run("announce", write(), "--send"))

    def state() -> str:
        return str(json.loads(done(run("announce", "show", "1", "--json")))["state"])

    assert refused(run("announce", "resume", "1")) == FORBIDDEN_STATE["resume"]
    assert "loaban announce resume 1" in done(run("announce", "pause", "1"))
    assert state() == "paused"
    done(run("announce", "resume", "1"))
    assert state() == "sending"
    done(run("announce", "cancel", "1"))
    assert state() == "cancelled"
    assert refused(run("announce", "cancel", "1")) == FORBIDDEN_STATE["cancel"]
    assert json.loads(done(run("announce", "report", "1", "--json")))["cancelled"] == 3


def test_before_the_first_announcement_the_list_is_empty(run: Run) -> None:
    assert done(run("announce", "list")) == "There are no announcements yet.\n"
    assert json.loads(done(run("announce", "list", "--json"))) == []
    assert done(run("announce", "list", "--csv")) == ",".join(LISTED) + "\n"


# --- watching ---------------------------------------------------------------------------------------------------------


@contextmanager
def serving(store: SqliteStore, *, at_once: int) -> Iterator[None]:
    """Somebody who sends in the background, a few at a time, as `loaban run` does."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.2):
            store.beat(BEAT, datetime.now(UTC))
            deliver(store, at_once)

    store.beat(BEAT, datetime.now(UTC))
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_sending_is_watched_to_its_end_and_reported(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 30)
    with serving(store, at_once=3):
        told = done(run("announce", write(), "--send"))
    percents = [int(found) for found in re.findall(r"^(\d+) %: \d+ of 30$", told, re.MULTILINE)]
    assert percents == sorted(set(percents))
    assert len(percents) <= 11
    assert percents[-1] == 100
    assert "State: finished" in told
    assert "Sent: 20 of 30" in told, "the first of every three at once blocked the bot"


def test_what_is_stopped_while_it_is_watched_ends_with_code_1(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 5)
    store.beat(BEAT, datetime.now(UTC))

    def stop_it() -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with store.writing() as transaction:
                if transaction.announcement(1):
                    return transaction.change(1, "paused", reason="text refused")
            time.sleep(0.05)
        return None

    thread = threading.Thread(target=stop_it)
    thread.start()
    found = run("announce", write(), "--send")
    thread.join()
    assert found.returncode == 1
    assert "State: paused (the app refuses its text)" in plain(found.stdout)


@pytest.mark.parametrize(
    ("flags", "keys"),
    [(["--no-wait"], {}), ([], {"when": "in 3 days 7:30"}), ([], {"when": "every Monday 7:30", "lasts": "12 hours"})],
)
def test_what_need_not_or_cannot_be_watched_is_not(
    run: Run, store: SqliteStore, write: Write, flags: list[str], keys: dict[str, str]
) -> None:
    subscribers(store, 1)
    store.beat(BEAT, datetime.now(UTC))
    told = done(run("announce", write(**keys), "--send", *flags))
    assert told.splitlines()[-1] == "See what became of it: loaban announce report 1"
    assert "%" not in told


def test_in_the_night_nothing_is_watched(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 1)
    store.beat(BEAT, datetime.now(UTC))
    told = done(run("announce", write(), "--send", **night()))
    assert "goes out from " in told
    assert "%" not in told


def test_an_old_sign_of_life_is_none(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 1)
    store.beat(BEAT, datetime.now(UTC) - timedelta(minutes=5))
    assert "%" not in sent(run("announce", write(), "--send"))


def test_a_report_can_watch_what_somebody_else_sent(run: Run, store: SqliteStore, write: Write) -> None:
    subscribers(store, 10)
    sent(run("announce", write(), "--send"))
    with serving(store, at_once=5):
        told = done(run("announce", "report", "1", "--watch"))
    assert "100 %: 10 of 10" in told
    assert "Sent: 8 of 10" in told


def test_ctrl_c_ends_the_watching_and_not_the_sending(
    tiny_home: Path, cache: Path, tmp_path: Path, store: SqliteStore, write: Write
) -> None:
    subscribers(store, 4)
    store.beat(BEAT, datetime.now(UTC))
    process = subprocess.Popen(
        command(tiny_home, "--lang", "en", "announce", write(), "--send"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(cache, PYTHONUNBUFFERED="1", **NO_NIGHT),
        preexec_fn=interruptible,
    )
    rescue = threading.Timer(SECONDS, process.kill)
    rescue.start()
    try:
        assert process.stdout
        lines = iter(process.stdout.readline, b"")
        assert any(line == b"0 %: 0 of 4\n" for line in lines)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate()
    finally:
        rescue.cancel()
        process.kill()
    assert process.returncode == 0, errors
    assert "You stopped watching; sending goes on. See how far it is: loaban announce report 1" in plain(errors)
    assert "Still to send: 4" in plain(out)
    with store.writing() as transaction:
        found = transaction.announcement(1)
    assert found is not None
    assert found.state == "sending"


def test_a_whole_process_beside_one_that_has_the_database_open(
    tiny_home: Path, cache: Path, tmp_path: Path, store: SqliteStore, write: Write
) -> None:
    subscribers(store, 3)
    for arguments in (["announce", write(), "--send"], ["announce", "list"], ["staff", "invite", "--role", "owner"]):
        found = subprocess.run(
            command(tiny_home, *arguments),
            capture_output=True,
            cwd=tmp_path,
            env=environment(cache, **NO_NIGHT),
            timeout=SECONDS,
            check=False,
        )
        assert found.returncode == 0, plain(found.stderr)
        assert "Mời bà con đi họp." in plain(found.stdout) or arguments[1] != "list"
    with store.writing() as transaction:
        assert transaction.announcement(1) is not None


# --- help -------------------------------------------------------------------------------------------------------------

GROUPS = {"announce": announce, "staff": staff}
VERBS = [(group, verb) for group, known in GROUPS.items() for verb in known.commands]


@pytest.mark.parametrize(("group", "verb"), VERBS)
def test_every_verb_explains_itself_and_its_options(group: str, verb: str) -> None:
    result = CliRunner().invoke(cli, [group, verb, "--help"], env={"COLUMNS": "140"})
    assert result.exit_code == 0
    shown = " ".join(result.output.split())
    known = GROUPS[group].commands[verb]
    assert known.help
    assert " ".join(known.help.split()) in shown
    for parameter in known.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in shown
            assert parameter.help


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_without_a_verb_lists_its_verbs(group: str) -> None:
    for arguments in ([group], [group, "--help"], [group, "-h"]):
        output = CliRunner().invoke(cli, arguments).output
        assert all(verb in output for of, verb in VERBS if of == group)


def test_the_keys_that_programs_read_are_in_the_help() -> None:
    listed, reported = (str(announce.commands[verb].help) for verb in ("list", "report"))
    assert all(key in listed for key in LISTED)
    assert all(key in reported for key in REPORTED)
