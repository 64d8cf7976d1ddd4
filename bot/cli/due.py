"""`loaban due` and `loaban confirm`: what is to be compared with its sources again, and what has been."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from bot.cli.reporting_errors import reports_errors, words_of
from bot.cli.today import today_option
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.authoring.due import DueGroup

WITHIN = 60  # days, as the check warns


@click.command()
@click.option(
    "--within", type=click.IntRange(0), default=WITHIN, show_default=True, help="Days to look ahead; 0: what is past."
)
@today_option
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.pass_obj
@reports_errors
def due(settings: Settings, within: int, today: date, form: str | None) -> None:
    """List the facts and answers to be compared with their sources again, source by source, with the address of each.

    What holds is then confirmed with `loaban confirm`; what does not is corrected in its file first.

    --json: an object with today, within, and groups: name (of the source or the topic), title, address, and items: id, kind
    (fact, answer), review, past, file, line, text, further (sources).
    """
    from bot.authoring.due import due as all_due
    from bot.cli.output import as_json
    from bot.knowledge.reading import read_content

    words = words_of(settings)
    groups = all_due(read_content(settings.home, words), today, within, words)
    if form == "json":
        shown = [_data(group, today) for group in groups]
        return as_json({"today": today.isoformat(), "within": within, "groups": shown})
    for group in groups:
        click.echo(f"{group.name}: {group.title}" if group.title else group.name)
        if group.address:
            click.echo(f"  {group.address}")
        for item in group.items:
            one = item.review
            late = f" ({words.say('past')})" if one.day < today else ""
            click.echo(f"    {one.day}{late}  {one.id}: {item.text}  [{one.file}:{one.line}]")
    count = sum(len(group.items) for group in groups)
    click.echo(words.say("Facts and answers to check: {count}; sources and topics: {groups}", count=count, groups=len(groups)))
    return None


@click.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day by which it is to be checked once more."
)
@click.option("--by", metavar="NAME", required=True, help="Who has checked it: a role or an office.")
@today_option
@click.pass_obj
@reports_errors
def confirm(settings: Settings, ids: tuple[str, ...], until: datetime, by: str, today: date) -> None:
    """Note that the facts and intents ID... were compared with their sources and hold, until another day.

    The review day in their files moves, and who confirmed it when is written beside it; all else stays as it is. All or none.
    """
    from bot.authoring.confirming import confirm as write

    words = words_of(settings)
    for path in write(settings.home, ids, until.date(), by, today, words):
        click.echo(path.relative_to(settings.home).as_posix())
    click.echo(words.say("Confirmed until {day}: {count}", day=until.date(), count=len(set(ids))))


def _data(group: DueGroup, today: date) -> dict[str, object]:
    items = [
        {
            "id": item.review.id,
            "kind": item.review.kind,
            "review": item.review.day.isoformat(),
            "past": item.review.day < today,
            "file": item.review.file,
            "line": item.review.line,
            "text": item.text,
            "further": list(item.further),
        }
        for item in group.items
    ]
    return {"name": group.name, "title": group.title, "address": group.address, "items": items}
