"""How conversations go, turn by turn: right, asked back fairly, asked back without need, lost, wrong, harmful.

The conversations are by writers who knew the catalogue of intents and nothing of the phrasings or the code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.authoring.talks import ANNOUNCEMENT, Talk, pause
from bot.dialogue.received import OPEN_QUESTION
from bot.engine import Engine
from bot.model import Turn
from bot.model.well_known import ANNOUNCEMENTS, CONTACT, OUT_OF_SCOPE, PLACE

GRADES = ("right", "asked fairly", "over-asked", "lost", "wrong", "harm")
THANKS = "thanks-goodbye"


@dataclass(frozen=True)
class Played:
    """One turn of a conversation and what it was worth."""

    conversation: str
    wrote: str
    expected: Mapping[str, Any]
    turn: Turn
    grade: str
    notice: bool

    @property
    def given(self) -> str:
        outcome = self.turn.outcome
        offered = ", ".join(offered_in(self.turn))
        return f"{outcome.kind if outcome else 'silence'} {', '.join(answered_in(self.turn))} [{offered}]"


def answered_in(turn: Turn) -> tuple[str, ...]:
    """The intents that were answered, also several at once."""
    outcome = turn.outcome
    if outcome is None or outcome.kind in ("clarify", "unknown") or outcome.intent is None:
        return ()
    return (outcome.intent, *outcome.further)


def offered_in(turn: Turn) -> tuple[str, ...]:
    buttons = turn.replies[-1].buttons if turn.replies else ()
    return tuple(button.choice.removeprefix("intent:") for button in buttons)


def special(turn: Turn) -> set[str]:
    """What a turn is besides an answer of an intent, in the words of the data."""
    outcome = turn.outcome
    if outcome is None:
        return set()
    found = set()
    if outcome.kind == "unknown" or outcome.intent == OUT_OF_SCOPE:
        found.add("out-of-scope")
    if outcome.kind in ("menu", "command", "handoff"):
        found |= {outcome.kind, "thanks" if outcome.kind != "handoff" else "person"}
    if outcome.intent == ANNOUNCEMENTS and turn.session.asked == OPEN_QUESTION:
        found.add("announcement")
    if outcome.intent == PLACE:
        found.add("place")
    if outcome.intent == CONTACT or turn.handoff is not None:
        found.add("person")
    if outcome.intent == THANKS:
        found.add("thanks")
    return found


def grade(expected: Mapping[str, Any], turn: Turn) -> str:
    outcome = turn.outcome
    answered, offered = set(answered_in(turn)), set(offered_in(turn))
    if answered & set(expected.get("harm", ())):
        return "harm"
    if "all" in expected:
        wanted = set(expected["all"])
        if wanted <= answered | offered and answered & wanted:
            return "right"
        if outcome and outcome.kind == "clarify":
            return ("asked fairly" if expected.get("ask") else "over-asked") if wanted & offered else "lost"
        return "lost" if answered <= wanted else "wrong"
    wanted = set(expected["right"])
    if (answered | special(turn)) & wanted:
        return "right"
    if outcome and outcome.kind == "clarify":
        if wanted & offered or ("person" in wanted and "person" in offered):
            return "asked fairly" if expected.get("ask") else "over-asked"
        return "lost"
    if outcome is None or outcome.kind in ("unknown", "menu"):
        return "asked fairly" if outcome and outcome.kind == "menu" and expected.get("ask") and wanted & offered else "lost"
    return "wrong"


def play(engine: Engine, conversation: Mapping[str, Any]) -> Iterator[Played]:
    talk = Talk(engine, str(conversation["id"]))
    for expected in conversation["turns"]:
        event, text = expected.get("event"), str(expected.get("say", ""))
        if event == ANNOUNCEMENT:
            talk.receive(text, after=pause(expected.get("after")))
            continue
        turn = talk.turn(text, kind=event or "text", after=pause(expected.get("after")))
        yield Played(talk.name, text or str(event), expected, turn, grade(expected, turn), turn.urgent_notice)


def read(path: Path) -> list[Mapping[str, Any]]:
    return list(yaml.safe_load(path.read_text("utf-8")))


def table(played: Sequence[Played]) -> str:
    counts = Counter(one.grade for one in played)
    faults = {one.conversation for one in played if one.grade not in ("right", "asked fairly")}
    names = {one.conversation for one in played}
    calm = [one for one in played if not one.expected.get("urgent")]
    lines = [f"{len(played)} turns, {len(names)} conversations"]
    lines += [f"{name:14}{100 * counts[name] / len(played):6.1f} %" for name in GRADES]
    lines.append(f"{'no fault':14}{100 * (len(names) - len(faults)) / len(names):6.1f} % of the conversations")
    asked_calm = [one for one in calm if one.turn.outcome and one.turn.outcome.kind == "clarify"]
    lines.append(
        f"notice of danger in calm turns: {sum(one.notice for one in calm)} of {len(calm)} ({len(asked_calm)} asked back)"
    )
    return "\n".join(lines)


def main(paths: Sequence[str], *, show: str = "") -> None:
    from bot.engine import build_engine
    from bot.settings import load_settings

    engine = build_engine(load_settings())
    for path in paths:
        played = [one for conversation in read(Path(path)) for one in play(engine, conversation)]
        print(path)
        print(table(played))
        if show:
            for one in played:
                if show == "all" or one.grade in show.split(","):
                    want = one.expected.get("right") or one.expected.get("all")
                    ask = " ask" if one.expected.get("ask") else ""
                    print(f"{one.conversation} {one.grade:12} {one.wrote[:90]!r} want {want}{ask} got {one.given}")


if __name__ == "__main__":
    import sys

    arguments = sys.argv[1:]
    show = next((one.removeprefix("--show=") for one in arguments if one.startswith("--show=")), "")
    main([one for one in arguments if not one.startswith("--")] or ["tests/data/talks_dev.yaml"], show=show)
