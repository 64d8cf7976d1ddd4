"""Phrasings and new intents are written into files that people keep: only what is new differs."""

from __future__ import annotations

import difflib
import os
from functools import lru_cache
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.authoring.checking import check
from bot.authoring.editing import insertion
from bot.authoring.editing.insertion import with_entries
from bot.authoring.editing.phrasings import add_examples, add_foreign
from bot.authoring.editing.scaffold import new_intent
from bot.authoring.editing.scalars import as_scalar
from bot.authoring.saving import save
from bot.engine import Engine
from bot.errors import ContentError, Refusal
from bot.i18n import Words, load_words
from bot.knowledge.files import intent_files, phrasings_files
from bot.knowledge.load import load_knowledge
from bot.knowledge.schema import IntentShape
from bot.knowledge.yamlfile import parse_yaml, read_yaml
from tests.tiny import LOAN, NAME, TODAY

ENGLISH = Words("en", {})

ODD = [
    "no",
    "12:30",
    "a: b",
    "# x",
    "nhà: dột",
    "- gạch",
    'nói "vay" đi',
    "[x]",
    "{y}",
    "*z",
    "&a",
    "!b",
    "%c",
    "@d",
    "2024",
    "09",
    "x #y",
]
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


def added_lines(before: str, after: str) -> list[str]:
    """The lines that `after` has more. Fails when any other differs."""
    changes = [
        line for line in difflib.ndiff(before.splitlines(True), after.splitlines(True)) if not line.startswith(("  ", "?"))
    ]
    assert all(line.startswith("+ ") for line in changes), changes
    return [line[2:] for line in changes]


def examples(path: Path, lang: str) -> list[str]:
    return list(yaml.load(path.read_text("utf-8"), yaml.BaseLoader)["examples"][lang])


# --- one text ---------------------------------------------------------------------------------------------------------


@given(TEXT, st.booleans())
@example("0?", True)
def test_any_text_is_read_back_as_it_was_written(text: str, flow: bool) -> None:
    line = f"- [{as_scalar(text, flow=True)}]" if flow else f"- {as_scalar(text)}"
    document = parse_yaml(Path("x"), line.encode())
    assert (document.value, document.faults, document.misread) == ([[text]] if flow else [text], [], [])
    assert yaml.safe_load(line) == ([[text]] if flow else [text]), "other programs read the same"


@pytest.mark.parametrize("text", ODD)
def test_what_yaml_would_misread_stands_in_quotes(text: str) -> None:
    assert as_scalar(text).startswith('"') or text in ('nói "vay" đi',)


@pytest.mark.parametrize(
    "text", ["nhà dột thì làm sao?", "60 triệu một nhà mới à", "tốt, rẻ; nhanh!", "it's", 'nói "vay" đi', "không"]
)
def test_what_needs_no_quotes_has_none(text: str) -> None:
    assert as_scalar(text) == text


# --- phrasings --------------------------------------------------------------------------------------------------------


def test_every_real_intent_takes_a_phrasing_and_nothing_else_changes(
    home: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insertion, "compose", lru_cache(1)(insertion.compose))  # one tree for all the lists of a file
    for path in (*intent_files(home), *phrasings_files(home)):
        before = path.read_text("utf-8")
        if path.name == "foreign.yaml":
            for group, by_language in engine.knowledge.foreign.items():
                lang = next(iter(by_language))
                after = with_entries(before, ("foreign", group, lang), ["câu mới"])
                assert added_lines(before, after) == ["      - câu mới\n"]
            continue
        for lang in ("vi", "en"):
            after = with_entries(before, ("examples", lang), ["một: hai", "câu mới"])
            changed = read_yaml(path).value
            if changed["examples"][lang]:  # type: ignore[index,call-overload]
                assert added_lines(before, after) == ['    - "một: hai"\n', "    - câu mới\n"], path
            assert parse_yaml(path, after.encode()).value["examples"][lang][-2:] == ["một: hai", "câu mới"], path  # type: ignore[index,call-overload]


