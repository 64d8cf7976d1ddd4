"""`loaban review`: what was not answered well, and how it becomes content."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.announcements.display_names import DisplayNames
    from bot.authoring.reviewing.findings import Findings, QuestionGroup
    from bot.i18n import Words

COLUMNS = (
    *("number", "question", "lang", "count", "newest", "different", "places", "weeks", "langs", "kinds"),
    *("nearest", "foreign", "wordings"),
)
WEEKS = 4  # of the newest in the table
PLACES = 3


@click.command()
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only questions from this day on.")
@click.option("--min", "least", type=click.IntRange(1), default=1, show_default=True, help="Only groups asked so often.")
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True, help="How many groups, the most asked first.")
@click.option("--all", "everything", is_flag=True, help="Also what is answered, or refused for certain, by now.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--interactive", is_flag=True, help="Go through the groups, also where the input is no terminal.")
@click.option("--due", "by_source", is_flag=True, help="List what is to be compared with its sources instead: loaban due.")
@click.pass_obj
@reports_errors
def review(
    settings: Settings,
    since: datetime | None,
    least: int,
    limit: int,
    everything: bool,
    form: str | None,
    interactive: bool,
    by_source: bool,
) -> None:
    """Show questions that were not answered well, grouped by likeness, and turn them into content.

    In a terminal it then goes through the groups: the wordings of each can be added to an intent, begin a new one, or teach
    the bot to refuse. It writes files under intents/ only, never the database. Counts under 5 of a commune are not told. How
    to go about it stands in docs/reviewing.md.

    --json: an object with since, questions, answered, refused, wordless, and groups: number, question, lang, count, newest,
    different (wordings), places, weeks, langs, kinds, nearest (intent, probability of the question, vote: the mean of all
    askings), foreign, wordings (text, lang, count, example_of). --csv: one line a group.
    """
    if by_source:
        from bot.cli.due import due

        due.main(["--json"] if form == "json" else [], standalone_mode=False, obj=settings)
        return None
    from bot.announcements.display_names import DisplayNames
    from bot.authoring.reviewing.findings import findings
    from bot.cli.output import as_csv, as_json
    from bot.engine import build_engine
    from bot.stores import reading

    engine = build_engine(settings)
    words = engine.words(settings.lang)
    day = since.date() if since else None
    with reading(settings) as records:
        questions = records.kept_questions(day, None)
    found = findings(questions, engine, everything=everything)
    groups = [group for group in found.groups if group.count >= least][:limit]
    names = DisplayNames({place.code: place for place in engine.knowledge.places}, engine.knowledge.topics)
    if form == "json":
        return as_json(_data(found, groups, day, names, words))
    if form == "csv":
        return as_csv(COLUMNS, [_row(number, group, names, words) for number, group in enumerate(groups, 1)])
    _table(found, groups, names, words)
    if groups and (interactive or sys.stdin.isatty()):
        from bot.authoring.reviewing.review_dialog import ReviewDialog

        ReviewDialog(settings.home, engine, words, _ask, click.echo).run(groups)
    return None


def _ask(question: str) -> str:
    try:
        return str(click.prompt(question, default="", show_default=False, prompt_suffix=" "))
    except click.Abort:  # Ctrl-C, Ctrl-D, the end of the input
        raise EOFError from None


def _data(
    found: Findings, groups: Sequence[QuestionGroup], since: date | None, names: DisplayNames, words: Words
) -> Mapping[str, object]:
    return {
        "since": since.isoformat() if since else None,
        "questions": found.questions,
        "answered": found.left_out.get("answered", 0),
        "refused": found.left_out.get("refused", 0),
        "wordless": found.left_out.get("wordless", 0),
        "groups": [_group_data(number, group, names, words) for number, group in enumerate(groups, 1)],
    }


def _group_data(number: int, group: QuestionGroup, names: DisplayNames, words: Words) -> Mapping[str, object]:
    from bot.authoring.reviewing.findings import small_counts_hidden

    return {
        "number": number,
        "question": group.question.text,
        "lang": group.question.lang,
        "count": group.count,
        "newest": group.newest.isoformat(),
        "different": group.different,
        "places": [
            {"place": code or None, "name": names.place(code, words) if code else None, "n": count}
            for code, count in small_counts_hidden(group.places).items()
        ],
        "weeks": group.weeks,
        "langs": group.langs,
        "kinds": group.kinds,
        "nearest": [{"intent": one.intent, "probability": one.probability, "vote": one.vote} for one in group.nearest],
        "foreign": group.foreign,
        "wordings": [
            {"text": one.text, "lang": one.lang, "count": one.count, "example_of": one.example_of or None}
            for one in group.wordings
        ],
    }


def _row(number: int, group: QuestionGroup, names: DisplayNames, words: Words) -> Mapping[str, object]:
    """The same for a spreadsheet: what is a list there is one cell with semicolons."""
    from bot.authoring.reviewing.findings import small_counts_hidden

    def pairs(counts: Mapping[str, int] | Mapping[str, int | str]) -> str:
        return "; ".join(f"{name}: {count}" for name, count in counts.items())

    return {
        **_group_data(number, group, names, words),
        "places": pairs({_place(code, names, words): n for code, n in small_counts_hidden(group.places).items()}),
        "weeks": pairs(group.weeks),
        "langs": pairs(group.langs),
        "kinds": pairs(group.kinds),
        "nearest": "; ".join(f"{one.intent}: {one.vote}" for one in group.nearest),
        "foreign": "; ".join(group.foreign),
        "wordings": "; ".join(one.text for one in group.wordings),
    }


def _table(found: Findings, groups: Sequence[QuestionGroup], names: DisplayNames, words: Words) -> None:
    say = words.say
    if groups:
        _print(groups, names, words)
    elif not found.questions:
        click.echo(say("No questions are kept: all were answered, or nobody has asked."))
    else:
        click.echo(say("There is nothing to review."))
    more = len(found.groups) - len(groups)
    if more:
        click.echo(say("{count} more groups are not shown; see --limit and --min.", count=more))
    left_out = found.left_out
    if "answered" in left_out:
        click.echo(say("{count} kept questions are answered by now.", count=left_out["answered"]))
    if "refused" in left_out:
        click.echo(say("{count} kept questions are refused by now: their topics are not ours.", count=left_out["refused"]))
    if "wordless" in left_out:
        click.echo(say("{count} kept questions hold no word that is not masked.", count=left_out["wordless"]))


def _print(groups: Sequence[QuestionGroup], names: DisplayNames, words: Words) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bot.authoring.reviewing.findings import small_counts_hidden

    say = words.say
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    table.add_column(say("asked"), justify="right")
    table.add_column(say("question"), overflow="fold")
    table.add_column(say("communes"), overflow="fold")
    table.add_column(say("weeks"), no_wrap=True)
    table.add_column(say("nearest"), overflow="fold")
    for number, group in enumerate(groups, 1):
        places = [f"{_place(code, names, words)}: {n}" for code, n in small_counts_hidden(group.places).items()]
        cells = (
            group.question.text,
            "\n".join(places[:PLACES]),
            "\n".join(f"{week}: {count}" for week, count in list(group.weeks.items())[-WEEKS:]),
            "\n".join(f"{one.intent} {one.vote:.0%}" for one in group.nearest[:2]),
        )
        table.add_row(str(number), str(group.count), *map(Text, cells))  # Text: nothing that people wrote is markup
    Console(highlight=False).print(table)


def _place(code: str, names: DisplayNames, words: Words) -> str:
    return names.place(code, words) if code else "?"
