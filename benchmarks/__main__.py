"""`make bench`: the matcher on residents' questions, beside what rivals use, trained on the same phrasings in the same run.

Prints Markdown tables and writes no file; the figures in README.md are copied from here.
"""

from __future__ import annotations

import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.fuzz import token_set_ratio

from bot.authoring.asking import ask
from bot.authoring.evaluating import LabelledQuestion, Prediction, grade, prediction_of, read_questions
from bot.authoring.evaluating.certainty import WRONG_SHARES, at_wrong, curve, reliability
from bot.authoring.evaluating.measuring import GradedQuestion
from bot.dialogue.learned import taught
from bot.engine import Engine, build_engine
from bot.matching.examples import examples_of
from bot.matching.matcher import FOREIGN, Example, Matcher
from bot.model.well_known import OUT_OF_SCOPE
from bot.settings import load_settings
from bot.text.folding import fold

# Two writers' questions; neither had seen a phrasing. The bars of the zones were set with the first set in sight, the second
# was written afterwards, and two faults that it showed were mended.
QUESTIONS = (Path("tests/data/residents_dev.tsv"), Path("tests/data/residents_exam.tsv"))
SURE_ALONE = 0.5
LONG_MESSAGE = "nhà tôi dột nát muốn được hỗ trợ 🏚️ \u202e\0 " * 250  # about 10,000 characters of everything


# --- the contestants --------------------------------------------------------------------------------------------------


def loaban(engine: Engine) -> Callable[[str], Prediction]:
    return lambda text: prediction_of(ask(engine, text))


def fuzzy(examples: Sequence[Example]) -> Callable[[str], Prediction]:
    """rapidfuzz token_set_ratio over all folded phrasings; it answers at 90 or more, as bots of this kind do."""
    folded = [fold(example.text) for example in examples]
    labels = [example.label for example in examples]

    def answer(text: str) -> Prediction:
        hits = process.extract(fold(text), folded, scorer=token_set_ratio, limit=40)
        ranked = list(dict.fromkeys(labels[place] for _, _, place in hits))[:3]
        sure = bool(hits) and hits[0][1] >= 90 and not ranked[0].startswith(FOREIGN)
        return Prediction(ranked[0] if sure else None, tuple(ranked))

    return answer


def linear_svc(examples: Sequence[Example]) -> Callable[[str], Prediction]:
    """TF-IDF of words and letters with a linear SVM; it answers when the first margin is positive."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    labels = [FOREIGN if example.label.startswith(FOREIGN) else example.label for example in examples]
    model = make_pipeline(
        make_union(TfidfVectorizer(ngram_range=(1, 2)), TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))), LinearSVC()
    )
    model.fit([fold(example.text) for example in examples], labels)
    names = list(model.classes_)

    def answer(text: str) -> Prediction:
        margins = model.decision_function([fold(text)])[0]
        ranked = [names[place] for place in margins.argsort()[::-1][:3]]
        sure = margins.max() > 0 and ranked[0] != FOREIGN
        return Prediction(ranked[0] if sure else None, tuple(ranked))

    return answer


def taught_alone(engine: Engine) -> Callable[[str], Prediction]:
    """What conversations taught, without the words' index: the semantic second opinion alone. It answers from one half on."""

    def answer(text: str) -> Prediction:
        logs = taught(text, engine)
        ranked = sorted(logs, key=lambda label: -logs[label])[:3]
        sure = logs[ranked[0]] >= math.log(SURE_ALONE) and ranked[0] in engine.knowledge.intents and ranked[0] != OUT_OF_SCOPE
        return Prediction(ranked[0] if sure else None, tuple(ranked))

    return answer


# --- measuring --------------------------------------------------------------------------------------------------------


