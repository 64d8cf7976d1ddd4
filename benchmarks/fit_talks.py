"""Fits what weighs a message inside a conversation on conversations that are never measured on: `make calibrate-talks`.

Those of `benchmarks/data/talks/` are by writers who knew the catalogue of intents alone. First `bot/dialogue/learned.py` learns
from them and from the phrasings, then the weights of `bot/dialogue/in_context.py` are fitted, each conversation weighed with
what was learnt from the other writers. What was said before is taken as it should have gone (the first right intent of each
turn) and as it goes today. A conditional logit, so that there is one weight a feature; L2 keeps those small that hardly help.
Turns of emergencies teach what is said inside one, and are not weighed: they are read otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from scipy.optimize import minimize  # type: ignore[import-untyped]

from benchmarks import fit_learned
from bot.authoring.talks import ANNOUNCEMENT, Talk
from bot.dialogue.in_context import FEATURES, Thread, candidates, features, offered_intents
from bot.dialogue.learned import RECEIVED, Learned, Spoken, spoken
from bot.engine import Engine, build_engine
from bot.model.well_known import CONTACT, MENU, OUT_OF_SCOPE, PLACE, SYSTEM, UNCLEAR
from bot.settings import load_settings

TALKS = Path(__file__).parent / "data" / "talks"
FOLDS = 4
WRITTEN = Path(__file__).parent.parent / "bot" / "dialogue" / "in_context.json"
RIDGE = 0.02
SPECIAL = {
    "out-of-scope": OUT_OF_SCOPE,
    UNCLEAR: OUT_OF_SCOPE,
    "thanks": "thanks-goodbye",
    "person": CONTACT,
    "place": PLACE,
    "menu": MENU,
}

Numbers = npt.NDArray[np.float64]


def wanted(turn: Mapping[str, Any]) -> list[str]:
    """The intents that are right in a turn."""
    return [SPECIAL.get(name, name) for name in (*turn.get("right", ()), *turn.get("all", ()))]


@dataclass(frozen=True, slots=True)
class Heard:
    """A written turn as it is heard after what was said before."""

    text: str
    said: Spoken
    thread: Thread
    right: tuple[str, ...]
    one: bool  # it asks one thing
    about_it: bool  # and this is about it
    urgent: bool

    def samples(self) -> Iterator[fit_learned.Sample]:
        right = (*self.right, *((RECEIVED,) if self.about_it else ())) if self.one else ()
        return fit_learned.of_turn(self.said, right)


def heard(engine: Engine, talks: Sequence[Mapping[str, Any]]) -> Iterator[Heard]:
    """Every turn that can be learned from, twice: with what was said before as it should have gone, and as it goes today."""
    intents = engine.knowledge.intents
    for talk in talks:
        led = Talk(engine, str(talk["id"]))
        subjects: tuple[str, ...] = ()
        at_hand = False
        for turn in talk["turns"]:
            right = tuple(name for name in wanted(turn) if name in intents or name == OUT_OF_SCOPE)
            text = str(turn.get("say", ""))
            if turn.get("event") == ANNOUNCEMENT:
                led.receive(text)
                at_hand = True
                continue
            about_it = RECEIVED in wanted(turn)
            if text and (right or about_it) and not turn.get("event"):
                asks_on, asked = engine.lexicon.follow_ups.rest(text) is not None, engine.aspects_in(text)
                arrived = (RECEIVED,) if at_hand else ()
                for before, offered in ((subjects, ()), (led.session.subjects, led.session.offered)):
                    said = spoken(text, engine, (*arrived, *before), replace(led.session, offered=offered))
                    thread = Thread(before, offered_intents(offered), asks_on, asked)
                    yield Heard(text, said, thread, right, "all" not in turn, about_it, bool(turn.get("urgent")))
            at_hand = at_hand and about_it
            led.turn(text, kind=turn.get("event", "text"))
            first = next((name for name in right if name in intents), None)
            if first and (intents[first].topic != SYSTEM or intents[first].urgent):
                subjects = (first, *(one for one in subjects if one != first))[:4]


def weighed(engine: Engine, turns: Iterable[Heard], learned: Learned) -> Iterator[tuple[Numbers, Numbers]]:
    """Features of the candidates, and 1 where a candidate is right."""
    intents = engine.knowledge.intents
    for turn in turns:
        if turn.urgent:
            continue
        likely = learned.log_probabilities(replace(turn.said, subjects=turn.thread.subjects), intents)
        thread = replace(turn.thread, learned=likely)
        names, values = features(engine.matcher.evidence(turn.text, candidates(thread, intents)), thread, intents)
        flags = np.array([float(name in turn.right) for name in names])
        if flags.any():
            yield values, flags


def fit(values: Numbers, flags: Numbers) -> Numbers:
    scale = np.abs(values).max((0, 1))
    scale[scale == 0] = 1
    scaled = values / scale

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        scores = scaled @ weights
        scores -= scores.max(1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(1, keepdims=True)
        right = (shares * flags).sum(1)
        pull = shares * flags / (right[:, None] + 1e-12) - shares
        gradient = -np.einsum("nc,ncf->f", pull, scaled) / len(scaled) + 2 * RIDGE * weights / len(weights)
        return float(-np.log(right + 1e-9).mean() + RIDGE * (weights @ weights) / len(weights)), gradient

    found = minimize(loss, np.zeros(values.shape[2]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return np.asarray(found.x / scale, np.float64)


def main() -> None:
    engine = build_engine(load_settings())
    topics = {intent.id: intent.topic for intent in engine.knowledge.intents.values()} | {RECEIVED: RECEIVED}
    by_writer = {
        path.stem: list(heard(engine, yaml.safe_load(path.read_text("utf-8")))) for path in sorted(TALKS.glob("*.yaml"))
    }
    alone = fit_learned.standing_alone(engine)
    samples = {writer: [sample for turn in turns for sample in turn.samples()] for writer, turns in by_writer.items()}
    found: list[tuple[Numbers, Numbers]] = []
    for fold in range(FOLDS):
        held = [writer for place, writer in enumerate(by_writer) if place % FOLDS == fold]
        others = [sample for writer in by_writer if writer not in held for sample in samples[writer]]
        learned = fit_learned.train([*alone, *others], topics)
        found += [one for writer in held for one in weighed(engine, by_writer[writer], learned)]
        print(f"{len(found)} turns heard, without {', '.join(held)}", flush=True)
    weights = fit(np.stack([values for values, _ in found]), np.stack([flags for _, flags in found]))
    data: dict[str, Any] = {"weights": {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}}
    data["fitted_on"] = {"turns": len(found), "content": engine.knowledge.version}
    fit_learned.write(fit_learned.train([*alone, *(sample for each in samples.values() for sample in each)], topics))
    WRITTEN.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    for name, weight in data["weights"].items():
        print(f"{name:16}{weight:9.3f}")


if __name__ == "__main__":
    main()
