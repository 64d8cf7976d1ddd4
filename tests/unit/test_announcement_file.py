"""An announcement in a file: what can be written, and how everything else is told with its line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.announcements.cleaning import clean
from bot.announcements.text_faults import text_faults
from bot.cli.announcement_file import KEYS, read_announcement
from bot.cli.command_context import CommandContext
from bot.cli.names_given import office_named, place_named, topic_named
from bot.errors import ContentError, Refusal
from bot.model import Plan
from bot.settings import Settings
from bot.zone import ZONE

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday, 15:00 in Điện Biên
CODE = "7K3M2P"
GOOD = {"text": "Mời bà con đi họp.", "places": ["Búng Lao"], "when": "now", "lasts": "3 ngày"}

PlanOf = Callable[..., Plan]
Told = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def context(home: Path) -> CommandContext:
    return CommandContext.of(Settings(home=home, lang="en"))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("announcements") / "notice.yaml"


@pytest.fixture
def told(context: CommandContext, path: Path) -> Told:
    """What is said of a file, each without its name."""

    def read(text: str) -> list[str]:
        path.write_text(text, "utf-8")
        with pytest.raises(ContentError) as refused:
            read_announcement(path, context, NOW, CODE)
        assert all(problem.file == str(path) for problem in refused.value.problems)
        return [f"{problem.line}: {problem.text}" for problem in refused.value.problems]

    return read


@pytest.fixture(scope="module")
def plan_of(context: CommandContext, path: Path) -> PlanOf:
    """The plan of a good file with some keys changed, or (None) left out; or of the bytes given."""

    def read(data: bytes | None = None, /, **changed: object) -> Plan:
        keys = {key: value for key, value in (GOOD | changed).items() if value is not None}
        path.write_bytes(data if data is not None else yaml.safe_dump(keys, sort_keys=False).encode())
        return read_announcement(path, context, NOW, CODE)

    return read


# --- what can be written ----------------------------------------------------------------------------------------------


def test_one_text_is_vietnamese_and_everything_that_is_left_out_is_the_ordinary(plan_of: PlanOf) -> None:
    plan = plan_of()
    assert plan.texts == {"vi": "Mời bà con đi họp."}
    assert plan.audience.places == ("03301",)
    assert plan.audience.topics == ()
    assert (plan.due, plan.rule, plan.lasts) == (None, None, timedelta(days=3))
    assert (plan.must, plan.urgent, plan.photo, plan.code) == (False, False, None, CODE)
    assert set(plan.office) == {"vi", "en"}
    assert all("Búng Lao" in office for office in plan.office.values())


def test_a_file_can_say_everything(plan_of: PlanOf) -> None:
    plan = plan_of(
        text={"vi": "Mưa lũ. Bà con đi ngay.\n", "en": "Flood. Leave now."},
        places=["xa bung lao", "Ẳng Tở", "03352"],
        topics=["housing", "viec lam"],
        when="7h30 sáng mai",
        lasts=None,
        until="25/11 17:00",
        must="yes",
        urgent="có",
        office="UBND xã  Búng Lao",
        photo="https://dienbien.gov.vn/lu.jpg",
    )
    assert plan.texts == {"vi": "Mưa lũ. Bà con đi ngay.", "en": "Flood. Leave now."}
    assert plan.audience.places == ("03301", "03352"), "Ẳng Tở is a part of Búng Lao today"
    assert plan.audience.topics == ("housing", "jobs")
    assert plan.due == datetime(2026, 11, 24, 7, 30, tzinfo=ZONE)
    assert plan.due + plan.lasts == datetime(2026, 11, 25, 17, 0, tzinfo=ZONE)
    assert (plan.must, plan.urgent) == (True, True)
    assert plan.office == {"vi": "UBND xã Búng Lao"}
    assert plan.photo == "https://dienbien.gov.vn/lu.jpg"


def test_what_is_repeated_keeps_its_rule_and_lasts_as_long_each_time(plan_of: PlanOf) -> None:
    plan = plan_of(when="every Monday 7:30", lasts=None, until="17:00")
    assert (plan.due, plan.rule, plan.lasts) == (None, "30 7 * * mon", timedelta(hours=9, minutes=30))


@pytest.mark.parametrize("written", ["all", "Tất cả", "toàn tỉnh", ["all"]])
def test_the_whole_province_is_said_in_so_many_words(plan_of: PlanOf, written: object) -> None:
    plan = plan_of(places=written)
    assert plan.audience.places == ()
    assert "Búng Lao" not in plan.office["vi"]


@pytest.mark.parametrize(
    ("until", "lasts"),
    [("17:00", timedelta(hours=2)), ("đến 17:00", timedelta(hours=2)), ("3 ngày", timedelta(days=3))],
)
def test_until_takes_a_bare_hour_and_even_a_length(plan_of: PlanOf, until: str, lasts: timedelta) -> None:
    assert plan_of(lasts=None, until=until).lasts == lasts


def test_whoever_sits_at_the_server_may_link_anywhere_as_an_owner_may(plan_of: PlanOf) -> None:
    assert plan_of(text="Xem tại https://example.org/tin").texts["vi"].endswith("example.org/tin")


@pytest.mark.parametrize("name", ["office", "text"])
def test_an_office_and_a_text_can_be_said_in_every_language(plan_of: PlanOf, name: str) -> None:
    said = {"vi": "Trạm y tế", "en": "The health station"}
    plan = plan_of(**{name: said})
    assert (plan.office if name == "office" else plan.texts) == said


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_a_text_arrives_as_it_was_written_or_is_told(plan_of: PlanOf, text: str) -> None:
    try:
        plan = plan_of(text=text)
    except ContentError as error:
        problems = [problem.text for problem in error.problems]
        assert not clean(text) or text_faults(text, room=10_000, allowed=(), any_link=True), problems
    else:
        assert plan.texts == {"vi": clean(text)}


@given(
    data=st.binary(max_size=300)
    | st.text(st.sampled_from("textplacwhn :{}[]-,|>'\"&*!#\n\t%@`ạ0"), max_size=80).map(str.encode)
)
def test_whatever_stands_in_a_file_it_is_an_announcement_or_told_with_a_line(plan_of: PlanOf, data: bytes) -> None:
    with pytest.raises(ContentError) as refused:
        plan_of(data)
    lines = data.replace(b"\r", b"\n").count(b"\n") + 3
    assert all(1 <= problem.line <= lines and problem.text for problem in refused.value.problems)


# --- what is told -----------------------------------------------------------------------------------------------------

HEAD = "text: Mời bà con đi họp.\nplaces: all\nwhen: now\n"  # three lines; `lasts` is the fourth

BROKEN = [
    ("", ["1: an announcement is written as lines of the form key: value; its keys are: text, places, "]),
    ("- text: x\n", ["1: an announcement is written as lines"]),
    ("just a sentence\n", ["1: an announcement is written as lines"]),
    (
        "# nothing but a key\nurgent: no\n",
        [
            "2: 'lasts' is missing; add a line such as lasts: ",
            "2: 'places' is missing; add a line such as places: ",
            "2: 'text' is missing; add a line such as text: ",
            "2: 'when' is missing; add a line such as when: ",
        ],
    ),
    (HEAD + "lasts: 3 days\nwehn: now\n", ["5: unknown key 'wehn'; did you mean 'when'?"]),
    (HEAD + "lasts: 3 days\nURGENT: yes\n", ["5: unknown key 'URGENT'; did you mean 'urgent'?"]),
    (HEAD + "lasts: 3 days\ncolour: red\n", ["5: unknown key 'colour'; remove it. The keys are: text, places, topics, when"]),
    (HEAD + "lasts: 3 days\nwhen: now\n", ["5: the key 'when' stands here a second time (first in line 3)"]),
    (HEAD + "lasts: &a 3 days\n", ["4: aliases (& and *) are not used here"]),
    (HEAD + "lasts: !!str 3 days\n", ["4: tags (!) are not used here"]),
    ("text: Họp dân: 7h30\n" + HEAD.split("\n", 1)[1] + "lasts: 3 days\n", ["1: this is not readable YAML;"]),
    (HEAD.replace("Mời bà con đi họp.", '"Mời') + "lasts: 3 days\n", ["1: the text in quotes that begins here"]),
    (HEAD + "\tlasts: 3 days\n", ["4: this line begins with a tab"]),
    (HEAD.replace("Mời bà con đi họp.", "[một, hai]") + "lasts: 3 days\n", ["1: 'text' must be a text"]),
    (HEAD.replace("Mời bà con đi họp.", "") + "lasts: 3 days\n", ["1: 'text' is empty; write a text or remove the line"]),
    (
        "text:\n  en: A meeting.\nplaces: all\nwhen: now\nlasts: 3 days\n",
        ["1: 'text' needs the Vietnamese text: most people read it. Add a line vi: …"],
    ),
    (
        "text: {vi: Họp lúc 7 giờ, nhớ mang sổ}\nplaces: all\nwhen: now\nlasts: 3 days\n",
        ["1: 'nhớ mang sổ' is no language spoken here (vi, en); a text with a comma or a colon is put in quotes"],
    ),
    (
        "text:\n  vi: Họp.\n  en: [a]\nplaces: all\nwhen: now\nlasts: 3 days\n",
        ["3: 'en' must be a text"],
    ),
    (
        "text:\n  vi: |\n    Xem http://dien.biên-gov.vn@evil.example/x\n  en: See.\nplaces: all\nwhen: now\nlasts: 3 days\n",
        ["3: The address evil.example is written with letters that imitate others, or hides where it leads"],
    ),
    (HEAD.replace("Mời bà con đi họp.", "/stop") + "lasts: 3 days\n", ["1: Begin the text with a word"]),
    (HEAD.replace("Mời bà con đi họp.", '"12345"') + "lasts: 3 days\n", ["1: Write the announcement in words"]),
    (
        HEAD.replace("Mời bà con đi họp.", "dài " * 2000) + "lasts: 3 days\n",
        ["1: The text is 7999 characters long and at most "],
    ),
    (HEAD.replace("all", "") + "lasts: 3 days\n", ["2: 'places' is empty"]),
    (HEAD.replace("all", "[]") + "lasts: 3 days\n", ["2: 'places' is an empty list; it needs at least one entry"]),
    (HEAD.replace("all", "{a: b}") + "lasts: 3 days\n", ["2: 'places' must be a text"]),
    (
        'text: Họp.\nplaces:\n  - Búng Lao\n  - all\n  - [x]\n  - ""\nwhen: now\nlasts: 3 days\n',
        ["4: 'places' is either all or a list of communes, not both", "5: 'places' must be a text", "6: 'places' is empty"],
    ),
    (
        "text: Họp.\nplaces:\n  - Mường Chà\n  - huyện Tủa Chùa\n  - Búng Laoo Laoo\n  - Xyz\nwhen: now\nlasts: 3 days\n",
        [
            "3: “Mường Chà” can mean Mường Chà commune (03166); Na Sang commune (03172), where the old Mường Chà town lies.",
            "4: There are no districts any more. What was Tủa Chùa are today: Tủa Chùa commune (03217), ",
            "5: “Búng Laoo Laoo” is no commune or ward that is known here. Is it one of these: Búng Lao commune (03301)",
            "6: “Xyz” is no commune or ward that is known here. Look at how it is written.",
        ],
    ),
    (
        HEAD + "lasts: 3 days\ntopics:\n  - nhà ở xã hội\n  - vbsp-loan\n",
        ["6: “nhà ở xã hội” is no topic. The topics are: ", "7: “vbsp-loan” is no topic. The topics are: vbsp-loans (Loans "],
    ),
    (HEAD + "lasts: 3 days\ntopics: []\n", ["5: 'topics' is an empty list"]),
    (HEAD.replace("now", "25h") + "lasts: 3 days\n", ["3: There is no such hour: 25:00."]),
    (HEAD.replace("now", "hôm nào đẹp trời") + "lasts: 3 days\n", ["3: I cannot read “hôm nào đẹp trời” as a time."]),
    (HEAD.replace("now", "22/11 7:30") + "lasts: 3 days\n", ["3: 7:30 22/11/2026 is already past."]),
    (HEAD.replace("now", "[now]") + "lasts: 3 days\n", ["3: 'when' must be a text"]),
    (HEAD + "lasts: a while\n", ["4: I cannot read “a while” as how long it stays true."]),
    (HEAD + "until: someday\n", ["4: I cannot read “someday” as how long it stays true."]),
    (HEAD + "lasts: 1 minute\n", ["4: An announcement stays true for at least 15 minutes."]),
    (HEAD + "until: 22/11\n", ["4: 23:59 22/11/2026 is before the announcement goes out (15:00 23/11/2026)."]),
    (HEAD + "lasts: 3 days\nuntil: 25/11\n", ["5: 'lasts' and 'until' say the same; keep one of them"]),
    (HEAD.replace("now", "every day 8:00") + "until: 20/12\n", ["4: it is repeated until somebody cancels it: write how long"]),
    (HEAD + "lasts: 3 days\nmust: maybe\n", ["5: 'must' is maybe; write yes or no"]),
    (HEAD + "lasts: 3 days\nurgent: 1\n", ["5: 'urgent' is 1; write yes or no"]),
    (HEAD + "lasts: 3 days\nphoto: http://dienbien.gov.vn/a.jpg\n", ["5: 'photo' must be the address of one picture"]),
    (HEAD + "lasts: 3 days\nphoto: https://user@evil.example/a.jpg\n", ["5: 'photo' must be the address of one picture"]),
    (HEAD + "lasts: 3 days\noffice: " + "x" * 101 + "\n", ["5: The name of the office has 101 characters; at most 100 fit"]),
    (HEAD + "lasts: 3 days\noffice:\n  en: The office\n", ["5: 'office' needs the Vietnamese text"]),
]


@pytest.mark.parametrize(("text", "expected"), BROKEN, ids=[str(number) for number in range(len(BROKEN))])
def test_every_fault_is_told_with_its_line_and_nothing_else_is(told: Told, text: str, expected: list[str]) -> None:
    found = told(text)
    assert [one[: len(start)] for one, start in zip(found, expected, strict=True)] == expected


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(told: Told) -> None:
    found = told("text: /x\nplaces: [Xyz]\nwhen: 25h\nlasts: never\nmust: perhaps\ntopics: [x]\nphoto: x\nfoo: bar\n")
    assert [int(one.split(":")[0]) for one in found] == list(range(1, 9))


def test_a_file_that_is_no_text_is_told(plan_of: PlanOf) -> None:
    with pytest.raises(ContentError, match="the file is not UTF-8 text; save it as UTF-8"):
        plan_of("text: Họp\nplaces: all\n".encode("utf-16"))


def test_the_faults_are_told_in_the_language_of_the_command_line(home: Path, path: Path) -> None:
    path.write_text(HEAD + "lasts: 3 ngày\nwehn: now\n", "utf-8")
    with pytest.raises(ContentError) as refused:
        read_announcement(path, CommandContext.of(Settings(home=home, lang="vi")), NOW, CODE)
    assert [str(one) for one in refused.value.problems] == [f"{path}:5: không có khóa 'wehn'; có phải là 'when' không?"]


def test_the_keys_in_the_description_are_the_keys_that_are_read() -> None:
    from bot.cli import announcement_file

    described = [
        line.split(":")[0].strip() for line in (announcement_file.__doc__ or "").splitlines() if line.startswith("    ")
    ]
    assert described == [key for key in KEYS if key != "until"]


# --- names ------------------------------------------------------------------------------------------------------------


def led_to(text: str, context: CommandContext) -> str:
    """The number of the commune that a name leads to, or what is told instead."""
    try:
        return place_named(text, context).code
    except Refusal as refusal:
        return str(refusal)


def test_every_commune_of_today_can_be_named_or_the_numbers_to_choose_from_are_told(context: CommandContext) -> None:
    for place in context.gazetteer.by_code.values():
        for text in (place.full_name, place.name, f"{place.full_name}, tỉnh Điện Biên", f"{place.name} commune"):
            assert place.code in led_to(text, context), text
        assert led_to(f" {place.code} ", context) == place.code


def test_every_old_name_leads_to_its_commune_of_today_or_the_numbers_are_told(context: CommandContext) -> None:
    for place in context.gazetteer.by_code.values():
        for unit in place.formed_from:
            for text in (unit.name, f"{unit.kind} {unit.name}", f"{unit.kind} {unit.name} cũ"):
                assert place.code in led_to(text, context), text


def test_few_names_need_a_number(context: CommandContext) -> None:
    unclear = [name for name in context.gazetteer.names if not led_to(name, context).isdigit()]
    assert set(unclear) == {"muong thanh", "muong cha", "na tong", "sam mun"}


@pytest.mark.parametrize("text", ["Búng Lao và Thanh An", "Búng Lao, Thanh An", "bản Co Nỏng Búng Lao", "", "99999", "all"])
def test_what_is_not_one_name_is_no_commune(context: CommandContext, text: str) -> None:
    with pytest.raises(Refusal):
        place_named(text, context)


def test_a_topic_goes_by_its_id_and_by_its_name_in_any_language(context: CommandContext) -> None:
    for topic, names in context.topics.items():
        assert {topic_named(name, context) for name in (topic, topic.upper(), *names.values())} == {topic}


def test_an_office_is_one_line_without_anything_invisible() -> None:
    assert office_named(" UBND\n xã\u200b  Búng Lao ") == "UBND xã Búng Lao"
