"""The process that proves a proposal: `python -m bot.authoring.proposals.child`, started by `Proving`.

It prints JSON, a line each: `{"stage": …}` when the next part begins, and at last `{"proof": …}`.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from bot.authoring.checking import check
from bot.authoring.evaluating import Comparison, compare, evaluation_set_of, measure_home
from bot.authoring.evaluating.git_content import content_at
from bot.authoring.evaluating.tables import told_changes
from bot.authoring.proposals.proposal import Gain, ProblemRow, Proof
from bot.engine.child import serve_parent
from bot.errors import ContentError, LoabanError
from bot.i18n import languages, load_words, words_for
from bot.model import Problem
from bot.settings import Settings

MOST, LONGEST = 200, 500  # lines of a kind, and characters of one


def prove(
    home: Path,
    base: str,
    head: str,
    live: Path | None,
    changed: Sequence[str],
    settings: Settings,
    today: date,
    stage: Callable[[str], None],
) -> Proof:
    """Check the content in `home`, and measure it against the commit `base`, or where `live` is given against that folder.

    Warnings are told of the files `changed` only: the others stood there before.
    """
    stage("check")
    spoken = languages(home / "locales") or (settings.lang,)
    found = {lang: check(home, lang, today, settings.cache).problems for lang in spoken}
    problems = {lang: _rows(rows, changed) for lang, rows in found.items()}
    proof = Proof(base=base, head=head, problems=problems)
    if proof.errors:
        return proof
    stage("evaluate")
    return proof.model_copy(update={"gain": _gain(home, base, live, settings)})


def _gain(home: Path, base: str, live: Path | None, settings: Settings) -> Gain | None:
    try:
        material = evaluation_set_of(home)
        after = measure_home(settings.model_copy(update={"home": home}), material)
        if live is not None:
            before = measure_home(settings.model_copy(update={"home": live}), material)
        else:
            with content_at(home, base) as folder:
                before = measure_home(settings.model_copy(update={"home": folder}), material)
    except (LoabanError, OSError):  # no questions are there, or the live content cannot be used: nothing to compare with
        return None
    return _told(compare(before, after), home)


def _told(found: Comparison, home: Path) -> Gain:
    catalogues = load_words(home / "locales")
    won, lost = (
        {
            lang: tuple(line[:LONGEST] for line in told_changes(words_for(lang, catalogues), found, better=better)[:MOST])
            for lang in catalogues
        }
        for better in (True, False)
    )
    broken = len(found.ceased)
    return Gain(better=found.better, worse=found.worse, broken=broken, verdict=found.verdict, won=won, lost=lost)


def _rows(problems: Sequence[Problem], changed: Sequence[str]) -> tuple[ProblemRow, ...]:
    kept = [one for one in problems if not one.warning or one.file in changed]
    return tuple(ProblemRow(file=one.file, line=one.line, text=one.text[:LONGEST], warning=one.warning) for one in kept[:MOST])


def main(orders: str) -> None:
    serve_parent()
    gc.disable()  # half a million small objects that all live until the end
    given = json.loads(orders)

    def say(**what: object) -> None:
        print(json.dumps(what), flush=True)

    settings = Settings(home=Path(given["home"]), lang=given["lang"], cache=Path(given["cache"]))
    try:
        proof = prove(
            Path(given["home"]),
            given["base"],
            given["head"],
            Path(given["live"]) if given["live"] else None,
            given["changed"],
            settings,
            date.fromisoformat(given["today"]),
            lambda name: say(stage=name),
        )
    except (ContentError, OSError) as error:
        proof = Proof(base=given["base"], head=given["head"], trouble=str(error)[:LONGEST])
    say(proof=proof.model_dump(mode="json"))


if __name__ == "__main__":
    main(sys.argv[1])
