"""Phrasings of independent writers joined to the content: `python -m benchmarks.writers FOLDER [--write]`.

A file FOLDER/*.tsv is one writer's, with lines of intent, language and text; the writers saw the catalogue of intents alone.
Left out is what stands in the content already or nearly, what an earlier writer brought, what is a question of tests/data, what
tells who somebody is, keys hit at random, a narrower case without its evidence, and what would be taken for another intent.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.likeness import Texts
from bot.authoring.editing.phrasings import add_examples, add_foreign
from bot.dialogue.told import has_evidence, heard
from bot.engine.telling import told_phrases
from bot.knowledge.known import Knowledge
from bot.knowledge.load import load_knowledge
from bot.matching.examples import examples_of
from bot.matching.matcher import FOREIGN, Example
from bot.matching.misfits import misfits
from bot.model.well_known import OUT_OF_SCOPE, UNCLEAR
from bot.text.folding import fold, strip_accents
from bot.text.masking import masked
from bot.text.spans import PhraseFinder, words_in

WRITERS = Path(__file__).parent / "data" / "writers.tsv"
DIGITS = 12  # of the SHA-256 of a folded phrasing
GROUP = "various-"  # and the writer's number: each writer's foreign questions are a refused topic of their own
NEW, THERE, NEAR, ELSEWHERE, LEAK, TELLS, WORDLESS, UNPROVEN, MISFIT = COLUMNS = (
    "new",
    "there already",
    "near copies",
    "another intent's",
    "test questions",
    "tells who",
    "no words",
    "no evidence",
    "misfits",
)


@dataclass(frozen=True, slots=True)
class Phrasing:
    writer: int
    intent: str
    lang: str
    text: str

    @property
    def label(self) -> str:
        return f"{FOREIGN}{GROUP}{self.writer}" if self.intent == OUT_OF_SCOPE else self.intent


def phrasing_hash(text: str) -> str:
    """What benchmarks/data/writers.tsv knows a phrasing by."""
    return hashlib.sha256(fold(text).encode()).hexdigest()[:DIGITS]


def written_by() -> dict[str, int]:
    """Hash of a phrasing → the number of its writer, so that a calibration can hold a writer out whole."""
    lines = WRITERS.read_text("ascii").splitlines() if WRITERS.is_file() else []
    return {key: int(writer) for key, writer in (line.split("\t") for line in lines)}


def brought(files: Sequence[Path]) -> Iterator[Phrasing]:
    """Everything that the writers brought, one writer after the other; they are numbered from 1."""
    for number, path in enumerate(files, 1):
        with path.open(encoding="utf-8", newline="") as file:
            for intent, lang, text in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield Phrasing(number, intent, lang, " ".join(text.split()))


def measuring_questions(home: Path) -> Texts:
    """The questions that measure; they are compared with and never shown."""
    found = Texts()
    for path in sorted((home / "tests/data").glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                found.add(row["text"])
    return found


def sorted_out(found: Sequence[Phrasing], knowledge: Knowledge, questions: Texts) -> Iterator[tuple[Phrasing, str]]:
    """Each phrasing with what becomes of it. Whoever comes first keeps a phrasing that two have."""
    content = [example.text for example in examples_of(knowledge)]
    taken = Texts(content)
    told = told_phrases(knowledge.told)
    vague = (OUT_OF_SCOPE, UNCLEAR)
    claimed = {fold(one.text) for one in found if one.intent not in vague}
    words = {word for text in (*map(fold, content), *claimed) for word in text.split()}
    for one in found:
        if one.intent not in knowledge.intents or one.lang not in knowledge.words:
            raise SystemExit(f"writer {one.writer}: no intent or language {one.intent}, {one.lang}")
        if not fold(one.text) or one.text in taken:
            verdict = THERE
        elif questions.holds(one.text):
            verdict = LEAK
        elif masked(one.text) != one.text:
            verdict = TELLS
        elif one.intent in vague and fold(one.text) in claimed:
            verdict = ELSEWHERE
        elif one.intent in vague and _is_junk(one.text, words):
            verdict = WORDLESS
        elif not _proven(one, knowledge, told):
            verdict = UNPROVEN
        else:
            verdict = NEAR if taken.holds(one.text) else NEW
        if verdict == NEW:
            taken.add(one.text)
        yield one, verdict


def _is_junk(text: str, known: Collection[str]) -> bool:
    """Keys hit at random, and nothing but signs: as a phrasing, all such messages would be taken for it."""
    words = fold(text).split()
    return 2 * sum(word in known for word in words) <= len(words)


def _proven(one: Phrasing, knowledge: Knowledge, told: PhraseFinder[str]) -> bool:
    """Whether a narrower case has its evidence in the words, with accents and without; lacking it, it is never answered."""
    forms = [words_in(text) for text in (one.text, strip_accents(one.text))]
    return all(has_evidence(knowledge.intents[one.intent], words, heard(words, told).told) for words in forms)


def misfitting(new: Iterable[Phrasing], knowledge: Knowledge) -> set[str]:
    """Texts to be left out, so that no phrasing with a near twin is taken for that one's intent: the new one of a pair."""
    content = examples_of(knowledge)
    left = {one.text: one for one in new}
    gone: set[str] = set()
    while True:
        examples = [*content, *(Example(one.label, one.lang, one.text) for one in left.values())]
        worse = {
            one.example.text if one.example.text in left else one.twin for one in misfits(examples, knowledge.vocabulary)
        } & left.keys()
        if not worse:
            return gone
        gone |= worse
        left = {text: one for text, one in left.items() if text not in worse}


def write(home: Path, new: Sequence[Phrasing]) -> None:
    texts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in new:
        texts[one.label, one.lang].append(one.text)
    for (label, lang), added in texts.items():
        if label.startswith(FOREIGN):
            add_foreign(home, label.removeprefix(FOREIGN), lang, added)
        else:
            add_examples(home, label, lang, added)
    known = written_by() | {phrasing_hash(one.text): one.writer for one in new}
    WRITERS.write_text("".join(f"{key}\t{writer}\n" for key, writer in sorted(known.items())), "ascii")


def table(verdicts: Iterable[tuple[Phrasing, str]], files: Sequence[Path]) -> str:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for one, verdict in verdicts:
        counts[one.writer][verdict] += 1
        counts[0][verdict] += 1
    lines = ["| writer | brought | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 2) + "|"]
    for number, name in (*((number, f"{number}") for number in range(1, len(files) + 1)), (0, "all")):
        row = counts[number]
        lines.append(f"| {name} | {row.total():,} | " + " | ".join(f"{row[column]:,}" for column in COLUMNS) + " |")
    return "\n".join(lines)


def _in_order(path: Path) -> list[tuple[int, int | str]]:
    """w2 before w10."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", path.stem) if part]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writers", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the writers' TSV files are")
    parser.add_argument("--write", action="store_true", help="add what is new to the content, and note who wrote it")
    parser.add_argument("--home", type=Path, default=Path(), help="the checkout")
    given = parser.parse_args(arguments)
    files = sorted(given.folder.glob("*.tsv"), key=_in_order)
    knowledge = load_knowledge(given.home)
    verdicts = list(sorted_out(list(brought(files)), knowledge, measuring_questions(given.home)))
    new = [one for one, verdict in verdicts if verdict == NEW]
    gone = misfitting(new, knowledge)
    print(table(((one, MISFIT if verdict == NEW and one.text in gone else verdict) for one, verdict in verdicts), files))
    if given.write:
        write(given.home, [one for one in new if one.text not in gone])


if __name__ == "__main__":
    main()