def test_phrasings_come_to_the_end_of_their_list(tiny_home: Path) -> None:
    path = tiny_home / LOAN
    before = path.read_text("utf-8")
    assert add_examples(tiny_home, "loan-amount", "vi", ["vay: mấy đồng", "no"]) == path
    assert added_lines(before, path.read_text("utf-8")) == ['    - "vay: mấy đồng"\n', '    - "no"\n']
    assert examples(path, "vi")[-3:] == ["hạn mức vay vốn", "vay: mấy đồng", "no"]
    assert load_knowledge(tiny_home).intents["loan-amount"].examples["vi"][-1] == "no"


def test_phrasings_go_into_the_file_of_further_ones_where_there_is_one(tiny_home: Path) -> None:
    path = tiny_home / "intents/loans/phrasings/loan-amount.yaml"
    path.parent.mkdir()
    path.write_text('intent: loan-amount\nexamples:\n  vi:\n    - "vay mấy đồng"  # said\n', "utf-8")
    own = (tiny_home / LOAN).read_bytes()
    assert add_examples(tiny_home, "loan-amount", "vi", ["HAN MUC vay von", "Vay mấy đồng?", "mượn được mấy"]) == path
    assert add_examples(tiny_home, "loan-amount", "en", ["how big a loan"]) == path
    assert (
        path.read_text("utf-8").partition("examples:\n")[2]
        == '  vi:\n    - "vay mấy đồng"  # said\n    - mượn được mấy\n  en:\n    - how big a loan\n'
    )
    assert (tiny_home / LOAN).read_bytes() == own
    assert load_knowledge(tiny_home).intents["loan-amount"].examples["vi"][-2:] == ("vay mấy đồng", "mượn được mấy")


def test_two_files_of_further_phrasings_are_not_chosen_between(tiny_home: Path) -> None:
    for topic in ("jobs", "loans"):
        (tiny_home / f"intents/{topic}/phrasings").mkdir()
        (tiny_home / f"intents/{topic}/phrasings/loan-amount.yaml").write_text("intent: loan-amount\nexamples: {}\n", "utf-8")
    with pytest.raises(Refusal, match="in several files: intents/jobs/phrasings/loan"):
        add_examples(tiny_home, "loan-amount", "vi", ["x"])


def test_what_is_there_already_comes_twice_or_says_nothing_is_left_out(tiny_home: Path) -> None:
    path = tiny_home / LOAN
    before = path.read_bytes()
    add_examples(tiny_home, "loan-amount", "vi", ["HAN MUC, vay von?", "…!", "", "  "])
    assert path.read_bytes() == before
    add_examples(tiny_home, "loan-amount", "vi", ["mượn  tiền\nđược mấy", "muon tien duoc may"])
    assert examples(path, "vi")[-2:] == ["hạn mức vay vốn", "mượn tiền được mấy"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("id: x\n", "id: x\nexamples:\n  vi:\n    - mới\n"),
        ("id: x", "id: x\nexamples:\n  vi:\n    - mới\n"),
        ("", "examples:\n  vi:\n    - mới\n"),
        ("# nothing yet\n", "# nothing yet\nexamples:\n  vi:\n    - mới\n"),
        ("examples:\nid: x\n", "examples:\n  vi:\n    - mới\nid: x\n"),
        ("examples: # later\nid: x\n", "examples: # later\n  vi:\n    - mới\nid: x\n"),
        ("examples:\n  vi:\n  en:\n    - a\n", "examples:\n  vi:\n    - mới\n  en:\n    - a\n"),
        ("examples:\n  en:\n    - a\n\n# end\n", "examples:\n  en:\n    - a\n  vi:\n    - mới\n\n# end\n"),
        ("examples: {}\n", "examples: {vi: [mới]}\n"),
        ("examples: {vi: [], en: [a]}\n", "examples: {vi: [mới], en: [a]}\n"),
        ("examples: {vi: [a, b,]}\n", "examples: {vi: [a, b,mới]}\n"),
        ("examples: {en: [a]} # note\n", "examples: {en: [a], vi: [mới]} # note\n"),
        ("examples:\n  vi: [a, # one\n    b]\n", "examples:\n  vi: [a, # one\n    b, mới]\n"),
        ("examples:\n  vi:\n  - b # !\n  # ?\n  en: [c]\n", "examples:\n  vi:\n  - b # !\n  - mới\n  # ?\n  en: [c]\n"),
        ("examples:\n   vi:\n    - a\n      b\n\n   en:\n", "examples:\n   vi:\n    - a\n      b\n    - mới\n\n   en:\n"),
        ("examples:\n  vi:\n    - |\n      a\n\n\n# x\n", "examples:\n  vi:\n    - |\n      a\n    - mới\n\n\n# x\n"),
        ("examples:\n  vi:\n    - 'a'\r\n", "examples:\n  vi:\n    - 'a'\r\n    - mới\r\n"),
        ("\ufeffexamples:\n  vi:\n    - a\n", "\ufeffexamples:\n  vi:\n    - a\n    - mới\n"),
    ],
)  # fmt: skip
def test_a_list_that_lacks_is_made_in_the_style_that_stands_around(tiny_home: Path, before: str, after: str) -> None:
    path = tiny_home / LOAN
    path.write_bytes(before.encode())
    add_examples(tiny_home, "loan-amount", "vi", ["mới"])
    assert path.read_bytes().decode() == after


