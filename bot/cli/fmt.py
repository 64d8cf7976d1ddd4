"""`loaban fmt`: content files in their one canonical form, so that a diff shows what was changed and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.i18n import mark
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.authoring.editing.file_kinds import FileKind


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; name the files that are not in order, and end with code 1.")
@click.pass_obj
@reports_errors
def fmt(settings: Settings, paths: tuple[Path, ...], check: bool) -> None:
    """Put content files in order: keys, quotes, indentation, and the first line that leads editors to the schema.

    PATHS are files or folders; without any, all of intents/, content/ and tests/conversations/. What a file says, and its
    comments, never change. A file that is no good YAML is left alone and named; then the exit code is 1.
    """
    from bot.authoring.editing.canonical import Unformattable, formatted
    from bot.authoring.editing.file_kinds import kind_of
    from bot.authoring.saving import save
    from bot.cli.schema import all_file_kinds

    words, kinds = words_of(settings), all_file_kinds()
    changed = broken = 0
    names = _names(settings, paths, kinds)
    for name in names:
        path, kind = settings.home / name, kind_of(name, kinds)
        before = path.read_bytes()
        try:
            after = formatted(before, kind.shape, kind.modeline(name)) if kind else before
        except Unformattable as error:
            broken += 1
            told = words.say(error.fault.message, **error.fault.values)
            click.echo(f"{name}:{error.fault.line}: {words.say('error')}: {told}")
            continue
        if after != before:
            changed += 1
            if not check:
                save(path, before, after)
            click.echo(name)
    if check:
        summary = words.say("{count} files to be put in order with `loaban fmt`, {broken} broken", count=changed, broken=broken)
    else:
        summary = words.say("{count} files put in order, {broken} broken", count=changed, broken=broken)
    click.echo(summary)
    if broken or (check and changed):
        raise SystemExit(1)


def _names(settings: Settings, paths: tuple[Path, ...], kinds: tuple[FileKind, ...]) -> list[str]:
    """The files meant, from the home folder. Raises SettingsError for a path where no content stands."""
    from bot.authoring.editing.file_kinds import files_of
    from bot.errors import SettingsError

    everything = files_of(settings.home, kinds)
    if not paths:
        return everything
    home, meant = settings.home.resolve(), set[str]()
    for path in paths:
        place = path.resolve()
        found = {name for name in everything if (home / name).resolve() == place or place in (home / name).parents}
        if not found:
            raise SettingsError(mark("{path}: no content file (intents, content, tests/conversations) stands there"), path=path)
        meant |= found
    return sorted(meant)
