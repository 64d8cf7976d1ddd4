"""Urgent and calm messages told apart: what is missed, and how often the notice of danger stands where nothing is urgent."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from bot.authoring.talks import Talk
from bot.engine import Engine, build_engine
from bot.settings import load_settings

# The second is written to be hard: danger without its words, and calm messages that look like it (past, animals, jokes).
SETS = (Path("tests/data/urgent.tsv"), Path("tests/data/urgent_alike.tsv"))


def outcome(engine: Engine, text: str) -> tuple[str, str]:
    """(what a first message leads to, its intent): urgent · notice · asked · answered · unknown."""
    turn = Talk(engine, "one").turn(text)
    assert turn.outcome is not None
    intent = turn.outcome.intent or ""
    known = engine.knowledge.intents.get(intent)
    said = turn.replies[-1].text.split("\n")[0]
    if turn.outcome.kind == "answer":
        return ("urgent" if known and known.urgent else "answered"), intent
    if "nguy hiểm" in said or "in danger" in said:
        return "notice", intent
    return {"clarify": "asked"}.get(turn.outcome.kind, "unknown"), intent


def main() -> None:
    engine = build_engine(load_settings())
    for path in SETS:
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        print(path)
        for flag, name in (("1", "urgent"), ("0", "calm")):
            own = [row for row in rows if row["urgent"] == flag]
            found = [(row, *outcome(engine, row["text"])) for row in own]
            counts = Counter(kind for _, kind, _ in found)
            print(f"{len(own)} {name}: " + ", ".join(f"{kind} {count}" for kind, count in counts.most_common()))
            for row, kind, intent in found:
                if (flag == "1") != (kind in ("urgent", "notice")):
                    print(f"   {kind:9} {row['text'][:90]!r} is {row.get('intent') or row['kind']}, got {intent}")


if __name__ == "__main__":
    main()