@given(st.lists(TEXT.filter(str.isalnum), max_size=4), st.lists(TEXT, min_size=1, max_size=4), st.booleans(), st.booleans())
def test_any_texts_are_read_back_behind_the_old_ones(old: list[str], new: list[str], flow: bool, more: bool) -> None:
    items = (
        f" [{', '.join(as_scalar(text, flow=True) for text in old)}]"
        if flow
        else "".join(f"\n - {as_scalar(text)}" for text in old)
    )
    before = f"a:{items}\n" + ("# c\nb: 1\n" if more else "")
    after = parse_yaml(Path("x"), with_entries(before, ("a",), new).encode())
    assert after.faults == []
    assert after.value == {"a": [*old, *new]} | ({"b": "1"} if more else {})


def test_a_file_with_windows_line_ends_keeps_them(tiny_home: Path) -> None:
    path = tiny_home / LOAN
    before = path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(before)
    add_examples(tiny_home, "loan-amount", "en", ["a new one"])
    last = b"    - maximum loan for one family\r\n"
    assert path.read_bytes() == before.replace(last, last + b"    - a new one\r\n")


def test_a_group_of_refused_topics_grows_and_a_new_one_is_made(tiny_home: Path) -> None:
    path = add_foreign(tiny_home, "land", "vi", ["tách thửa"])
    add_foreign(tiny_home, "weather", "en", ["will it rain"])
    foreign = load_knowledge(tiny_home).foreign
    assert path == tiny_home / "intents/system/foreign.yaml"
    assert foreign["land"]["vi"][-1] == "tách thửa"
    assert foreign["weather"] == {"en": ("will it rain",)}


