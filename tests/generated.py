"""The pages that the code writes: `make docs` writes them, `tests/unit/test_docs.py` fails when one is stale.

Whole pages are the lists of settings, commands and intents; in README.md it is what stands between a pair of markers.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from bot.channels.numbered import numbered
from bot.cli.root import cli
from bot.dialogue import respond
from bot.engine import Engine, build_engine
from bot.i18n import language_name
from bot.model import Address, Incoming, Intent, Session
from bot.settings import load_settings, settings_list

ROOT = Path(__file__).resolve().parent.parent
README = "README.md"
WRITTEN_BY = "<!-- Written by `make docs`; change the code or the content instead. -->"
SYSTEM = "system"  # the topic of intents about the bot itself; it is not in the menu

CONVERSATION = ("lam nha", "intent:housing-amount", "How many people from the province work abroad?")
CONVERSATION_AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CONVERSATION_WIDTH = 88


def pages(engine: Engine) -> dict[str, str]:
    """Path inside the repository → what must stand there."""
    written = {
        "docs/settings.md": settings_page(),
        "docs/commands.md": commands_page(),
        "docs/intents.md": intents_page(engine),
    }
    return written | {README: readme((ROOT / README).read_text("utf-8"), engine)}


# --- whole pages ------------------------------------------------------------------------------------------------------


def settings_page() -> str:
    return f"""# Settings

{WRITTEN_BY}

Loa Bản runs without any setting. What differs from place to place is read when a command starts, from the environment, or
from a file named `.env` in the folder it is started in, one line each, like `LOABAN_DB=/var/lib/loaban/loaban.db`; the
environment wins. A wrong value ends the command with one sentence that names the setting. Tokens never appear in a log line
or an error. In brackets: the default.

{settings_list()}"""


def commands_page() -> str:
    context = click.Context(cli, info_name="loaban", **cli.context_settings)
    head = f"""# Commands

{WRITTEN_BY}

The verbs of `loaban`, which after `make chat` or `make setup` stands in `.venv/bin/loaban`. What is wrong with a setting or the
content ends a command with one sentence and exit code 1. `--help` says more of each, what its options do, and which keys
`--json` and `--csv` print for programs; `--today` holds review dates against another day. `loaban announce FILE` is short for
`loaban announce file FILE`.

{_options(cli, context)}"""
    return "\n".join([head, *_verbs(cli, context, "")])


def _verbs(group: click.Group, parent: click.Context, title: str) -> Iterator[str]:
    """Every verb of a group; of a group inside it, its verbs."""
    for name, command in sorted(group.commands.items()):
        context = click.Context(command, info_name=name, parent=parent)
        if isinstance(command, click.Group):
            yield from _verbs(command, context, f"{title}{name} ")
        else:
            yield _command(command, context, f"{title}{name}")


def _command(command: click.Command, context: click.Context, title: str) -> str:
    options = _options(command, context)
    told, *_ = inspect.cleandoc(command.help or "").split("\n\n")  # --help says the rest
    heading = " ".join([title, *command.collect_usage_pieces(context)[1:]])
    return "\n\n".join(part for part in (f"## {heading}", told, options.rstrip()) if part) + "\n"


def _options(command: click.Command, context: click.Context) -> str:
    """The names of its options in one line: what each does is said by --help, and once is enough."""
    records = [record for one in command.params if (record := one.get_help_record(context))]
    listed = ", ".join(f"`{names}`" for names, _ in records if names.startswith("-"))
    return listed.replace("INTEGER RANGE", "N").replace("[%Y-%m-%d]", "DAY") + "\n" if listed else ""


def intents_page(engine: Engine) -> str:
    intents = engine.knowledge.intents.values()
    topics: dict[str, Mapping[str, str]] = {**engine.knowledge.topics, SYSTEM: {}}
    tables = "\n".join(_topic(topic, names, [i for i in intents if i.topic == topic]) for topic, names in topics.items())
    return f"""# Intents

{WRITTEN_BY}

One line is one thing that people ask: its file is `intents/<topic>/<intent>.yaml` ([how to write one](add-an-intent.md)).

