"""Recordings of answers: heard while they say what the text says, silent from the moment on when they do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.authoring.checking import check
from bot.authoring.recording import add, to_record
from bot.cli.root import cli
from bot.engine import Engine, build_engine
from bot.errors import Refusal
from bot.knowledge.load import content_version, load_knowledge
from bot.knowledge.recordings import LARGEST, READ_TEXTS, seconds_of, text_to_read
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.settings import Settings
from tests.at_the_desk import MORNING
from tests.sounds import mp3, ogg
from tests.talking import Person, Town
from tests.tiny import JOBS, LOAN, TODAY

FACTS = "content/facts/loans.yaml"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.ogg"
    path.write_bytes(ogg())
    return path


def record(home: Path, clip: Path, lang: str = "vi", intent: str = "loan-amount") -> Path:
    return add(home, load_knowledge(home), lang, intent, clip)


def edit(home: Path, file: str, old: str, new: str) -> None:
    text = (home / file).read_text("utf-8")
    assert text.count(old) == 1
    (home / file).write_text(text.replace(old, new), "utf-8")


def of_recordings(home: Path) -> list[tuple[str, str, bool]]:
    """The file, the first words and whether it is a warning, of what the check says of recordings."""
    words = ("recording", "nobody hears", "audio")
    return [(one.file, one.text, one.warning) for one in check(home, "en", TODAY).problems if any(w in one.text for w in words)]


def heard(home: Path, intent: str = "loan-amount") -> set[str]:
    return set(load_knowledge(home).recordings.get(intent, ()))


# --- bound to its text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["vi", "en", "tai", "hmn"])
def test_a_recording_is_heard_once_it_is_bound(tiny_home: Path, clip: Path, lang: str) -> None:
    before = content_version(tiny_home)
    place = record(tiny_home, clip, lang)
    assert place == tiny_home / f"content/audio/{lang}/loan-amount.ogg"
    assert place.read_bytes() == clip.read_bytes()
    assert heard(tiny_home) == {lang}
    assert of_recordings(tiny_home) == []
    assert content_version(tiny_home) != before


CHANGES = {
    "the text": (LOAN, "Bà con vay được", "Nhà mình vay được"),
    "a figure": (FACTS, "value: 100000000", "value: 120000000"),
    "whom to ask": ("content/referrals.yaml", "Bà con hỏi tổ vay vốn ở bản.", "Bà con hỏi xã."),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_recording_is_silent_when_what_it_reads_has_changed(tiny_home: Path, clip: Path, change: str) -> None:
    for lang in ("vi", "en", "tai"):
        record(tiny_home, clip, lang)
    edit(tiny_home, *CHANGES[change])
    assert heard(tiny_home) == (set() if change == "a figure" else {"en"})
    silent = [text for file, text, warning in of_recordings(tiny_home) if warning and file == READ_TEXTS]
    assert len(silent) == (3 if change == "a figure" else 2)
    assert "nobody hears content/audio/tai/loan-amount.ogg" in silent[1 if change == "a figure" else 0]


def test_broken_into_other_lines_a_text_is_read_the_same(tiny_home: Path, clip: Path) -> None:
    record(tiny_home, clip)
    edit(tiny_home, LOAN, "{loan-groups}.\n    Số này", "{loan-groups}. Số này")
    assert heard(tiny_home) == {"vi"}


def test_how_long_a_recording_lasts_is_read_from_it_where_it_says_so() -> None:
    assert [seconds_of(ogg(seconds)) for seconds in (0.1, 2.4, 3.6)] == [1, 2, 4]
    assert [seconds_of(data) for data in (mp3(), b"OggS", b"", b"OpusHead OggS")] == [None] * 4


def test_a_new_recording_takes_the_place_of_the_old_one(tiny_home: Path, clip: Path, tmp_path: Path) -> None:
    record(tiny_home, clip)
    other = tmp_path / "b.MP3"
    other.write_bytes(mp3())
    record(tiny_home, other)
    assert load_knowledge(tiny_home).recordings == {"loan-amount": {"vi": "vi/loan-amount.mp3"}}
    assert [file for file, text, _ in of_recordings(tiny_home) if "not known" in text] == ["content/audio/vi/loan-amount.ogg"]


# --- the check --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("vi/loan-amount.ogg", "which text it reads is not known"),
        ("vi/loan-amounts.ogg", "there is no intent loan-amounts"),
        ("vi/loan-amount.wav", "is called content/audio/<language>/<intent>.ogg"),
        ("loan-amount.ogg", "is called content/audio/<language>/<intent>.ogg"),
    ],
)
def test_a_file_that_nobody_hears_is_told(tiny_home: Path, name: str, about: str) -> None:
    path = tiny_home / "content/audio" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(ogg())
    [(file, text, warning)] = of_recordings(tiny_home)
    assert (file, warning) == (f"content/audio/{name}", True)
    assert about in text
    assert not load_knowledge(tiny_home).recordings


def test_a_recording_that_is_gone_is_told_and_not_offered(tiny_home: Path, clip: Path) -> None:
    record(tiny_home, clip).unlink()
    [(file, text, warning)] = of_recordings(tiny_home)
    assert (file, warning) == (READ_TEXTS, True)
    assert "there is no recording content/audio/vi/loan-amount.ogg" in text
    assert not heard(tiny_home)


def test_a_binding_that_says_nothing_is_told_with_its_line(tiny_home: Path) -> None:
    (tiny_home / READ_TEXTS).write_text("# comment\n\nvi/loan-amount.ogg\n", "utf-8")
    told = [one for one in check(tiny_home, "en", TODAY).problems if "this is no line" in one.text]
    assert [(one.file, one.line, one.warning) for one in told] == [(READ_TEXTS, 3, True)]
    assert not load_knowledge(tiny_home).recordings


# --- taking one in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "intent", "name", "data", "about"),
    [
        ("vi", "loan-amounts", "a.ogg", ogg(), "did you mean loan-amount?"),
        ("Thái", "loan-amount", "a.ogg", ogg(), "is no code of a language"),
        ("vi", "loan-amount", "a.wav", b"RIFF", "is no recording that phones play"),
        ("vi", "loan-amount", "a.ogg", mp3(), "is no recording that phones play"),
        ("vi", "loan-amount", "a.mp3", b"", "is no recording that phones play"),
        ("vi", "loan-amount", "a.mp3", mp3() + bytes(LARGEST), "at most 2 are taken"),
    ],
)
def test_what_is_no_recording_is_not_taken(
    tiny_home: Path, tmp_path: Path, lang: str, intent: str, name: str, data: bytes, about: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Refusal) as refused:
        add(tiny_home, load_knowledge(tiny_home), lang, intent, path)
    assert about in str(refused.value)
    assert not (tiny_home / READ_TEXTS).exists()
    assert not (tiny_home / "content/audio").exists()


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--home", str(home), "--lang", "en", "audio", *arguments])


def test_the_list_says_what_to_record_and_which_text_to_read(tiny_home: Path, clip: Path) -> None:
    taken = run(tiny_home, "add", "tai", "loan-amount", str(clip))
    assert taken.output == "Recorded: content/audio/tai/loan-amount.ogg\n"
    record(tiny_home, clip, "vi", "job-numbers")
    edit(tiny_home, JOBS, "Mỗi năm có {jobs-count} người có việc", "Mỗi năm có {jobs-count} người được việc")
    listed = run(tiny_home, "list", "loan-amount", "job-numbers").output
    text = text_to_read(load_knowledge(tiny_home).intents["loan-amount"], "vi")
    assert "100 triệu đồng" in text
    assert text.endswith("Bà con hỏi tổ vay vốn ở bản.")
    assert f"── vi/loan-amount (not recorded)\n{text}" in listed
    assert "── vi/job-numbers (to be recorded again, the text has changed)" in listed
    assert "tai/loan-amount" not in listed
    assert "── tai/job-numbers (not recorded)\nMỗi năm" in listed
    assert listed.endswith("Not recorded: 2; to be recorded again: 1; recorded: 1\n")
    [one] = json.loads(run(tiny_home, "list", "loan-amount", "--in", "tai", "--all", "--json").output)
    assert one == {"language": "tai", "intent": "loan-amount", "state": "heard", "written_in": "vi", "text": text}
    assert "did you mean job-numbers?" in run(tiny_home, "list", "job-number").output


def test_urgent_answers_are_recorded_first(home: Path, engine: Engine) -> None:
    knowledge = engine.knowledge
    states = [knowledge.intents[one.intent].urgent for one in to_record(home, knowledge)]
    assert states == sorted(states, reverse=True)
    assert states[0]


# --- in a conversation ------------------------------------------------------------------------------------------------


@pytest.fixture
def heard_town(tiny_home: Path, clip: Path) -> Iterator[Town]:
    for lang in ("vi", "tai"):
        record(tiny_home, clip, lang)
    with closing(Town(build_engine(Settings(home=tiny_home, lang="vi")))) as opened:
        yield opened


@pytest.fixture
def resident(heard_town: Town) -> Person:
    return heard_town.person("a", lang="vi")


def test_a_tap_brings_the_recording_and_leaves_the_choices_as_they_were(heard_town: Town, resident: Person) -> None:
    resident.write("vay được tối đa bao nhiêu")
    labels = resident.labels()
    assert labels[:2] == ["🔊 Nghe", "🔊 Tiếng Thái"]
    for choose, file in (("🔊 Nghe", "vi"), ("🔊 Tiếng Thái", "tai")):
        assert resident.tap(choose) == "Được vay tối đa bao nhiêu tiền?"
        assert resident.got[-1][1].file == f"recording:{file}/loan-amount.ogg"
        assert resident.labels() == []
    assert resident.write("2") == "Được vay tối đa bao nhiêu tiền?"
    assert resident.got[-1][1].file == "recording:tai/loan-amount.ogg"
    for words in ("nghe", "tiếng thái"):
        resident.write(words)
        assert resident.got[-1][1].file
    assert resident.write("3").startswith("Mỗi năm có")
    assert [row["kind"] for row in heard_town.rows("SELECT kind FROM counts WHERE intent = 'loan-amount'")].count("answer") == 1


def test_whoever_reads_another_language_is_offered_what_is_only_spoken(heard_town: Town) -> None:
    person = heard_town.person("b")
    person.write("what is the loan limit")
    assert [label for label in person.labels() if "🔊" in label] == ["🔊 In Thái"]


def test_an_answer_without_a_recording_has_no_such_button(resident: Person) -> None:
    resident.write("số người có việc mỗi năm")
    assert not any("🔊" in label for label in resident.labels())


def test_where_nothing_can_be_played_no_recording_is_offered(heard_town: Town, resident: Person) -> None:
    heard_town.app = App(CurrentEngine(heard_town.engine, heard_town.village.desk), heard_town.store, lambda channel: False)
    resident.write("vay được tối đa bao nhiêu")
    assert resident.labels()
    assert not any("🔊" in label for label in resident.labels())


def test_an_old_button_brings_the_text_once_the_recording_is_silent(
    heard_town: Town, resident: Person, tiny_home: Path
) -> None:
    resident.write("vay được tối đa bao nhiêu")
    edit(tiny_home, *CHANGES["the text"])
    heard_town.take_over(build_engine(Settings(home=tiny_home, lang="vi")))
    assert resident.tap("🔊 Nghe").startswith("Nhà mình vay được")
    assert resident.got[-1][1].file is None
    assert not any("🔊" in label for label in resident.labels())


def test_a_figure_past_its_day_is_told_in_words_and_not_played(tiny_home: Path, clip: Path) -> None:
    record(tiny_home, clip)
    text = (tiny_home / FACTS).read_text("utf-8")
    (tiny_home / FACTS).write_text(text.replace("2099-06-30", str(MORNING.date() + timedelta(days=3)), 1), "utf-8")
    with closing(Town(build_engine(Settings(home=tiny_home, lang="vi")))) as town:
        resident = town.person("a", lang="vi")
        resident.write("vay được tối đa bao nhiêu")
        town.now += timedelta(days=4)
        assert "chưa được kiểm lại" in resident.tap("🔊 Nghe")
        assert resident.got[-1][1].file is None
        assert not any("🔊" in label for label in resident.labels())