@pytest.mark.parametrize(
    ("intent", "lang", "words"),
    [
        ("loan-amout", "vi", "did you mean loan-amount"),
        ("zzz", "vi", "no intent zzz"),
        ("foreign", "vi", "no intent foreign"),
        ("../loan-amount", "vi", "did you mean loan-amount"),
        ("loan-amount", "xx", "no language xx"),
    ],
)
def test_what_does_not_exist_is_refused_and_the_nearest_named(tiny_home: Path, intent: str, lang: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        add_examples(tiny_home, intent, lang, ["x"])


def test_a_group_without_a_good_name_is_refused(tiny_home: Path) -> None:
    with pytest.raises(Refusal, match="Land Papers is no good name"):
        add_foreign(tiny_home, "Land Papers", "vi", ["x"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id: [", rf"{LOAN}:\d: this file cannot be changed before its error is mended"),
        ("examples: &a\n  vi: [b]\n", rf"{LOAN}:\d: this file cannot be changed"),
        ("a: 1\nexamples: none\n", rf"{LOAN}:2: examples.vi must be a list"),
        ("a: 1\nexamples:\n  vi: one\n", rf"{LOAN}:3: examples.vi must be a list"),
        ("just text\n", rf"{LOAN}:1: examples.vi must be a list"),
    ],
)
def test_a_file_that_cannot_take_a_phrasing_is_left_as_it_is(tiny_home: Path, text: str, words: str) -> None:
    (tiny_home / LOAN).write_text(text, "utf-8")
    with pytest.raises(Refusal, match=words):
        add_examples(tiny_home, "loan-amount", "vi", ["x"])
    assert (tiny_home / LOAN).read_text("utf-8") == text


def test_an_intent_in_two_folders_is_refused(tiny_home: Path) -> None:
    (tiny_home / "intents/jobs/loan-amount.yaml").write_bytes((tiny_home / LOAN).read_bytes())
    with pytest.raises(Refusal, match=r"several files: intents/jobs/loan-amount\.yaml, intents/loans/loan-amount\.yaml"):
        add_examples(tiny_home, "loan-amount", "vi", ["x"])


# --- the disk ---------------------------------------------------------------------------------------------------------


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("theirs", "utf-8")
    for before in (b"mine", None):
        with pytest.raises(Refusal, match="changed by somebody else"):
            save(path, before, b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["one.yaml"]
    assert path.read_text("utf-8") == "theirs"


def test_mode_and_link_of_a_file_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "one.yaml", tmp_path / "link.yaml"
    path.write_text("old", "utf-8")
    path.chmod(0o640)
    link.symlink_to(path)
    save(link, b"old", b"new")
    assert link.is_symlink()
    assert (path.read_text("utf-8"), path.stat().st_mode & 0o777) == ("new", 0o640)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_leaves_the_file_alone(tiny_home: Path) -> None:
    folder = (tiny_home / LOAN).parent
    before = (tiny_home / LOAN).read_bytes()
    folder.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            add_examples(tiny_home, "loan-amount", "vi", ["x"])
    finally:
        folder.chmod(0o700)
    assert (tiny_home / LOAN).read_bytes() == before


# --- a new intent -----------------------------------------------------------------------------------------------------


def test_a_new_intent_does_not_pass_before_every_todo_is_written(tiny_home: Path) -> None:
    path = new_intent(tiny_home, "loans", "loan-bees", ENGLISH, {"vi": ["vay nuôi ong: được không", "vay nuôi ong"]})
    assert path == tiny_home / "intents/loans/loan-bees.yaml"
    assert examples(path, "vi") == ["vay nuôi ong: được không", "vay nuôi ong"]
    told = [problem for problem in check(tiny_home, "en", TODAY).problems if not problem.warning]
    lines = path.read_text("utf-8").splitlines()
    todo = [number for number, line in enumerate(lines, 1) if "TODO" in line and not line.startswith("#")]
    assert {problem.file for problem in told} == {"intents/loans/loan-bees.yaml"}
    assert len(told) == len(todo) >= 9
    assert all("TODO" in problem.text for problem in told)
    with pytest.raises(ContentError, match="TODO"):
        load_knowledge(tiny_home)


def test_a_new_intent_passes_when_the_last_todo_is_written(tiny_home: Path) -> None:
    path = new_intent(tiny_home, "loans", "loan-bees", ENGLISH, {"vi": ["vay nuôi ong"], "en": ["a loan for bees"]})
    text = path.read_text("utf-8").replace("class: TODO", "class: P").replace("review: TODO", 'review: "2027-06-30"')
    text = (
        text.replace("aspect: TODO", "aspect: amount")
        .replace("referral: TODO", "referral: bank")
        .replace("vi: TODO", "vi: Vay nuôi ong?")
        .replace("TODO", "Bees.")
        .replace("state: draft\n", "state: ready\n")
    )
    path.write_text(text, "utf-8")
    assert [problem for problem in check(tiny_home, "en", TODAY).problems if not problem.warning] == []
    assert load_knowledge(tiny_home).intents["loan-bees"].examples["en"] == ("a loan for bees",)


WRITTEN = {"class": "P", "review": '"2099-06-30"', "aspect": "amount", "referral": "bank", "vi": "Vay nuôi ong?"}


def draft(home: Path) -> Path:
    """A draft of which the Vietnamese half is written."""
    path = new_intent(home, "loans", "loan-bees", load_words(home / "locales")["vi"], {"vi": ["vay nuôi ong"]})
    text = path.read_text("utf-8")
    for key, value in WRITTEN.items():
        text = text.replace(f"{key}: TODO", f"{key}: {value}", 1)
    path.write_text(text.replace("    TODO", "    Bà con hỏi ngân hàng.").replace("TODO", "Bees."), "utf-8")
    return path


def test_the_comments_of_a_new_intent_are_in_the_language_of_the_administrator(tiny_home: Path) -> None:
    for lang, words in load_words(tiny_home / "locales").items():
        path = new_intent(tiny_home, "loans", f"bees-{lang}", words)
        comments = [line for line in path.read_text("utf-8").splitlines() if line.startswith("# ")][1:]
        assert len(comments) == len(IntentShape.model_fields) - 1
        said = {words.say(info.description or "") for info in IntentShape.model_fields.values()}
        assert {line.removeprefix("# ") for line in comments} <= said
        assert ("Câu trả lời" in path.read_text("utf-8")) == (lang == "vi")
        assert ("\n  en:" in path.read_text("utf-8")) == (lang == "en")


def test_in_a_draft_another_language_may_be_missing_and_nobody_is_answered_from_it(tiny_home: Path) -> None:
    path = draft(tiny_home)
    problems = [one for one in check(tiny_home, "en", TODAY).problems if one.file == "intents/loans/loan-bees.yaml"]
    assert all(one.warning for one in problems)
    assert any(one.text == "a draft: nobody is answered from it yet; still to be written in: en" for one in problems)
    assert "loan-bees" not in load_knowledge(tiny_home).intents
    path.write_text(path.read_text("utf-8").replace("state: draft\n", "state: ready\n"), "utf-8")
    told = {one.text for one in check(tiny_home, "en", TODAY).problems if not one.warning}
    assert "question has no text in 'en'; add it" in told


def test_a_draft_is_held_to_everything_else(tiny_home: Path) -> None:
    path = draft(tiny_home)
    phrasings = tiny_home / "intents/loans/phrasings/loan-bees.yaml"
    phrasings.parent.mkdir(exist_ok=True)
    phrasings.write_text("intent: loan-bees\nexamples:\n  vi: [nuôi mấy đàn ong lấy mật]\n", "utf-8")
    assert [one for one in check(tiny_home, "en", TODAY).problems if not one.warning] == []
    path.write_text(path.read_text("utf-8").replace("Bà con hỏi ngân hàng.", f"{NAME} cho vay 5 triệu."), "utf-8")
    told = [one.text for one in check(tiny_home, "en", TODAY).problems if not one.warning]
    assert any("names a person" in text for text in told)
    assert any("no fact produced the figure" in text for text in told)
    loan = tiny_home / LOAN
    loan.write_text(loan.read_text("utf-8").replace("related: [job-numbers]", "related: [loan-bees]"), "utf-8")
    assert any("no other intent called loan-bees" in one.text for one in check(tiny_home, "en", TODAY).problems)


@pytest.mark.parametrize(
    ("topic", "name", "words"),
    [
        ("loans", "loan-amount", f"exists already: {LOAN}"),
        ("jobs", "loan-amount", f"exists already: {LOAN}"),
        ("loans", "foreign", "exists already"),
        ("loans", "Loan Bees", "Loan Bees is no good name"),
        ("loans", "../../x", "is no good name"),
        ("loan", "loan-bees", "no topic loan; did you mean loans"),
        ("zzz", "loan-bees", "no topic zzz .*the topics are loans, jobs, system"),
    ],
)
def test_a_new_intent_needs_a_good_name_and_a_topic(tiny_home: Path, topic: str, name: str, words: str) -> None:
    before = sorted(tiny_home.rglob("*"))
    with pytest.raises(Refusal, match=words):
        new_intent(tiny_home, topic, name, ENGLISH)
    assert sorted(tiny_home.rglob("*")) == before


def test_a_new_intent_takes_no_phrasings_of_an_unknown_language(tiny_home: Path) -> None:
    with pytest.raises(Refusal, match="no language xx"):
        new_intent(tiny_home, "loans", "loan-bees", ENGLISH, {"xx": ["a"]})


def test_a_broken_list_of_topics_refuses_without_a_crash(tiny_home: Path) -> None:
    (tiny_home / "content/topics.yaml").write_text("topics: [", "utf-8")
    with pytest.raises(Refusal, match="no topic loans"):
        new_intent(tiny_home, "loans", "loan-bees", ENGLISH)
