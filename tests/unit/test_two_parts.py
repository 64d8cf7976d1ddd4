"""An answer has two parts: a short one that fits a phone, and more for whoever asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.authoring.checking import check
from bot.channels.numbered import numbered
from bot.cli.root import cli
from bot.dialogue import answers, compose
from bot.engine import Engine
from bot.knowledge.load import load_knowledge
from bot.knowledge.render import source_line
from bot.model import Address, Reply, Session
from bot.model.well_known import OUT_OF_SCOPE, UNCLEAR
from bot.stores.as_text import dump_session, load_session
from bot.text.phone import COLUMNS, LINES, phone_lines
from tests.talking import Person, Town
from tests.tiny import JOBS, LOAN, TODAY

FACTS = "content/facts/loans.yaml"
ROOF, ROOF_QUESTION = "housing-eligibility", "my roof leaks"
BARE = "thanks-goodbye"  # has no more


@pytest.fixture
def resident(town: Town) -> Person:
    return town.person("a")


def reply_to(engine: Engine, lang: str, intent: str) -> Reply:
    """What is sent to whoever asks for this intent, in whichever way it comes to be sent."""
    if intent in (OUT_OF_SCOPE, UNCLEAR):
        return compose.unknown(engine, lang, intent)
    return compose.answer(engine, lang, intent)


def part(engine: Engine, intent: str, lang: str = "en", *, more: bool = False) -> str:
    known = engine.knowledge.intents[intent]
    return (known.more if more else known.short)[lang]


# --- the screen -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_nine_in_ten_replies_fit_a_phone(engine: Engine, lang: str) -> None:
    heights = {one: len(phone_lines(numbered(reply_to(engine, lang, one)))) for one in engine.knowledge.intents}
    tall = {one: height for one, height in heights.items() if height > LINES}
    assert len(tall) <= len(heights) / 10, tall


def test_urgent_answers_begin_with_the_number_to_call(engine: Engine) -> None:
    urgent = [one for one in engine.knowledge.intents.values() if one.urgent]
    assert urgent
    for one in urgent:
        for lang in engine.knowledge.words:
            first = phone_lines(compose.answer(engine, lang, one.id).text)[0]
            assert any(char.isdigit() for char in first), (one.id, lang, first)


def test_a_line_of_sources_under_a_short_answer_is_one_line_where_one_name_fits_it(engine: Engine) -> None:
    for one in engine.knowledge.intents.values():
        for lang, line in one.source_line.items():
            assert "\n" not in line
            assert not one.more or len(line) <= COLUMNS or "; " not in line.removesuffix("; ..."), (one.id, lang, line)


@pytest.mark.parametrize(
    ("dates", "width", "line"),
    [
        (["2025-11"], None, "Nguồn: Báo, 11/2025"),
        (["2025-11", "2025-11"], None, "Nguồn: Báo, 11/2025"),
        (["2025-11-02"], None, "Nguồn: Báo, 11/2025"),
        (["2025-01/2025-06"], None, "Nguồn: Báo, 2025"),
        (["2026-01/2026-03", "2025-11"], None, "Nguồn: Báo, 2025-2026"),
        (["2025-11", "decree"], None, "Nguồn: Báo, 11/2025; Nghị định"),
        (["2025-11", "decree"], 24, "Nguồn: Báo, 11/2025; ..."),
        (["decree"], 1, "Nguồn: Nghị định"),
        ([], None, ""),
    ],
)
def test_a_source_is_named_with_its_month_or_its_years(engine: Engine, dates: list[str], width: int | None, line: str) -> None:
    knowledge = engine.knowledge
    fact, source = next(iter(knowledge.facts.values())), next(iter(knowledge.sources.values()))
    sources = {}
    for number, date in enumerate(dates):
        decree = replace(source, kind="decree", name={"vi": "Nghị định"}, date="2025")
        article = replace(source, kind="article", name={"vi": "Báo"}, date=date)
        sources[str(number)] = decree if date == "decree" else article
    facts = [replace(fact, sources=tuple(sources))] if sources else []
    assert source_line(facts, sources, knowledge.words["vi"], width) == line


def test_related_questions_are_left_out_before_the_screen_overflows(engine: Engine) -> None:
    known = engine.knowledge
    for one in known.intents:
        reply = answers.short_reply(known, "vi", one)
        related = [button for button in reply.buttons if button.choice.startswith("intent:")]
        assert len(related) <= 2
        assert answers.fits(reply) or not related or not known.intents[one].more, one


def test_two_verdicts_share_a_numbered_line(engine: Engine) -> None:
    last = numbered(compose.answer(engine, "vi", ROOF)).split("\n")[-1]
    assert "👍 Đúng ý" in last
    assert "👎 Chưa đúng" in last


def test_whoever_reports_the_village_head_is_not_sent_to_the_village_head(engine: Engine) -> None:
    for lang, forbidden in (("vi", "trưởng bản"), ("en", "village head")):
        assert forbidden not in compose.answer(engine, lang, "report-wrongdoing").text.lower()
        known = engine.knowledge.intents["report-wrongdoing"]
        assert forbidden not in known.whole_message(lang).lower()


# --- more -------------------------------------------------------------------------------------------------------------


def test_more_is_the_first_choice_and_comes_on_a_tap_with_all_sources_and_related_questions(
    engine: Engine, resident: Person
) -> None:
    short = resident.write(ROOF_QUESTION)
    assert short.startswith(part(engine, ROOF))
    assert part(engine, ROOF, more=True) not in short
    assert resident.labels()[0] == "More"
    known = engine.knowledge.intents[ROOF]
    assert resident.tap("More") == f"{known.more['en']}\n{known.whole_source_line['en']}"
    assert resident.labels()[:2] == [engine.knowledge.intents[one].question["en"] for one in known.related[:2]]


@pytest.mark.parametrize("words", ["more", "tell me more", "xem thêm", "xem them a", "Nói kỹ hơn ạ", "chi tiet", "1"])
def test_more_comes_in_words_and_by_number(engine: Engine, resident: Person, words: str) -> None:
    resident.write(ROOF_QUESTION)
    assert resident.write(words).startswith(part(engine, ROOF, more=True))


def test_more_is_told_once_and_then_kindly_refused_with_related_questions(engine: Engine, resident: Person) -> None:
    resident.write(ROOF_QUESTION)
    resident.tap("More")
    assert "That is all that Loa Bản knows" in resident.write("more")
    assert engine.knowledge.intents[ROOF].related
    assert resident.labels()[0] == engine.knowledge.intents[engine.knowledge.intents[ROOF].related[0]].question["en"]


def test_more_of_an_answer_without_any_is_refused_kindly(engine: Engine, resident: Person) -> None:
    assert not engine.knowledge.intents[BARE].more
    resident.write("thank you")
    assert "That is all that Loa Bản knows" in resident.write("tell me more")
    assert resident.labels()


def test_more_after_something_else_was_said_is_not_about_the_old_answer(engine: Engine, resident: Person) -> None:
    resident.write(ROOF_QUESTION)
    resident.write("/menu")
    assert part(engine, ROOF, more=True) not in resident.write("more details")


def test_more_in_an_emergency_is_more_of_it_and_never_a_matter_of_length(engine: Engine, resident: Person) -> None:
    resident.write("my house is on fire")
    assert resident.write("nói kỹ hơn").startswith(part(engine, "emergency", more=True))
    assert "From now on" not in resident.write("full answers please")
    assert any(number in resident.write("nobody answers") for number in ("112", "113", "114"))


def test_after_more_the_answer_can_still_be_judged(resident: Person) -> None:
    resident.write(ROOF_QUESTION)
    resident.tap("More")
    assert "Thank you for telling" in resident.write("right")


def test_asking_for_more_is_counted_as_no_question(town: Town, resident: Person) -> None:
    resident.write(ROOF_QUESTION)
    before = town.rows("SELECT kind, intent, n FROM counts WHERE kind = 'answer'")
    resident.tap("More")
    assert [tuple(row) for row in town.rows("SELECT kind, intent, n FROM counts WHERE kind = 'answer'")] == [
        tuple(row) for row in before
    ]


# --- how long ---------------------------------------------------------------------------------------------------------


def test_whoever_wants_full_answers_gets_both_parts_in_one_until_they_say_otherwise(engine: Engine, resident: Person) -> None:
    assert "everything at once" in resident.write("trả lời đầy đủ")
    whole = resident.write(ROOF_QUESTION)
    assert whole == engine.knowledge.intents[ROOF].whole_message("en")
    assert "More" not in resident.labels()
    assert "short" in resident.write("trả lời ngắn thôi")
    assert resident.write(ROOF_QUESTION).startswith(part(engine, ROOF))
    assert "More" in resident.labels()


def test_the_wish_outlasts_the_conversation_and_is_told_among_ones_data(town: Town, resident: Person) -> None:
    resident.write("full answers please")
    town.now += timedelta(hours=3)
    resident.write(ROOF_QUESTION)
    assert "More" not in resident.labels()
    assert "answers with everything at once" in resident.write("/mydata")


def test_a_session_of_an_older_version_wants_short_answers() -> None:
    address = Address("telegram", "1")
    assert load_session(address, '{"lang": "vi", "offered": []}').full is False
    assert load_session(address, dump_session(Session(address, full=True))).full is True


# --- the check --------------------------------------------------------------------------------------------------------


def swapped(home: Path, file: str, old: str, new: str) -> None:
    path = home / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, (old, text)
    path.write_text(text.replace(old, new), "utf-8")


def told(home: Path, about: str) -> list[tuple[str, bool]]:
    return [(one.file, one.warning) for one in check(home, "en", TODAY).problems if about in one.text]


def two_sums(home: Path, said: str) -> None:
    fact = (home / FACTS).read_text("utf-8").partition("  loan-limit:\n")[2].partition("  loan-rate:")[0]
    swapped(home, FACTS, "facts:\n", f"facts:\n  loan-least:\n{fact}")
    swapped(home, LOAN, "    Bà con vay", f"    {said}Bà con vay")


Broken = Callable[[Path], None]
BROKEN: dict[str, Broken] = {
    "stands without its time": lambda home: swapped(
        home, JOBS, "{jobs-countries} ({jobs-count.period}).\n  en", "{jobs-countries}.\n  en"
    ),
    "not every language uses {jobs-countries}": lambda home: swapped(home, JOBS, ", many in {jobs-countries}", ""),
    "and so does the line of whom to ask": lambda home: swapped(
        home, "content/referrals.yaml", "referrals:\n", "offices:\n  bank: {vi: [[con vay], [tổ]]}\nreferrals:\n"
    ),
    "stand on one line": lambda home: two_sums(home, "{loan-limit}, {loan-least}. "),
    "points to nothing": lambda home: swapped(home, JOBS, "  en: There are no", "  en: In that period there are no"),
    "another time for whoever reads it later": lambda home: swapped(
        home, JOBS, "  en: There are no", "  en: Currently there are no"
    ),
    "first line is to be the numbers": lambda home: swapped(home, LOAN, "urgency: normal", "urgency: urgent"),
    "brings a source under the answer": lambda home: swapped(home, JOBS, "facts: []", "facts: [loan-rate]"),
    "is a sentence of": lambda home: swapped(home, JOBS, "  en: Each year", f"  en: Each {'good ' * 25}year"),
    "lines of a phone": lambda home: swapped(home, LOAN, "    Bà con vay", "    A\n" * 12 + "    Bà con vay"),
}


@pytest.mark.parametrize("about", BROKEN)
def test_what_is_worth_a_look_in_a_part_is_a_warning(tiny_home: Path, about: str) -> None:
    before = told(tiny_home, about)
    BROKEN[about](tiny_home)
    found = told(tiny_home, about)
    assert len(found) > len(before)
    assert all(warning and file in (JOBS, LOAN) for file, warning in found)


def test_a_source_may_be_named_where_a_time_is_printed_or_a_fact_is_told_in_other_words(tiny_home: Path) -> None:
    about = "brings a source under the answer"
    swapped(tiny_home, JOBS, "facts: []", "facts: [loan-rate]")
    swapped(tiny_home, JOBS, "  en: There are no figures", "  en: That is of {loan-rate.period}. There are no figures")
    assert not told(tiny_home, about)
    swapped(tiny_home, LOAN, "facts: []", "facts: [ext-emergency]")
    assert not told(tiny_home, about)  # of the decree, as the rate that is printed
    swapped(tiny_home, FACTS, "sources: [decree-one]", "sources: [article-one]")
    assert told(tiny_home, about) == [(LOAN, True)]
    swapped(tiny_home, LOAN, "Số này là của năm", "Gọi 113 hoặc 115. Số này là của năm")
    assert not told(tiny_home, about)


def test_a_part_that_is_too_long_is_an_error(tiny_home: Path) -> None:
    swapped(tiny_home, JOBS, "  en: There are no figures of single communes.", f"  en: {'Long. ' * 120}")
    assert told(tiny_home, "more.en has") == [(JOBS, False)]


def test_more_is_written_in_every_language_or_in_none(tiny_home: Path) -> None:
    swapped(tiny_home, JOBS, "  en: There are no figures of single communes.\n", "")
    assert told(tiny_home, "more has no text in 'en'") == [(JOBS, False)]


OFFICES = "offices:\n  bank: {en: [[CAN borrow, may borrow], [village]]}\nreferrals:\n"


def test_the_referral_is_left_out_in_the_language_whose_text_names_all_of_its_offices(tiny_home: Path) -> None:
    line = {"vi": "Bà con hỏi tổ vay vốn ở bản.", "en": "Ask the savings group in your village."}
    swapped(tiny_home, "content/referrals.yaml", "referrals:\n", OFFICES)
    assert load_knowledge(tiny_home, "en").intents["loan-amount"].referral == line
    assert told(tiny_home, "name village as well") == [(LOAN, True)]
    swapped(tiny_home, LOAN, "You can borrow", "In your village you can borrow")
    known = load_knowledge(tiny_home, "en").intents["loan-amount"]
    assert known.referral == {"vi": line["vi"]}
    assert line["en"] not in known.message("en")
    assert not told(tiny_home, "the line of whom to ask")


def test_two_sums_on_lines_of_their_own_are_fine(tiny_home: Path) -> None:
    two_sums(tiny_home, "{loan-least};\n    ")
    assert not told(tiny_home, "stand on one line")


def test_a_pointing_word_is_fine_once_what_it_points_to_was_named(tiny_home: Path) -> None:
    swapped(tiny_home, JOBS, "  en: There are no", "  en: The period is long. In that period there are no")
    assert not told(tiny_home, "points to nothing")


def test_no_answer_begins_with_what_is_not_known(engine: Engine) -> None:
    unknown = re.compile(r"Loa Bản (chưa|không) (có|rõ|biết)|Loa Bản (has no|does not)|báo không|no source", re.IGNORECASE)
    for one in engine.knowledge.intents.values():
        for lang, text in one.short.items() if one.id != OUT_OF_SCOPE else ():
            assert not unknown.search(re.split(r"[.;]\s|\n", text)[0]), (one.id, lang)


def test_sentences_begin_with_a_capital_letter(engine: Engine) -> None:
    for one in engine.knowledge.intents.values():
        for lang in one.short:
            begun = re.findall(r"(?<!\.\.)(?<!\d)[.!?] (\w)", one.whole_message(lang))
            assert not any(letter.islower() for letter in begun), (one.id, lang)


# --- the command ------------------------------------------------------------------------------------------------------


def test_a_preview_shows_the_screen_of_a_phone_and_how_many_fit_it(tiny_home: Path) -> None:
    def run(*arguments: str) -> list[str]:
        result = CliRunner().invoke(cli, ["--home", str(tiny_home), "--lang", "en", "preview", *arguments])
        return result.output.splitlines()

    both = run("--phone", "job-numbers")
    frame = [line for line in both if line.startswith(("┌", "│", "└"))]
    assert {len(line) for line in frame if "👍" not in line} == {COLUMNS + 4}
    assert sum(line.startswith("┌") for line in frame) == 2
    assert any("There are no figures of single" in line for line in frame)
    assert both[-1] == "1 of 1 fit a screen of 14 lines"
    everything = run("--phone")
    assert everything[-1].endswith(f"of {len(load_knowledge(tiny_home, 'en').intents)} fit a screen of 14 lines")
    assert "did you mean job-numbers?" in run("--phone", "job-number")[-1]
