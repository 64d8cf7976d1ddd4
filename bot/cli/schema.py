"""`loaban schema`: what an editor needs to know of the content's shapes, to help while somebody types."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.authoring.editing.kinds import FileKind


def all_kinds() -> tuple[FileKind, ...]:
    """Every kind of YAML file that people keep here: the content, and the recorded conversations."""
    from bot.authoring.editing.kinds import CONTENT, FileKind
    from bot.authoring.recorded import ConversationFile

    return (*CONTENT, FileKind("conversations", "tests/conversations/*/*.yaml", ConversationFile))


@click.command()
@click.option("--write", is_flag=True, help="Write the schemas into docs/schemas/.")
@click.pass_obj
@reports_errors
def schema(settings: Settings, write: bool) -> None:
    """Print the JSON Schemas of the content files, which editors use to complete and to check (see docs/editing.md)."""
    from bot.authoring.editing.schemas import json_schema
    from bot.authoring.saving import save

    for kind in all_kinds():
        made = json_schema(kind)
        if not write:
            click.echo(made, nl=False)
            continue
        path = settings.home / kind.schema_file
        before = path.read_bytes() if path.exists() else None
        if before != made.encode():
            save(path, before, made.encode())
            click.echo(words_of(settings).say("Made: {file}", file=Path(kind.schema_file).as_posix()))
