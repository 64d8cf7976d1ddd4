"""What the webhook is measured with: no memory of what was asked before may help."""

from __future__ import annotations

from benchmarks.webhooks.questions import MANY, questions


def test_nothing_is_asked_twice() -> None:
    asked = questions()
    assert len(asked) == len(set(asked)) == MANY


def test_the_same_is_asked_in_every_run() -> None:
    assert questions(100) == questions(100) == questions()[:100]
