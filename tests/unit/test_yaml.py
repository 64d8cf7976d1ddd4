"""YAML as administrators write it: what is typed is what is read, and anything clever is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.knowledge.yamlfile import MAX_BYTES, MAX_DEPTH, parse_yaml, read_yaml

FILE = Path("some.yaml")


@pytest.mark.parametrize(
    "text", ["no", "yes", "on", "12:30", "1e3", "null", "~", "2024-10", "17.66", "0x1F", "0123", "1_000", "true", "=", ".inf"]
)
def test_a_bare_word_stays_the_text_that_was_typed(text: str) -> None:
    document = parse_yaml(FILE, f"key: {text}\n".encode())
    assert document.value == {"key": text}
    assert document.faults == []


@pytest.mark.parametrize("text", ["no", "12:30", "1e3", "null", "2024-10-01", "17.66"])
def test_a_bare_word_that_others_misread_is_noted_and_a_quoted_one_is_not(text: str) -> None:
    document = parse_yaml(FILE, f"bare: {text}\nquoted: \"{text}\"\nsingle: '{text}'\nblock: |\n  {text}\n".encode())
    assert document.misread == [(("bare",), text)]


def test_a_vietnamese_sentence_is_no_misread_word() -> None:
    assert parse_yaml(FILE, "- không có tiền\n- vay 100 triệu\n".encode()).misread == []


def test_every_value_knows_its_line() -> None:
    document = parse_yaml(FILE, b"# note\nname: one\n\nlist:\n  - first\n  - second\nmap:\n  a: {b: c}\n")
    lines = {
        path: document.line(path) for path in [("name",), ("list",), ("list", 0), ("list", 1), ("map", "a"), ("map", "a", "b")]
    }
    assert lines == {("name",): 2, ("list",): 4, ("list", 0): 5, ("list", 1): 6, ("map", "a"): 8, ("map", "a", "b"): 8}


def test_what_has_no_line_has_that_of_what_it_stands_in() -> None:
    document = parse_yaml(FILE, b"a: 1\nmap:\n  b: 2\n")
    assert document.line(("map", "missing")) == 2
    assert document.line(("nowhere", "at", "all")) == 1


def test_a_long_answer_keeps_its_lines() -> None:
    assert parse_yaml(FILE, b"answer: |\n  one\n  two\n").value == {"answer": "one\ntwo\n"}


@pytest.mark.parametrize("data", [b"", b"# only a note\n", b"\n\n"])
def test_an_empty_file_holds_nothing_and_is_no_fault(data: bytes) -> None:
    document = parse_yaml(FILE, data)
    assert document.value is None
    assert document.faults == []


def test_lists_may_be_nested_as_deep_as_content_needs_and_no_deeper() -> None:
    assert parse_yaml(FILE, b"[" * MAX_DEPTH + b"x" + b"]" * MAX_DEPTH).faults == []
    assert len(parse_yaml(FILE, b"[" * (MAX_DEPTH + 1) + b"x" + b"]" * (MAX_DEPTH + 1)).faults) == 1


def test_an_alias_bomb_is_refused_before_it_explodes() -> None:
    bomb = b"a: &a [x, x]\n" + b"".join(b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(ord("b"), ord("z")))
    assert [fault.line for fault in parse_yaml(FILE, bomb).faults] == [1]


def test_a_file_may_be_as_large_as_the_limit() -> None:
    assert parse_yaml(FILE, b"a: b\n#" + b"x" * (MAX_BYTES - 6)).faults == []
    assert len(parse_yaml(FILE, b"a: b\n#" + b"x" * (MAX_BYTES - 5)).faults) == 1


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text("Xã: Búng Lao\n", "utf-8")
    document = read_yaml(path)
    assert (document.path, document.value) == (path, {"Xã": "Búng Lao"})


@given(
    st.dictionaries(
        st.text(st.characters(categories=["L", "N"]), min_size=1), st.text(st.characters(categories=["L", "N", "P", "Zs"]))
    )
)
def test_quoted_text_comes_back_as_it_was_written(content: dict[str, str]) -> None:
    lines = [f'"{key}": "{_escaped(value)}"' for key, value in content.items()]
    document = parse_yaml(FILE, "\n".join(lines).encode())
    assert document.faults == []
    assert document.value == (content or None)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


YAML_LIKE = st.text(st.sampled_from("ab:-?|>[]{}&*!#%@`'\",\n\t 01\u00e0\u1ea1\0\x85\u2028\ufeff\U0001f600"), max_size=80)


@given(YAML_LIKE)
@example('a: "')
@example("a: b: c")
@example("\ta: b")
@example("a: [")
@example("a: \0")
@example("%YAML 9.9\n---\na: b")
@example("{{a}}: b")
@example(": ")
@example("? ")
def test_whatever_stands_in_a_file_it_is_read_or_its_line_is_named(text: str) -> None:
    document = parse_yaml(FILE, text.encode())
    assert len(document.faults) <= 1
    for fault in document.faults:
        breaks = sum(text.count(sign) for sign in "\n\x85\u2028")
        assert 1 <= fault.line <= breaks + 2, "the end of a file without line end counts as a line of its own"
        assert fault.message.format(**fault.values)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_read_or_refused(data: bytes) -> None:
    document = parse_yaml(FILE, data)
    assert document.faults or document.value is None or isinstance(document.value, str | list | dict)