def quality(contestant: Callable[[str], Prediction], questions: Sequence[LabelledQuestion]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for question in questions:
        result = contestant(question.text)
        became = grade(question, result)
        for style in ("in scope" if question.in_scope else "out of scope", question.style):
            counts = found[style]
            counts["asked"] += 1
            counts["right"] += became == "right"
            counts["wrong"] += became == "wrong"
            counts["top 1"] += bool(question.right & set(result.candidates[:1]))
            counts["top 3"] += bool(question.right & set(result.candidates))
    return found


def print_quality(name: str, found: dict[str, Counter[str]]) -> None:
    print(f"\n### {name}\n\n| questions | asked | answered right | answered wrong | right one first | right one in three |")
    print("|---|---|---|---|---|---|")
    for style, counts in found.items():
        shares = [f"{100 * counts[key] / counts['asked']:.1f} %" for key in ("right", "wrong", "top 1", "top 3")]
        if style.startswith(("oos", "out")):
            shares = ["", shares[1], "", ""]
        print(f"| {style} | {counts['asked']} | {' | '.join(shares)} |")


def print_certainty(title: str, contestant: Callable[[str], Prediction], questions: Sequence[LabelledQuestion]) -> None:
    """How often it is right when it is so sure, and what any bar for an answer would bring."""
    found = [(question, contestant(question.text)) for question in questions]
    graded = [GradedQuestion(question, got, grade(question, got)) for question, got in found]
    print(f"\n### {title}: sure and right\n\n| probability | questions | on average | right |\n|---|---|---|---|")
    for one in reliability(graded):
        shares = f"{100 * one.said:.1f} % | {100 * one.share:.1f} %" if one.count else " | "
        print(f"| {100 * one.low:.0f}-{100 * one.high:.0f} % | {one.count} | {shares} |")
    print(f"\n### {title}: right against wrong\n\n| wrong at most | bar | right | wrong | out of scope answered |")
    print("|---|---|---|---|---|")
    points = curve(graded)
    for share in WRONG_SHARES:
        point = at_wrong(points, share)
        shares = " | ".join(f"{100 * one:.1f} %" for one in (point.right, point.wrong, point.foreign))
        print(f"| {100 * share:.1f} % | {point.bar:.3f} | {shares} |")


def median_ms(contestant: Callable[[str], object], questions: Sequence[LabelledQuestion]) -> float:
    times = []
    for question in questions:
        start = time.perf_counter()
        contestant(question.text)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def cold_start_seconds() -> tuple[float, int]:
    """Seconds and peak memory (KB) of `loaban ask` in a new process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "bot", "ask", "vay vốn làm nhà"], stdout=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return time.perf_counter() - start, usage.ru_maxrss


def main() -> None:
    cold_start_seconds()  # fills the cache, where it is empty
    # First of all, while this process is small: what a child weighs at its birth counts as its own.
    seconds, memory = min(cold_start_seconds() for _ in range(3))
    sets = {path.stem: read_questions(path) for path in QUESTIONS}
    questions = [question for one in sets.values() for question in one]
    settings = load_settings()
    engine = build_engine(settings)
    examples = examples_of(engine.knowledge)
    contestants = {
        "Loa Bản": loaban(engine),
        "token_set_ratio": fuzzy(examples),
        "TF-IDF + LinearSVC": linear_svc(examples),
        "what conversations taught, alone": taught_alone(engine),
    }
    content = engine.knowledge.version
    print(f"{len(questions)} questions, {len(examples)} phrasings, content {content}, Python {platform.python_version()}")
    for title, asked in sets.items():
        for name, contestant in contestants.items():
            print_quality(f"{title}: {name}", quality(contestant, asked))
        print_certainty(title, contestants["Loa Bản"], asked)

    # What is timed is matching alone; every text is new to the reader's memory of recent messages.
    fresh = Matcher.build(examples, engine.knowledge.vocabulary)
    ours = median_ms(fresh.match, questions)
    theirs = median_ms(contestants["token_set_ratio"], questions)
    start = time.perf_counter()
    ask(engine, LONG_MESSAGE)
    long_ms = (time.perf_counter() - start) * 1000
    print("\n### Speed\n\n| what | measured |\n|---|---|")
    print(f"| median match | {ours:.2f} ms |")
    print(f"| token_set_ratio over all phrasings, same run | {theirs:.1f} ms, {theirs / ours:.0f} times as long |")
    print(f"| a message of {len(LONG_MESSAGE):,} characters | {long_ms:.1f} ms |")
    print(f"| `loaban ask` from a cold start, cache warm | {seconds:.2f} s |")
    print(f"| its peak memory | {memory / 1024:.0f} MB |")


if __name__ == "__main__":
    main()
