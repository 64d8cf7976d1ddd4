"""The verbs of the `loaban` command. Each only parses, calls and prints."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import click

from bot import __version__
from bot.cli.announce import announce
from bot.cli.aspects import aspects
from bot.cli.audio import audio
from bot.cli.backup import backup
from bot.cli.due import confirm, due
from bot.cli.evaluate import evaluate, holds_up
from bot.cli.fmt import fmt
from bot.cli.migrate import migrate
from bot.cli.new import new
from bot.cli.poster import poster
from bot.cli.preview import preview
from bot.cli.reporting_errors import reports_errors, tell_unknown_settings, words_of
from bot.cli.restore import restore
from bot.cli.review import review
from bot.cli.schema import schema
from bot.cli.spreadsheet import export, import_
from bot.cli.staff import staff
from bot.cli.stats import stats
from bot.cli.today import noon, today_option
from bot.cli.web import web
from bot.cli.zalo_oa import zalo_oa
from bot.errors import SettingsError
from bot.i18n import mark
from bot.settings import Settings, load_settings

# What a verb needs is imported when it runs, here and in bot/cli, so that help is quick.


def main() -> None:
    """The entry point of the `loaban` command."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - as long as we live
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that says it is ASCII can still write and show Vietnamese
            stream.reconfigure(encoding="utf-8", errors="replace")
    cli(prog_name="loaban")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="loaban")
@click.option(
    "--home", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder with intents/, content/ and locales/."
)
@click.option("--lang", metavar="CODE", help="Language of the command line and of unknown residents (vi, en).")
@click.pass_context
@reports_errors
def cli(context: click.Context, home: Path | None, lang: str | None) -> None:
    """Loa Bản: sourced answers for residents of Điện Biên."""
    context.obj = load_settings(home=home, lang=lang)
    tell_unknown_settings(context.obj)


@cli.command()
@click.option(
    "--jsonl", is_flag=True, help="Read turns of conversations as JSON, one a line, and write one JSON object a line."
)
@click.pass_obj
@reports_errors
def chat(settings: Settings, jsonl: bool) -> None:
    """Talk with the bot in this terminal. Nothing is kept afterwards."""
    if jsonl:
        from bot.authoring import talks
        from bot.engine import build_engine

        for line in talks.jsonl(build_engine(settings), sys.stdin.buffer):
            click.echo(line)
            sys.stdout.flush()
        return
    from rich.console import Console

    from bot.channels.console import chat as talk
    from bot.engine import build_engine
    from bot.service.wiring import terminal_app
    from bot.stores import open_in_memory

    engine = build_engine(settings)
    with closing(open_in_memory()) as store:
        talk(terminal_app(engine, store).handle, store, Console(highlight=False), engine.words(settings.lang))


@cli.command()
@click.argument("question", required=False)
@click.option("--explain", is_flag=True, help="Show how the question was read, the candidates and the parts of the score.")
@click.option("--jsonl", is_flag=True, help="Read one message a line on standard input, write one JSON object a line.")
@click.option("--after", multiple=True, metavar="TEXT", help="What was written before it; several times, in order.")
@today_option
@click.pass_obj
@reports_errors
def ask(settings: Settings, question: str | None, explain: bool, jsonl: bool, after: tuple[str, ...], today: date) -> None:
    """Print the answer to one QUESTION, at the end of a conversation where there was one."""
    from bot.authoring import asking
    from bot.channels.numbered import numbered
    from bot.engine import build_engine

    if not jsonl and not (question or "").strip():
        said = words_of(settings).say("write a question in quotes after the command")
        raise SettingsError("loaban ask: {said}", said=said)
    engine = build_engine(settings)
    if jsonl:
        for line in asking.jsonl(engine, sys.stdin.buffer, noon(today)):
            click.echo(line)
            sys.stdout.flush()
        return
    before, turn = asking.ask_after(engine, after, question or "", noon(today))
    lang = turn.outcome.lang if turn.outcome else settings.lang
    for reply in turn.replies:
        click.echo(numbered(reply))
    if explain:
        from rich.console import Console

        from bot.authoring.explaining import explanation, in_conversation

        console, words = Console(highlight=False), engine.words(lang)
        console.print(explanation(engine.matcher.explain(question or ""), words))
        if (weighed := in_conversation(engine, before, question or "", words)) is not None:
            console.print(weighed)


