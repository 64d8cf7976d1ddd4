"""A text that nobody can read is found by what it holds, and nothing that people write is taken for one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.authoring.checking import check
from bot.i18n import Words, load_words
from bot.knowledge.legibility import illegible, illegible_texts
from bot.knowledge.yamlfile import parse_yaml, read_yaml
from tests.tiny import LOAN, TODAY
from tests.unit.test_broken_files import FILES, Fault

ACCENTED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
SYLLABLES = ["xã", "Điện", "được", "nghèo", "tiền", "Ông", "Ủy", "bản", "vốn", "hộ", "nghề", "ở", "ƯU", "đãi", "Lường", "bò"]
TCVN3 = dict(
    zip(
        "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵăâđêôơưĐÊÔƠƯ",
        "µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ¨©®ªô¬\u00ad§£¤¥¦".replace("ªô¬", "ª«¬"),
        strict=True,
    )
)


def misread(text: str, encoding: str) -> str:
    """How UTF-8 looks to a program that takes it for `encoding`; bytes that mean nothing there stay as they are."""
    return "".join(bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode())


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp1258"])
@pytest.mark.parametrize("letter", ACCENTED)
def test_every_vietnamese_letter_read_in_a_wrong_encoding_is_found(letter: str, encoding: str) -> None:
    assert illegible(misread(f"b{letter}n", encoding))


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp1258"])
@given(words=st.lists(st.sampled_from(SYLLABLES), min_size=1))
def test_a_sentence_read_in_a_wrong_encoding_once_or_twice_is_found(words: list[str], encoding: str) -> None:
    once = misread(" ".join(words), encoding)
    assert illegible(once)
    assert illegible(misread(once, encoding))


@pytest.mark.parametrize(
    "text",
    [
        "Bà con được vay vốn ở Điện Biên",
        "hộ nghèo và cận nghèo có nhà dột",
        "học nghề miễn phí, có tiền ăn",
        "Ủy ban xã đông việc",
    ],
)
def test_a_sentence_in_tcvn3_is_found(text: str) -> None:
    assert illegible("".join(TCVN3.get(char, char) for char in text))


@pytest.mark.parametrize(
    "text", ["Ñieän Bieân", "ñöôïc vay voán", "hoä ngheøo", "tieàn aên", "nhaø ôû", "UÛy ban nhaân daân xaõ"]
)
def test_a_sentence_in_vni_is_found(text: str) -> None:
    assert illegible(text)


@pytest.mark.parametrize("text", ["Bà con h?c ngh?", "?i?n Biên", "vay v?n", "ti?n", "vi?c làm", "h? nghèo, h?c sinh"])
def test_letters_that_became_question_marks_are_found(text: str) -> None:
    assert illegible(text)


@given(
    st.text(st.sampled_from("ab xãộ")),
    st.sampled_from(
        "\0\a\x1b\x7f\x85\xad\u034f\u061c\u200b\u200c\u200d\u200e\u202a\u202e\u2028\u2066\u2069\ufeff\ufffd\ue000\ufffc"
    ),
    st.text(st.sampled_from("ab xãộ")),
)
def test_a_sign_that_nobody_sees_is_found_wherever_it_stands(before: str, sign: str, after: str) -> None:
    found = illegible(before + sign + after)
    assert found
    assert all(char.isprintable() for char in found[1])


@pytest.mark.parametrize(
    "text",
    [
        "“HỘ NGHÈO Ở XÃ”",
        "“XÃ” và “PHƯỜNG”",
        "XÃ\u00a0HỘI",
        "XÃ… PHƯỜNG–XÃ",
        "«cá»",
        "chú thích¹",
        "naïve",
        "được k?",
        "đc k?em hỏi",
        "vay không? có ạ",
        "vay được không?em hỏi",
        "hả??? sao",
        "https://dienbien.gov.vn/x?id=1",
        "Zalo®",
        "5 µm, 20°C, 40 m², ½ ngày",
        "👨\u200d👩\u200d👧 nhà",
        "§ 5",
        "dạ vângggg ạ ơi",
        "Điê\u0323n Biên",
    ],
)
def test_what_people_write_is_legible(text: str) -> None:
    assert illegible(text) is None


def test_all_content_that_is_delivered_is_legible(home: Path) -> None:
    paths = [*home.glob("content/**/*.yaml"), *home.glob("intents/**/*.yaml"), *home.glob("tests/conversations/**/*.yaml")]
    assert len(paths) > 100
    assert [(path.name, *found) for path in paths for found in illegible_texts(read_yaml(path).value)] == []


def test_every_message_of_the_catalogues_is_legible(home: Path) -> None:
    texts = [text for words in load_words(home / "locales").values() for text in words.messages.values()]
    assert [text for text in texts if illegible(text)] == []


def test_two_texts_that_nobody_can_read_are_both_told(tiny_home: Path) -> None:
    path = tiny_home / LOAN
    text = path.read_text("utf-8").replace("- hạn mức", "- háº¡n má»©c").replace("How much a", "How\u200b much a")
    path.write_text(text, "utf-8")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if "háº¡n" in line or "\u200b" in line]
    assert [one.line for one in check(tiny_home, "vi", TODAY).problems if not one.warning] == lines


def cut(text: str) -> list[Any]:
    return [path[-1] for path in parse_yaml(Path("x.yaml"), text.encode()).cut]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_sentence_of_a_list_that_a_number_sign_cuts_is_found(start: str, end: str) -> None:
    lines = [
        "a:",
        "  - gọi số #113 nhé",
        "  - gọi số 113",
        "  - vay # ghi chú",
        '  - "gọi số" # ghi chú',
        "  - gọi#113 nhé",
        "",
    ]
    assert cut(start + end.join(lines)) == [0]


def test_a_comment_behind_a_value_that_is_no_sentence_of_a_list_is_none_that_cuts() -> None:
    assert cut("a: một hai # ghi chú\n# ghi chú\nb: [một hai, ba] # ghi chú\nc:\n  - một hai\n  # ghi chú\n") == []


# --- nothing of the words of libraries ---

ENGLISH = ("did", "not", "expected", "should", "found", "while", "the", "must", "input", "valid", "string", "match", "is")


def english(text: str) -> list[str]:
    """The English words outside of what is quoted."""
    for opening, closing in ("''", '""', "“”", "()"):
        while opening in text and closing in text.partition(opening)[2]:
            before, _, rest = text.partition(opening)
            text = before + rest.partition(closing)[2]
    return [word for word in text.lower().replace(",", " ").replace(":", " ").split() if word in ENGLISH]


def told(home: Path) -> list[str]:
    return [problem.text for problem in check(home, "vi", TODAY, review=True).problems]


def test_english_words_would_be_noticed() -> None:
    assert english("không đọc được: did not find expected key") == ["did", "not", "expected"]
    assert english("'review': “what is the limit” trống") == []


# A catalogue that cannot be read is told in both languages: there is none to translate with.
TRANSLATED = [path for path in FILES if path.stem != "a-catalogue-that-is-not-readable"]


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.stem)
def test_a_fault_is_told_in_vietnamese_to_the_end(tiny_home: Path, path: Path) -> None:
    Fault(**tomllib.loads(path.read_text("utf-8"))).commit(tiny_home)
    assert [(text, english(text)) for text in told(tiny_home) if english(text) or text.isascii()] == []


WRONG: list[Any] = ["", "x y", "9" * 5000, [], {}, ["a b"], {"a b": "c"}, [[]], {"q q": []}]


def places(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield place
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*place, key))


def replaced(value: Any, place: tuple[str | int, ...], new: Any) -> Any:
    if not place:
        return new
    found = deepcopy(value)
    inner = found
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = new
    return found


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("name", [LOAN, "content/facts/jobs.yaml", "content/sources.yaml", "content/places.yaml"])
def test_a_value_of_any_wrong_kind_is_told_in_vietnamese_alone(tiny_home: Path, name: str) -> None:
    """Wrong values at every place of a file, as one file each; what follows from them is checked in the same way."""
    path = tiny_home / name
    good = read_yaml(path).value
    found: set[str] = set()
    for number, place in enumerate(places(good)):
        path.write_text(yaml.safe_dump(replaced(good, place, WRONG[number % len(WRONG)]), allow_unicode=True), "utf-8")
        found.update(told(tiny_home))
    assert found
    assert [text for text in found if english(text) or text.isascii()] == []


YAML_SIGNS = st.text(st.sampled_from("ab:-?|>[]{}&*!#%@`'\"\\,\n\t 01"), max_size=40)


@given(text=YAML_SIGNS, before=st.sampled_from(["", "%", "a: !", "a: &", 'a: "', "a: |", "- [", "a: {b"]))
def test_whatever_yaml_cannot_be_read_is_told_in_vietnamese_alone(vietnamese: Words, text: str, before: str) -> None:
    for fault in parse_yaml(Path("x.yaml"), (before + text).encode()).faults:
        assert fault.message in vietnamese.messages
        assert english(vietnamese.say(fault.message, **fault.values)) == []


@pytest.fixture(scope="module")
def vietnamese(home: Path) -> Words:
    return load_words(home / "locales")["vi"]
