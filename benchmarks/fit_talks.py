"""Fits the weights of `bot/dialogue/in_context.py` on conversations that are never measured on: `make calibrate-talks`.

The conversations of `benchmarks/data/talks_fit.yaml` are by writers who knew the catalogue of intents alone. What was
said before is taken as it should have gone (the first right intent of each turn). A conditional logit, so that there is one
weight a feature; L2 keeps those small that hardly help. Turns of emergencies are left out: they are read otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from scipy.optimize import minimize  # type: ignore[import-untyped]

from bot.authoring.talks import Talk
from bot.dialogue.in_context import FEATURES, Thread, candidates, features, offered_intents
from bot.engine import Engine, build_engine
from bot.model.well_known import CONTACT, MENU, OUT_OF_SCOPE, PLACE, SYSTEM, UNCLEAR
from bot.settings import load_settings

FIT = Path(__file__).parent / "data" / "talks_fit.yaml"
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


def samples(engine: Engine, talks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Numbers, Numbers]]:
    """(conversation, features of the candidates, 1 where a candidate is right) of every turn that can be learned from.

    Each twice: with what was said before as it should have gone, and as it goes with the weights of before.
    """
    intents = engine.knowledge.intents
    for talk in talks:
        led = Talk(engine, str(talk["id"]))
        subjects: tuple[str, ...] = ()
        for turn in talk["turns"]:
            right = [name for name in wanted(turn) if name in intents or name == OUT_OF_SCOPE]
            text = str(turn.get("say", ""))
            if text and right and not turn.get("event") and not turn.get("urgent"):
                asks_on = engine.lexicon.follow_ups.rest(text) is not None
                asked = engine.aspects_in(text)
                led_thread = Thread(led.session.subjects, offered_intents(led.session.offered), asks_on, asked)
                for thread in (Thread(subjects, asks_on=asks_on, asked=asked), led_thread):
                    evidence = engine.matcher.evidence(text, candidates(thread, intents))
                    names, values = features(evidence, thread, intents)
                    flags = np.array([float(name in right) for name in names])
                    if flags.any():
                        yield str(talk["id"]), values, flags
            led.turn(text, kind=turn.get("event", "text") if turn.get("event") != "announcement" else "text")
            first = next((name for name in right if name in intents), None)
            if first and (intents[first].topic != SYSTEM or intents[first].urgent):
                subjects = (first, *(one for one in subjects if one != first))[:4]


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
    found = list(samples(engine, yaml.safe_load(FIT.read_text("utf-8"))))
    weights = fit(np.stack([values for _, values, _ in found]), np.stack([flags for _, _, flags in found]))
    data = {"weights": {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}}
    data["fitted_on"] = {"turns": len(found), "content": engine.knowledge.version}  # type: ignore[dict-item]
    WRITTEN.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    print(f"{len(found)} turns of {len({name for name, _, _ in found})} conversations")
    for name, weight in data["weights"].items():
        print(f"{name:16}{weight:9.3f}")


if __name__ == "__main__":
    main()
