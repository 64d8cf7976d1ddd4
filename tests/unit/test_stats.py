"""Statistics: what is counted, what is kept back, and how it is shown."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.announcements.display_names import DisplayNames
from bot.engine import Engine
from bot.errors import StoreError
from bot.i18n import Words
from bot.model import CANCELLED, Address, AuditEntry, Feedback, FeedbackCount, Match, Outcome, Place
from bot.stats.export import as_data, rows
from bot.stats.gathering import QuestionCounts, Stats, UnansweredGroup, bad_share_at_least, gather, monday
from bot.stats.html_page import page
from bot.stats.labels import Labels, iso_week
from bot.stats.sections import sections
from bot.stats.suppression import BELOW, CommuneCounts, suppressed
from bot.stores.records.statistics import StatisticsRows
from bot.stores.sqlite.reading import reading
from bot.stores.sqlite.store import SqliteStore
from tests.a_year import fill
from tests.announcing import announce, claim, subscribe

DAY = date(2026, 11, 18)
NOON = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PLACES = ("03127", "03301", "03352")
TOPICS = {"loan-amount": "loans", "loan-apply": "loans", "job-numbers": "jobs"}
ENGLISH = Labels(Words("en", {}), DisplayNames({}, {"loans": {"vi": "Vay vốn", "en": "Loans"}}), {})


@pytest.fixture
def store(database: Path) -> Iterator[SqliteStore]:
    """In a file, because whoever gathers opens it by itself."""
    with closing(SqliteStore(database)) as opened:
        yield opened


def count(
    store: SqliteStore, intent: str | None, n: int = 1, *, kind: str = "answer", day: date = DAY, place: str = ""
) -> None:
    outcome = Outcome(kind, intent, 0.9, "vi")  # type: ignore[arg-type]
    with store.writing() as transaction:
        for _ in range(n):
            transaction.count(outcome, "telegram", day, place)


def gathered(store: SqliteStore, since: date | None = None, until: date | None = None) -> Stats:
    with store.writing() as transaction:
        records = StatisticsRows(transaction._connection)
        return gather(records, TOPICS, PLACES, since, until)


# --- what is kept back ------------------------------------------------------------------------------------------------


def test_no_hidden_count_can_be_computed_even_by_who_knows_how_it_is_hidden() -> None:
    """Every possible input, by all that is known of it, the total too: each hidden count could still be another one."""
    inputs: defaultdict[object, list[dict[str, int]]] = defaultdict(list)
    for *three, total in itertools.product(range(9), range(9), range(9), range(27)):
        counts = dict(zip("abc", three, strict=True))
        if (unknown := total - sum(three)) >= 0:
            given = suppressed(counts, unknown)
            assert counts.items() >= given.shown.items()
            assert {*given.shown, *given.hidden} == (set(counts) if given.publishable else set())
            inputs[
                total,
                given.publishable,
                tuple(given.shown.items()),
                given.hidden,
                given.hidden_total,
                given.unknown,
                given.threshold,
            ].append({place: n for place, n in counts.items() if place not in given.shown})
    for alike in inputs.values():
        for place in alike[0]:
            possible = {counts[place] for counts in alike}
            assert possible == {0} or len(possible) > 1


@given(
    st.dictionaries(st.sampled_from([f"{code:05}" for code in range(45)]), st.integers(0, 30)), st.integers(0, 50), st.randoms()
)
def test_which_of_the_hidden_communes_has_which_count_makes_no_difference(
    counts: dict[str, int], unknown: int, chance: object
) -> None:
    given = suppressed(counts, unknown)
    assert all(n >= given.threshold >= BELOW for n in given.shown.values())
    if not given.publishable:
        assert given.shown == {}
        return
    assert sum(given.shown.values()) + given.hidden_total == sum(counts.values())
    hidden = [counts[place] for place in given.hidden]
    assert given.hidden_total == 0 or (given.hidden_total >= BELOW and len(set(hidden)) > 1)
    chance.shuffle(hidden)  # type: ignore[attr-defined]
    assert suppressed(counts | dict(zip(given.hidden, hidden, strict=True)), unknown) == given


def test_small_communes_stand_together() -> None:
    given = suppressed({"a": 12, "b": 4, "c": 3, "d": 0, "e": 7}, 2)
    assert (dict(given.shown), given.hidden, given.hidden_total, given.threshold) == ({"a": 12, "e": 7}, ("b", "c", "d"), 7, 5)


def test_one_that_would_be_hidden_alone_takes_the_next_smallest_along() -> None:
    given = suppressed({"a": 12, "b": 3, "c": 7, "d": 9}, 0)
    assert (dict(given.shown), given.hidden, given.hidden_total, given.threshold) == ({"a": 12, "d": 9}, ("b", "c"), 10, 8)


def test_where_nobody_asked_there_is_nothing_to_hide() -> None:
    given = suppressed({"a": 12, "b": 0, "c": 0}, 3)
    assert (dict(given.shown), given.hidden_total, given.unknown) == ({"a": 12}, 0, 3)


def test_a_handful_of_questions_is_not_told_by_commune_at_all() -> None:
    assert suppressed({"a": 1, "b": 2, "c": 0}, 9) == CommuneCounts({}, (), 0, 0, publishable=False)


def test_a_code_that_is_no_commune_of_today_counts_as_not_known(store: SqliteStore) -> None:
    count(store, "loan-amount", 6, place="03301")
    count(store, "loan-amount", 1, place="99999")
    found = gathered(store).communes
    assert (dict(found.shown), found.unknown) == ({"03301": 6}, 1)


def test_a_hidden_count_is_in_no_form_of_the_report(store: SqliteStore) -> None:
    for place, n in zip(PLACES, (211, 4, 3), strict=True):
        count(store, "loan-amount", n, place=place)
    stats = gathered(store)
    assert as_data(stats, ENGLISH)["communes"] == {
        "places": [
            {"place": "03127", "name": "03127", "n": 211, "hidden": False},
            {"place": "03301", "name": "03301", "n": None, "hidden": True},
            {"place": "03352", "name": "03352", "n": None, "hidden": True},
        ],
        "below": 5,
        "hidden_together": 7,
        "unknown": 0,
    }
    assert [(row["key"], row["n"]) for row in rows(stats, ENGLISH) if row["section"] == "commune"] == [
        ("03127", 211),
        ("03301", "<5"),
        ("03352", "<5"),
    ]
    (table,) = (section for section in sections(stats, ENGLISH) if section.key == "communes")
    assert [(row.label, str(row.cells[0])) for row in table.rows] == [("03127", "211"), ("2 other communes, each <5", "7")]


# --- verdicts ---------------------------------------------------------------------------------------------------------


def rated(good: int, bad: int) -> FeedbackCount:
    return FeedbackCount("loan-amount", "v1", good, bad)


def test_the_certain_share_of_bad_verdicts_is_the_lower_end_of_the_interval_of_wilson() -> None:
    """The same as R says: prop.test(30, 40, correct = FALSE)$conf.int[1]."""
    assert bad_share_at_least(rated(0, 1)) == pytest.approx(0.2065, abs=5e-5)
    assert bad_share_at_least(rated(10, 30)) == pytest.approx(0.5981, abs=5e-5)
    assert bad_share_at_least(rated(7, 0)) == 0
    assert bad_share_at_least(rated(0, 0)) == 0


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_same_share_is_the_more_certain_the_more_verdicts_there_are(good: int, bad: int) -> None:
    few, many = rated(good, bad), rated(good * 10, bad * 10)
    assert 0 < bad_share_at_least(few) < bad_share_at_least(many) < bad / (good + bad) + 1e-9


def test_many_bad_verdicts_stand_above_a_single_one(store: SqliteStore) -> None:
    with store.writing() as transaction:
        for intent, good, bad in (("loan-apply", 0, 1), ("loan-amount", 2, 10), ("job-numbers", 20, 0)):
            for verdict, n in ((True, good), (False, bad)):
                for _ in range(n):
                    transaction.rate(Feedback(intent, verdict), "v1", "vi", "telegram", DAY)
    assert [one.intent for one in gathered(store).feedback] == ["loan-amount", "loan-apply", "job-numbers"]


def test_verdicts_are_told_for_each_version_of_the_content(store: SqliteStore) -> None:
    with store.writing() as transaction:
        for version in ("v1", "v2", "v2"):
            transaction.rate(Feedback("loan-amount", True), version, "vi", "telegram", DAY)
    assert {(one.version, one.good, one.bad) for one in gathered(store).feedback} == {("v1", 1, 0), ("v2", 2, 0)}


# --- questions --------------------------------------------------------------------------------------------------------


def test_menus_and_commands_are_no_questions(store: SqliteStore) -> None:
    for kind, n in (("answer", 4), ("clarify", 3), ("unknown", 2), ("menu", 5), ("command", 6), ("handoff", 1)):
        count(store, "loan-amount" if kind == "answer" else None, n, kind=kind)
    found = gathered(store)
    assert (found.total, found.total.total) == (QuestionCounts(4, 3, 2), 9)
    assert found.other_messages == {"handoff": 1, "menu": 5, "command": 6}
    assert (found.languages, found.channels) == ({"vi": QuestionCounts(4, 3, 2)}, {"telegram": QuestionCounts(4, 3, 2)})


def test_a_week_begins_on_monday_and_a_quiet_one_is_not_left_out(store: SqliteStore) -> None:
    count(store, "loan-amount", 2, day=date(2026, 12, 27))  # a Sunday
    count(store, "loan-amount", 3, day=date(2027, 1, 10))
    weeks = gathered(store).weeks
    assert [(iso_week(week), kinds.total) for week, kinds in weeks.items()] == [
        ("2026-W52", 2),
        ("2026-W53", 0),
        ("2027-W01", 3),
    ]
    assert all(week.weekday() == 0 for week in weeks)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_the_week_of_a_day_has_the_number_that_the_calendar_gives_it(day: date) -> None:
    assert iso_week(monday(day)) == day.strftime("%G-W%V")


def test_both_ends_of_the_days_belong_to_them(store: SqliteStore) -> None:
    for offset in range(5):
        count(store, "loan-amount", 10**offset, day=DAY + timedelta(days=offset))
    found = gathered(store, DAY + timedelta(days=1), DAY + timedelta(days=3))
    assert (found.total.total, found.first, found.last) == (1110, DAY + timedelta(days=1), DAY + timedelta(days=3))


def test_answers_are_counted_by_the_topic_that_they_have_today(store: SqliteStore) -> None:
    count(store, "loan-amount", 2)
    count(store, "loan-apply", 3)
    count(store, "job-numbers", 4)
    count(store, "gone-since", 1)
    count(store, "out-of-scope", 7, kind="unknown")
    found = gathered(store)
    assert found.topics == {"": QuestionCounts(1, 0, 7), "loans": QuestionCounts(5), "jobs": QuestionCounts(4)}
    assert list(found.intents) == ["job-numbers", "loan-apply", "loan-amount", "gone-since"]


def test_unanswered_questions_are_counted_by_week_kind_and_the_topic_they_came_near_to(store: SqliteStore) -> None:
    near = Outcome("unknown", None, 0.1, "vi", (Match("job-numbers", 0.1, ""), Match("loan-amount", 0.05, "")))
    nothing = Outcome("unknown", None, 0.0, "vi")
    with store.writing() as transaction:
        transaction.unanswered("việc ở Hà Nội", "unknown", near, DAY)
        transaction.unanswered("việc gì", "clarify", near, DAY + timedelta(days=7))
        transaction.unanswered("?", "disliked", nothing, DAY)
    found = gathered(store)
    assert (found.nearest_topics, found.unanswered) == ({"jobs": 2, "": 1}, {"unknown": 1, "clarify": 1, "disliked": 1})
    assert list(found.unanswered_weeks.items()) == [
        (date(2026, 11, 16), {"unknown": 1, "disliked": 1}),
        (date(2026, 11, 23), {"clarify": 1}),
    ]


# --- hand-offs and announcements --------------------------------------------------------------------------------------


def test_a_hand_off_tells_how_long_people_waited_and_how_it_ended(store: SqliteStore) -> None:
    waits = (timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=5), None)
    with store.writing() as transaction:
        for number, wait in enumerate(waits):
            case = transaction.open_case(Address("zalo-oa", str(number)), "03301", None, "vi", "câu hỏi", NOON, NOON)
            if wait:
                transaction.note(AuditEntry(NOON + wait, 1, "case taken", f"case {case.number}", "03301"))
                transaction.note(AuditEntry(NOON + 9 * wait, 2, "case taken", f"case {case.number}", "03301"))  # taken over
                transaction.save_case(replace(case, state="closed", owner=1, reason="idle" if number else ""))
    found = gathered(store, DAY, DAY).handoffs
    assert (found.opened, found.taken, found.answered) == (4, 3, 0)
    assert found.median_wait == timedelta(minutes=30)
    assert (found.states, found.reasons) == ({"closed": 3, "waiting": 1}, {"": 1, "idle": 2})
    assert gathered(store, DAY + timedelta(days=1)).handoffs.opened == 0


def test_an_announcement_counts_the_same_after_its_recipients_have_become_mere_counts(store: SqliteStore) -> None:
    subscribe(store, 5)
    announced = announce(store, now=NOON)
    with store.writing() as transaction:
        first = claim(transaction, NOON)
        second = claim(transaction, NOON)
        assert first is not None
        assert second is not None
        transaction.settle(first, "sent", NOON)
        transaction.settle(second, "gone", NOON, reason="blocked")
    before = gathered(store, DAY, DAY).announced
    assert before.states == {"sending": 1}
    assert before.recipients == {("sent", ""): 1, ("gone", "blocked"): 1, ("pending", ""): 3}
    with store.writing() as transaction:
        transaction.end_pending(announced.id, "cancelled", NOON, reason=CANCELLED)
        transaction.change(announced.id, "cancelled")
        assert transaction.condense(NOON + timedelta(days=90)) == 5
    after = gathered(store, DAY, DAY).announced
    assert after.recipients == {("sent", ""): 1, ("gone", "blocked"): 1, ("cancelled", "cancelled"): 3}
    assert gathered(store, until=DAY - timedelta(days=1)).announced.recipients == {}


def test_a_day_is_one_of_vietnam_also_for_what_is_stored_by_the_minute(store: SqliteStore) -> None:
    late = datetime(2026, 11, 17, 18, 30, tzinfo=UTC)  # half past one in the night of the 18th
    with store.writing() as transaction:
        transaction.open_case(Address("zalo-oa", "1"), "03301", None, "vi", "câu hỏi", late, late)
    assert gathered(store, DAY, DAY).handoffs.opened == 1


# --- reading beside a running process ---------------------------------------------------------------------------------


def test_who_reads_sees_one_moment_and_nobody_waits_for_it(store: SqliteStore, database: Path) -> None:
    count(store, "loan-amount", 2)
    with reading(database) as records:
        assert gather(records, TOPICS, PLACES).total.total == 2
        count(store, "loan-amount", 3)
        assert gather(records, TOPICS, PLACES).total.total == 2
    assert gathered(store).total.total == 5


def test_reading_makes_no_database_and_changes_none(tmp_path: Path, store: SqliteStore, database: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"), reading(tmp_path / "none.db"):
        pass
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(StoreError, match="readonly"), reading(database) as records:
        records.execute("DELETE FROM counts")


def test_a_database_from_before_says_how_to_bring_it_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "old.db").touch()
    with pytest.raises(StoreError, match="loaban run"), reading(tmp_path / "old.db") as records:
        gather(records, TOPICS, PLACES)


# --- how it is shown --------------------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """What a page is made of; it fails on a tag that is not closed where it should be."""

    VOID = ("meta", "rect")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, Mapping[str, str | None]]] = []
        self.titles = 0
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.titles += tag == "title" and self.open[-1] == "svg"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Stats:
    """A year of a province."""
    path = tmp_path_factory.mktemp("year") / "loaban.db"
    topics = {intent.id: intent.topic for intent in engine.knowledge.intents.values()}
    places = [place.code for place in engine.knowledge.places]
    with closing(SqliteStore(path)) as store:
        fill(store, list(topics), places, a_day=6, people=50)
    with reading(path) as records:
        return replace(
            gather(records, topics, places),
            groups=(UnansweredGroup("<b>xin & hỏi</b>", 3), UnansweredGroup("căn cước", 2, "greeting")),
        )


def labels_of(engine: Engine, lang: str) -> Labels:
    places: dict[str, Place] = {place.code: place for place in engine.knowledge.places}
    questions = {intent.id: intent.question for intent in engine.knowledge.intents.values()}
    return Labels(engine.words(lang), DisplayNames(places, engine.knowledge.topics), questions)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_page_is_whole_says_its_language_and_needs_no_network(year: Stats, engine: Engine, lang: str) -> None:
    text = page(year, labels_of(engine, lang), NOW)
    outline = Outline(text)
    assert ("html", {"lang": lang}) in outline.tags
    assert not {"script", "link", "img", "iframe", "object", "a", "form"} & {tag for tag, _ in outline.tags}
    assert not [
        name for _, given in outline.tags for name in given if name in ("src", "href", "style") or name.startswith("on")
    ]
    assert "url(" not in text
    assert "@import" not in text
    assert "<b>xin" not in text
    assert "&lt;b&gt;xin &amp; hỏi&lt;/b&gt;" in text


def test_every_bar_of_the_page_can_be_heard_and_its_figures_stand_beside_it(year: Stats, engine: Engine) -> None:
    labels = labels_of(engine, "en")
    outline = Outline(page(year, labels, NOW))
    bars = [given for tag, given in outline.tags if tag == "svg" and "bar" in (given.get("class") or "")]
    tables = sections(year, labels)
    assert len(bars) == outline.titles == sum(bool(row.parts) for table in tables for row in table.rows) > 0
    assert all(given.get("role") == "img" for given in bars)
    for table in tables:
        assert {len(row.cells) for row in table.rows} == {len(table.columns) - 1}
        assert all(len(row.parts) in (0, len(table.series)) for row in table.rows)


def test_no_bar_is_longer_than_its_frame(year: Stats, engine: Engine) -> None:
    text = page(year, labels_of(engine, "en"), NOW)
    ends = [int(start) + int(length) for start, length in re.findall(r'x="(\d+)" width="(\d+)"', text)]
    assert max(ends) == 1000


def test_all_forms_tell_the_same(year: Stats, engine: Engine) -> None:
    labels = labels_of(engine, "vi")
    data, table = as_data(year, labels), list(rows(year, labels))

    def summed(section: str) -> int:
        return sum(n for row in table if row["section"] == section and isinstance(n := row["n"], int))

    assert data["questions"] == {"total": year.total.total, "answered": year.total.answered,
                                 "asked_back": year.total.asked_back, "unknown": year.total.unknown}  # fmt: skip
    assert summed("questions") == summed("week") == summed("language") == summed("channel") == year.total.total
    together = ("commune", "communes_hidden_together", "commune_not_known")
    assert sum(map(summed, together)) == year.total.total
    assert summed("recipients") == 6 * 50
    (overview,) = (section for section in sections(year, labels) if section.key == "overview")
    assert overview.rows[0].cells[0].text == labels.number(year.total.total)


def test_where_nothing_was_counted_the_page_says_so(store: SqliteStore) -> None:
    nothing = gathered(store)
    assert nothing.empty
    assert sections(nothing, ENGLISH) == []
    assert list(rows(nothing, ENGLISH)) == []
    text = page(nothing, ENGLISH, NOW)
    Outline(text)
    assert "Nothing was counted in these days." in text
