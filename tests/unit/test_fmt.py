"""`loaban fmt` and `loaban schema`: one way to write content files, and schemas for the editors that help writing them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot.authoring.editing.canonical import Unformattable, formatted
from bot.authoring.editing.file_kinds import FileKind, files_of, kind_of
from bot.authoring.editing.json_schemas import json_schema
from bot.authoring.editing.scalars import as_scalar
from bot.cli.root import cli
from bot.cli.schema import all_file_kinds
from bot.i18n import load_words, message_lines
from bot.knowledge.load import load_knowledge
from bot.knowledge.schema import IntentShape, Shape
from bot.knowledge.yamlfile import parse_yaml
from tests.tiny import JOBS, LOAN

HEAD = "# yaml-language-server: $schema=x"
KINDS = all_file_kinds()


def fmt(text: str) -> str:
    return formatted(text.encode(), IntentShape, HEAD).decode()


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--home", str(home), "--lang", "en", *arguments])


# --- the canonical form -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("topic: b\nid: a\n", "id: a\ntopic: b\n"),
        ("id: 'a'\n", 'id: "a"\n'),
        ("id: it's\n", "id: it's\n"),
        ("scope: 12:30\n", 'scope: "12:30"\n'),
        ("scope:\n  one\n  two\n", "scope: one two\n"),
        ("zzz: 1a\nid: a\n", "id: a\nzzz: 1a\n"),
        ("related:  [ a ,b]\n", "related: [a, b]\n"),
        ("related: [a,\n   b]\n", "related: [a,\n  b]\n"),
        ("related: [a, # why\n   b]\n", "related:\n  - a  # why\n  - b\n"),
        ("related:\n- a\n-   b\n", "related:\n  - a\n  - b\n"),
        ("question: {en: How?, vi: Sao}\n", 'question: {en: "How?", vi: Sao}\n'),
        ("answer:\n    vi: |\n        one\n          two\n\n    en: x\n", "answer:\n  vi: |\n    one\n      two\n\n  en: x\n"),
        ("answer:\n  vi: |- # why\n    one\n", "answer:\n  vi: |-  # why\n    one\n"),
        ("answer:\n  vi: |+\n    one\n\n", 'answer:\n  vi: "one\\n\\n"\n'),
        ("id: a\n\n\n\ntopic: b\n\n\n", "id: a\n\ntopic: b\n"),
        ("# top\n\ntopic: b # end\n# of id\nid: a\n# foot\n", "# top\n\n# of id\nid: a\ntopic: b  # end\n# foot\n"),
        ("examples:\n    vi:\n    - a\n    # b\n    en: [c]\n", "examples:\n  vi:\n    - a\n  # b\n  en: [c]\n"),
        ("examples:\n  vi:\n    - a\n    # b\n  en: [c]\n", "examples:\n  vi:\n    - a\n    # b\n  en: [c]\n"),
        ("# yaml-language-server: $schema=old\nid: a\n", "id: a\n"),
        ("---\nid: a\n", "id: a\n"),
        ("\ufeffid: a\n", "id: a\n"),
    ],
)  # fmt: skip
def test_a_file_is_put_in_order(before: str, after: str) -> None:
    assert fmt(before) == f"{HEAD}\n{after}"
    assert fmt(fmt(before)) == fmt(before)


def test_windows_line_ends_are_kept() -> None:
    assert fmt("topic: b\r\nid: a\r\n") == f"{HEAD}\r\nid: a\r\ntopic: b\r\n"


def test_numbers_and_times_that_are_meant_as_such_stay_bare(tiny_home: Path) -> None:
    run(tiny_home, "fmt")
    text = (tiny_home / "content/facts/loans.yaml").read_text("utf-8")
    assert "value: 100000000\n" in text
    assert "period: 2021/2025\n" in text
    assert 'review: "2099-06-30"\n' in text


SCALARS = st.text(st.characters(codec="utf-8"), max_size=20)
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3), max_leaves=8
)


def block(value: Any, indent: int) -> Iterator[str]:
    """Ugly YAML: deep indentation, comments everywhere, empty lines."""
    pad = " " * indent
    if isinstance(value, str) or not value:
        yield f"{pad}{as_scalar(value) if isinstance(value, str) else json.dumps(value)} # is {indent}\n"
        return
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield f"{pad}# before {indent}\n\n\n"
        name = f"{as_scalar(key)}:" if isinstance(key, str) else "-"
        if isinstance(inner, str) or not inner:
            yield f"{pad}{name}   " + next(block(inner, 0))
        else:
            yield f"{pad}{name} # of {indent}\n"
            yield from block(inner, indent + 5)


@given(TREES)
def test_whatever_a_file_says_it_says_the_same_in_order_and_keeps_its_comments(tree: Any) -> None:
    before = "".join(block(tree, 0))
    try:
        after = fmt(before)
    except Unformattable:
        assert parse_yaml(Path("x"), before.encode()).faults
        return
    assert parse_yaml(Path("x"), after.encode()).value == parse_yaml(Path("x"), before.encode()).value
    assert fmt(after) == after
    assert after.count("# before") == before.count("# before")


def test_a_file_that_is_no_yaml_is_named_and_left_alone(tiny_home: Path) -> None:
    (tiny_home / LOAN).write_text("id: [\n", "utf-8")
    result = run(tiny_home, "fmt", str(tiny_home / "intents/loans"))
    assert result.exit_code == 1
    assert result.output.startswith(f"{LOAN}:2: error: ")
    assert (tiny_home / LOAN).read_text("utf-8") == "id: [\n"


def test_a_file_that_is_put_in_order_says_what_it_said(tiny_home: Path) -> None:
    before = load_knowledge(tiny_home)
    assert run(tiny_home, "fmt", "--check").exit_code == 1
    assert run(tiny_home, "fmt").exit_code == 0
    assert run(tiny_home, "fmt", "--check").output == "0 files to be put in order with `loaban fmt`, 0 broken\n"
    after = load_knowledge(tiny_home)
    assert (after.intents, after.facts, after.foreign) == (before.intents, before.facts, before.foreign)


def test_check_writes_nothing_and_names_the_files(tiny_home: Path) -> None:
    before = (tiny_home / LOAN).read_bytes()
    result = run(tiny_home, "fmt", "--check", str(tiny_home / LOAN), str(tiny_home / "intents/jobs"))
    assert result.output.splitlines() == [JOBS, LOAN, "2 files to be put in order with `loaban fmt`, 0 broken"]
    assert (tiny_home / LOAN).read_bytes() == before


def test_a_path_without_content_is_refused(tiny_home: Path) -> None:
    result = run(tiny_home, "fmt", str(tiny_home / "locales"))
    assert result.exit_code == 1
    assert "no content file" in result.output


# --- the files as delivered -------------------------------------------------------------------------------------------


def test_the_files_of_this_project_are_in_order(home: Path) -> None:
    wrong = [
        name
        for name in files_of(home, KINDS)
        if (kind := kind_of(name, KINDS)) is None
        or formatted((home / name).read_bytes(), kind.shape, kind.modeline(name)) != (home / name).read_bytes()
    ]
    assert wrong == [], "put them in order with: loaban fmt"


def test_the_first_line_of_every_file_leads_to_its_schema(home: Path) -> None:
    for name in files_of(home, KINDS):
        kind = kind_of(name, KINDS)
        first = (home / name).read_text("utf-8").partition("\n")[0]
        led_to = (home / name).parent / first.removeprefix("# yaml-language-server: $schema=")
        assert kind is not None
        assert led_to.resolve() == (home / kind.schema_file).resolve()
        assert led_to.is_file()


# --- schemas ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_schema_is_as_the_shapes_would_make_it_now(home: Path, kind: FileKind) -> None:
    made = json_schema(kind)
    assert (home / kind.schema_file).read_text("utf-8") == made, "it is stale; write it anew with: loaban schema --write"


def shapes(kind: Any) -> Iterator[type[Shape]]:
    """A shape and all that are used in it."""
    if isinstance(kind, type) and issubclass(kind, Shape):
        yield kind
        for info in kind.model_fields.values():
            yield from shapes(info.annotation)
    for inner in get_args(kind):
        yield from shapes(inner)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_schema_knows_the_keys_of_the_shapes_and_explains_each(kind: FileKind) -> None:
    made = json.loads(json_schema(kind))
    described = {kind.shape.__name__: made} | made.get("$defs", {})
    for shape in shapes(kind.shape):
        properties = described[shape.__name__]["properties"]
        assert set(properties) == {info.alias or name for name, info in shape.model_fields.items()}
        assert described[shape.__name__]["additionalProperties"] is False
        assert all(one["description"] for one in properties.values())


def faults(value: Any, rule: dict[str, Any], whole: dict[str, Any]) -> Iterator[str]:
    """What an editor would underline: as much of JSON Schema as our schemas use."""
    if "$ref" in rule:
        rule = whole["$defs"][rule["$ref"].rpartition("/")[2]]
    if "anyOf" in rule:
        yield from [] if any(not list(faults(value, one, whole)) for one in rule["anyOf"]) else [f"{value!r} fits nothing"]
    kinds = {"string": str, "number": int | float, "object": dict, "array": list, "boolean": bool}
    expected = rule.get("type", list(kinds))
    if not any(isinstance(value, kinds[one]) for one in ([expected] if isinstance(expected, str) else expected)):
        yield f"{value!r} is no {expected}"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{value!r} is none of {rule['enum']}"
    if isinstance(value, str):
        shortest, longest = rule.get("minLength", 0), rule.get("maxLength", 9999)
        yield from [] if shortest <= len(value) <= longest else [f"{value!r} is too short or too long"]
        yield from [] if re.search(rule.get("pattern", ""), value) else [f"{value!r} has another form"]
    if isinstance(value, list):
        if len(value) < rule.get("minItems", 0):
            yield "too few"
        for one in value:
            yield from faults(one, rule.get("items", {}), whole)
    if isinstance(value, dict):
        yield from (f"{key} is missing" for key in rule.get("required", ()) if key not in value)
        for key, one in value.items():
            inner = [rule.get("properties", {}).get(key)]
            inner += [named for pattern, named in rule.get("patternProperties", {}).items() if re.search(pattern, str(key))]
            known = [found for found in inner if found is not None]
            other = rule.get("additionalProperties", {})
            if not known and other is False:
                yield f"{key} is unknown"
            for found in known or ([other] if isinstance(other, dict) else []):
                yield from faults(one, found, whole)


def test_an_editor_underlines_nothing_in_the_files_of_this_project(home: Path) -> None:
    """The way an editor reads them: YAML 1.2, where 2024 is a number."""
    reader = YAML(typ="safe", pure=True)
    reader.constructor.add_constructor("tag:yaml.org,2002:timestamp", type(reader.constructor).construct_yaml_str)
    schemas = {kind.name: json.loads(json_schema(kind)) for kind in KINDS}
    for name in files_of(home, KINDS):
        if name.startswith("intents/") and not name.startswith(("intents/system/", "intents/jobs/")):
            continue  # all are alike, and reading takes long
        kind = kind_of(name, KINDS)
        assert kind is not None
        value = reader.load((home / name).read_text("utf-8"))
        assert list(faults(value, schemas[kind.name], schemas[kind.name])) == [], name


def test_an_editor_underlines_what_is_wrong(tiny_home: Path) -> None:
    whole = json.loads(json_schema(next(kind for kind in KINDS if kind.name == "intent")))
    value = YAML(typ="safe", pure=True).load((tiny_home / LOAN).read_text("utf-8"))
    assert list(faults(value, whole, whole)) == []
    for key, wrong in (("class", "Z"), ("exmaples", {}), ("id", "Loan Amount"), ("related", "one"), ("scope", 12)):
        assert list(faults({**value, key: wrong}, whole, whole)), key


def test_schemas_are_written_where_the_files_look_for_them(tiny_home: Path) -> None:
    result = run(tiny_home, "schema", "--write")
    assert result.exit_code == 0, result.output
    assert (tiny_home / "docs/schemas/intent.json").read_text("utf-8") == json_schema(KINDS[1])
    assert run(tiny_home, "schema", "--write").output == ""


# --- loaban new -------------------------------------------------------------------------------------------------------


def test_a_new_intent_says_which_file_it_made_and_is_in_order(tiny_home: Path) -> None:
    result = run(tiny_home, "new", "intent", "loans", "loan-bees")
    assert result.exit_code == 0, result.output
    assert "intents/loans/loan-bees.yaml" in result.output
    assert run(tiny_home, "fmt", "--check", str(tiny_home / "intents/loans/loan-bees.yaml")).exit_code == 0
    again = run(tiny_home, "new", "intent", "loans", "loan-bees")
    assert (again.exit_code, "exists already" in again.output) == (1, True)


def test_a_new_language_has_every_message_and_no_translation(tiny_home: Path) -> None:
    result = run(tiny_home, "new", "language", "th")
    assert result.exit_code == 0, result.output
    text = (tiny_home / "locales/th/LC_MESSAGES/loaban.po").read_text("utf-8")
    assert message_lines(tiny_home / "locales", "th").keys() == message_lines(tiny_home / "locales", "en").keys()
    assert "nplurals=1; plural=0;\\n" in text
    assert load_words(tiny_home / "locales")["th"].messages == {}
    told = run(tiny_home, "check", "--today", "2026-11-23").output
    assert "locales/th/LC_MESSAGES/loaban.po" in told
    assert f"{LOAN}:13: error: short has no text in 'th'; add it" in told


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("en", "is there already"),
        ("hmn", "does not know"),
        ("../x", "is no code"),
        ("EN", "is no code"),
        ("en_US", "is no code"),
    ],
)
def test_a_language_that_cannot_be_begun_is_refused(tiny_home: Path, code: str, words: str) -> None:
    result = run(tiny_home, "new", "language", code)
    assert (result.exit_code, words in result.output) == (1, True), result.output
