"""The page of `--html`: one file that shows everything offline, on a phone too, without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from bot.authoring.evaluating.certainty import curve, reliability
from bot.authoring.evaluating.comparing import Comparison
from bot.authoring.evaluating.measuring import Confusion, GradedQuestion, Measurement
from bot.authoring.evaluating.tables import heading, tables, verdict
from bot.i18n import Words

WIDEST = 0.1  # share of wrong answers at which the picture of the curve ends
STEPS = 5  # shades of the matrix; so often or more is the darkest


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """Who is taken for whom: `cells` has a row for every expected intent, with a pair (or None) for every taken one."""

    expected: tuple[str, ...]
    taken: tuple[str, ...]
    cells: tuple[tuple[Confusion | None, ...], ...]


def confusion_matrix(confusions: list[Confusion]) -> ConfusionMatrix:
    """Only intents that are confused have a row or a column."""
    pairs = {(one.expected, one.taken): one for one in confusions}
    expected, taken = (tuple(sorted({pair[side] for pair in pairs})) for side in (0, 1))
    return ConfusionMatrix(expected, taken, tuple(tuple(pairs.get((row, column)) for column in taken) for row in expected))


def curve_line(graded: Sequence[GradedQuestion]) -> str:
    """The points of an SVG line in a square of 100: wrong answers to the right, up to WIDEST, right ones upwards."""
    seen = [point for point in curve(graded) if point.wrong <= WIDEST]
    return " ".join(f"{100 * point.wrong / WIDEST:.1f},{100 - 100 * point.right:.1f}" for point in seen)


def page(words: Words, after: Measurement, comparison: Comparison | None, *, everything: bool = False) -> str:
    """The HTML, complete in itself. `everything` as in `tables`; the matrix always shows all pairs."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files("bot.authoring.evaluating").joinpath("page.html").read_text("utf-8"))
    return template.render(
        lang=words.lang,
        title=words.say("What the content answers"),
        heading=heading(words, after, comparison),
        verdict=verdict(words, comparison) if comparison else None,
        good=comparison.verdict if comparison else "",
        tables=tables(words, after, comparison, everything=everything),
        matrix=confusion_matrix(after.confusions()),
        matrix_title=words.say("Who is taken for whom"),
        matrix_note=words.say(
            "Rows: the intent that was expected. Columns: the intent that was put before it. "
            "The stronger the colour, the more often; a ring marks wrong answers."
        ),
        steps=STEPS,
        bins=[one for one in reliability(after.graded) if one.count],
        reliability_title=words.say("Is it right as often as it is sure?"),
        reliability_note=words.say(
            "To the right: how sure it was of its first guess. Upwards: how often that was right; on the line is honest. "
            "The larger the dot, the more questions."
        ),
        curve=curve_line(after.graded),
        curve_title=words.say("Right against wrong: what another bar for an answer would bring"),
        curve_note=words.say(
            "To the right: answered wrong, up to {widest} % of the questions in scope. Upwards: answered right, up to 100 %.",
            widest=round(100 * WIDEST),
        ),
    )
