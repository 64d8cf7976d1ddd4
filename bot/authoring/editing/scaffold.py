"""A new intent with everything still to be written. `loaban check` does not let a TODO pass, so no resident ever reads one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from bot.authoring.editing.file_kinds import INTENT
from bot.authoring.editing.phrasings import NO_LANGUAGE, new_texts
from bot.authoring.editing.scalars import as_scalar
from bot.authoring.saving import save
from bot.errors import Refusal
from bot.i18n import Words, languages, mark
from bot.knowledge.files import intent_files
from bot.knowledge.nearest import nearest
from bot.knowledge.schema import IntentShape, is_id
from bot.knowledge.yamlfile import read_yaml
from bot.model import well_known

TODO = "TODO"


def new_intent(
    home: Path, topic: str, intent_id: str, words: Words, examples: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Path:
    """Write `intents/<topic>/<id>.yaml` with the phrasings there are (language → phrasings), and return it.

    It is a draft, with comments in the language of `words`, and with texts to be written in that and in the main one.

    Raises Refusal for an id that is none or that exists, and for a topic or a language that does not exist; OSError when the
    file cannot be written.
    """
    spoken = languages(home / "locales")
    _check(home, topic, intent_id)
    for lang in examples:
        if lang not in spoken:
            raise Refusal(NO_LANGUAGE, lang=lang)
    written = [lang for lang in spoken if lang in (spoken[0], words.lang, *examples)]
    values = {
        "id": f" {intent_id}",
        "topic": f" {topic}",
        "state": " draft",
        "also": " []",
        "needs_evidence": " []",
        "urgency": " normal",
        "related": " []",
        "facts": " []",
        "question": "".join(f"\n  {lang}: {TODO}" for lang in written),
        **{key: "".join(f"\n  {lang}: |\n    {TODO}" for lang in written) for key in ("short", "more")},
        "examples": "".join(f"\n  {lang}:{_list(examples.get(lang, ()))}" for lang in written),
    }
    name = f"intents/{topic}/{intent_id}.yaml"
    lines = [INTENT.modeline(name)]
    for field, info in IntentShape.model_fields.items():
        if field == "confirmed":  # nobody has, yet
            continue
        key = info.alias or field
        lines += [f"# {words.say(info.description or '')}", f"{key}:{values.get(key, f' {TODO}')}"]
    save(home / name, None, "\n".join([*lines, ""]).encode())
    return home / name


def _list(texts: Sequence[str]) -> str:
    return "".join(f"\n    - {as_scalar(text)}" for text in new_texts(texts) or [TODO])


def _check(home: Path, topic: str, intent_id: str) -> None:
    if not is_id(intent_id):
        raise Refusal(
            mark("{id} is no good name for an intent; write small letters, digits and hyphens, such as housing-amount"),
            id=intent_id,
        )
    twin = next((path for path in intent_files(home) if path.stem == intent_id), None)
    if twin is not None:
        raise Refusal(mark("the intent {id} exists already: {file}"), id=intent_id, file=twin.relative_to(home).as_posix())
    topics = _topics(home)
    if topic not in topics:
        near = nearest(topic, topics)
        if near:
            raise Refusal(mark("there is no topic {topic}; did you mean {near}?"), topic=topic, near=near)
        known = ", ".join(topics)
        raise Refusal(
            mark("there is no topic {topic} in content/topics.yaml; the topics are {known}"), topic=topic, known=known
        )


def _topics(home: Path) -> list[str]:
    value = read_yaml(home / "content/topics.yaml").value
    topics = value.get("topics") if isinstance(value, dict) else None
    return [*(topics if isinstance(topics, dict) else ()), well_known.SYSTEM]