@cli.command()
@today_option
@click.option("--review", is_flag=True, help="Fail, too, when a fact or an answer is past its review day.")
@click.option("--strict", is_flag=True, help="Fail, too, when the change since the last commit loses more than it gains.")
@click.option("--against", metavar="REV", help="The same since another revision of git.")
@click.pass_obj
@reports_errors
def check(settings: Settings, today: date, review: bool, strict: bool, against: str | None) -> None:
    """Prove the content: figures, sources, languages, dates, phrasings. Exit code 1 when something is wrong.

    What is past its review day, or will be within 60 days, is a warning for each file; `loaban due` lists it.
    """
    from bot.authoring.checking import check as prove
    from bot.engine.cache import cache_folder

    gc.disable()  # half a million small objects that all live until the end: looking for garbage costs a quarter of the time
    report = prove(settings.home, settings.lang, today, cache_folder(settings.cache), review=review)
    words = words_of(settings)
    for problem in report.problems:
        kind = words.say("warning") if problem.warning else words.say("error")
        click.echo(f"{problem.file}:{problem.line}: {kind}: {problem.text}")
    warnings = len(report.problems) - report.errors
    click.echo(
        words.say(
            "{intents} intents, {phrasings} phrasings, {facts} facts, {languages} languages: "
            "{errors} errors, {warnings} warnings",
            **report.counts,
            errors=report.errors,
            warnings=warnings,
        )
    )
    strict = strict or against is not None
    if report.errors or (strict and not holds_up(settings, against or "HEAD")):
        raise SystemExit(1)


@cli.command("test")
@click.argument("folder", type=click.Path(path_type=Path), default=Path("tests/conversations"))
@click.pass_obj
@reports_errors
def run_conversations(settings: Settings, folder: Path) -> None:
    """Run the recorded conversations of FOLDER. Exit code 1 when one goes otherwise than written."""
    from bot.authoring.recorded_conversations import conversation_files, run_file
    from bot.engine import build_engine

    files = conversation_files(folder)
    if not files:
        raise SettingsError(mark("{folder}: there are no conversations (*/*.yaml) in this folder"), folder=folder)
    engine = build_engine(settings)
    passed = failed = 0
    for path in files:
        for _, failures in run_file(path, engine):
            passed, failed = (passed, failed + 1) if failures else (passed + 1, failed)
            for failure in failures:
                click.echo(str(failure))
    click.echo(
        engine.words(settings.lang).say(
            "{passed} conversations went as written, {failed} did not", passed=passed, failed=failed
        )
    )
    if failed:
        raise SystemExit(1)


@cli.command()
@click.pass_obj
@reports_errors
def run(settings: Settings) -> None:
    """Serve residents on every channel that is set up (see docs/settings.md). Stops cleanly on SIGTERM or Ctrl-C."""
    import asyncio

    from bot.service.running import serve_all

    asyncio.run(serve_all(settings))


@cli.command()
@click.pass_obj
@reports_errors
def health(settings: Settings) -> None:
    """Tell whether `loaban run` is alive and can write its database. Exit code 1 when it is not."""
    from bot.service.heartbeat import check_alive

    check_alive(settings, datetime.now(UTC), here=True)
    click.echo("ok")


cli.add_command(evaluate)
cli.add_command(aspects)
cli.add_command(staff)
cli.add_command(announce)
cli.add_command(zalo_oa)
cli.add_command(new)
cli.add_command(fmt)
cli.add_command(schema)
cli.add_command(backup)
cli.add_command(restore)
cli.add_command(migrate)
cli.add_command(export)
cli.add_command(import_)
cli.add_command(stats)
cli.add_command(review)
cli.add_command(due)
cli.add_command(confirm)
cli.add_command(preview)
cli.add_command(audio)
cli.add_command(web)
cli.add_command(poster)
