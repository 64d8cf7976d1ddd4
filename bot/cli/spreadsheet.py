"""`loaban export` and `loaban import`: the texts of the content as one spreadsheet, and back."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

LISTED = 200  # changes that are shown, one on a line
SHOWN = 60  # characters of a text that changes


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--lang", "more", multiple=True, metavar="CODE", help="A column for a language that is new; can be repeated.")
@click.option("--force", is_flag=True, help="Write over a file that is there already.")
@click.pass_obj
@reports_errors
def export(settings: Settings, file: Path, more: tuple[str, ...], force: bool) -> None:
    """Write every text that is said to residents into FILE, for a person who translates or improves them.

    FILE ends in .xlsx (Excel, LibreOffice) or .csv. One line a text, one column a language; the columns file, key and check
    must stay as they are. `loaban import FILE` takes over what was changed.
    """
    from bot.authoring.saving import save
    from bot.authoring.spreadsheet.files import NEW_MODE, as_file, ending
    from bot.authoring.spreadsheet.importing import speakable
    from bot.authoring.spreadsheet.rows import rows_of
    from bot.authoring.spreadsheet.sheet import table_of
    from bot.errors import Refusal
    from bot.i18n import languages, mark

    words = words_of(settings)
    ending(file)
    if file.exists() and not force:  # somebody may have been filling it for days
        raise Refusal(mark("{file} is there already; choose another name, or write over it with --force"), file=file)
    if not file.parent.is_dir():
        raise Refusal(mark("{folder}: there is no such folder"), folder=file.parent)
    unspoken = [lang for lang in more if not speakable(lang)]
    langs = list(dict.fromkeys([*languages(settings.home / "locales"), *more]))
    rows = rows_of(settings.home, words)
    before = file.read_bytes() if file.exists() else None
    save(file, before, as_file(file, table_of(rows, langs, words)), mode=NEW_MODE)
    click.echo(words.say("{file}: {count} texts in {languages}", file=file, count=len(rows), languages=", ".join(langs)))
    click.echo(
        words.say("The columns file, key and check must stay as they are. Take it back with: loaban import {file}", file=file)
    )
    for lang in unspoken:
        click.echo(
            words.say(
                "It is not known yet how numbers and dates are written in “{lang}”: docs/add-a-language.md says what has to be "
                "done before it can be taken back.",
                lang=lang,
            ),
            err=True,
        )


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.pass_obj
@reports_errors
def import_(settings: Settings, file: Path, dry_run: bool) -> None:
    """Take over the texts that were changed in FILE, which `loaban export` wrote.

    Only these texts change in the files of the content; everything is checked first, and with one fault nothing is written.
    Exit code 1 when there is one.
    """
    from bot.authoring.saving import save_all
    from bot.authoring.spreadsheet.files import NEW_MODE, from_file
    from bot.authoring.spreadsheet.importing import prepare

    words = words_of(settings)
    prepared = prepare(settings.home, file.name, from_file(file), words)
    for edit in prepared.edits[:LISTED]:
        before = edit.row.texts.get(edit.lang)
        where = f"{edit.row.file} {edit.row.key} {edit.lang}"
        change = f"“{_short(before)}” → “{_short(edit.text)}”" if before else f"+ “{_short(edit.text)}”"
        click.echo(f"{file.name}:{edit.line}: {where}: {change}")
    if len(prepared.edits) > LISTED:
        click.echo(words.say("and {count} more like these", count=len(prepared.edits) - LISTED))
    if not dry_run:
        save_all(prepared.files, mode=NEW_MODE)
    said = words.say("{texts} texts in {files} files", texts=len(prepared.edits), files=len(prepared.files))
    if not prepared.files:
        click.echo(words.say("Nothing was changed in {file}, so nothing was written.", file=file))
    elif dry_run:
        click.echo(words.say("Would change: {what}. Nothing was written.", what=said))
    else:
        click.echo(words.say("Changed: {what}. Now run `loaban check`.", what=said))


def _short(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