- **A**: the sources answer it.
- **P**: in part; the answer says whom to ask for the rest.
- **R**: they say little or nothing; the answer says so and sends people on.
- **S**: it is about Loa Bản itself; left out below.
- **urgent**: wins a tie and is answered from a lower bar.

{tables}"""


def _topic(topic: str, names: Mapping[str, str], intents: list[Intent]) -> str:
    title = f"{names['vi']} (`{topic}`)" if names else f"Emergencies and other needs (`{topic}`)"
    asked = [one for one in intents if one.cls != "S"]
    rows = "\n".join(f"- `{one.id}` {one.cls}{' **urgent**' if one.urgent else ''}: {one.question['vi']}" for one in asked)
    return f"## {title}\n\n{rows}\n"


# --- parts of README.md -----------------------------------------------------------------------------------------------


def readme(text: str, engine: Engine) -> str:
    """README.md with its generated parts written anew."""
    for name, part in {"content": content_list(engine), "conversation": conversation(engine)}.items():
        text = _with_part(text, name, part)
    return text


def _with_part(text: str, name: str, part: str) -> str:
    """The text with `part` between the markers of this name. Raises LookupError where they do not stand once."""
    begin, end = f"<!-- {name}: written by `make docs` -->", f"<!-- /{name} -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise LookupError(f"{README} must hold the markers {begin} and {end}")
    return f"{before}{begin}\n{part}\n{end}{after}"


def content_list(engine: Engine) -> str:
    """What the content holds, in figures."""
    known = engine.knowledge
    per_topic = {topic: sum(one.topic == topic for one in known.intents.values()) for topic in (*known.topics, SYSTEM)}
    phrasings = sum(len(texts) for one in known.intents.values() for texts in one.examples.values())
    rows = [
        ("languages", len(known.words), ", ".join(language_name(lang) for lang in known.words)),
        ("topics", len(known.topics), ", ".join(f"{names['en']} {per_topic[topic]}" for topic, names in known.topics.items())),
        ("intents", len(known.intents), f"{per_topic[SYSTEM]} of them about Loa Bản itself and emergencies"),
        ("phrasings", phrasings, "the ways people ask"),
        ("facts", len(known.facts), "each with value, period, source and review day"),
        ("sources", len(known.sources), "newspaper articles, decrees and pages of the authorities"),
        ("places", len(known.places), "communes and wards of today, and what each was made of"),
        ("refused topics", len(known.foreign), "a question about them is refused and not guessed at"),
    ]
    return "\n".join(f"- **{count:,} {what}**: {told}" for what, count, told in rows)


def conversation(engine: Engine) -> str:
    """A conversation with a newcomer, as it goes today."""
    address = Address("readme", "-")
    session = Session(address)
    lines = ["```text"]
    for number, planned in enumerate(CONVERSATION):
        text = _typed(planned, session, engine)
        at = CONVERSATION_AT + timedelta(minutes=number)
        turn = respond(Incoming(str(number), address, text, at), session, engine)
        session = turn.session
        lines.append(f"› {text}\n")
        lines.extend(_indented(numbered(reply)) + "\n" for reply in turn.replies)
    return "\n".join(lines).rstrip() + "\n```"


def _typed(planned: str, session: Session, engine: Engine) -> str:
    """A message as it is, and a choice by its number; by its words where it is not offered."""
    kind, _, intent = planned.partition(":")
    if kind != "intent":
        return planned
    choices = [button.choice for button in session.offered]
    return str(choices.index(planned) + 1) if planned in choices else engine.knowledge.intents[intent].question["vi"]


def _indented(text: str) -> str:
    """Wrapped to the width of a page; choices keep their numbers."""
    wrapped = (
        textwrap.wrap(line, CONVERSATION_WIDTH - 2, drop_whitespace=True, replace_whitespace=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(f"  {line}".rstrip() for lines in wrapped for line in (lines or [""]))


def main() -> None:
    for name, text in pages(build_engine(load_settings(home=ROOT))).items():
        path = ROOT / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"written: {name}")


if __name__ == "__main__":
    main()
