"""The talk with an administrator: one group after the other becomes phrasings of an intent, a new intent, or a refused topic.

It writes files only; nothing of it is seen by residents before it is checked and committed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.authoring.editing.phrasings import add_examples, add_foreign
from bot.authoring.editing.scaffold import new_intent
from bot.authoring.reviewing import choosing
from bot.authoring.reviewing.choosing import Phrasing
from bot.authoring.reviewing.findings import QuestionGroup
from bot.dialogue.decide import NO_ANSWER
from bot.engine import Engine
from bot.errors import Refusal
from bot.i18n import Words, mark
from bot.knowledge.files import stamps
from bot.knowledge.nearest import nearest
from bot.text.masking import MASK

HELP = (
    mark("A number or an id: the chosen wordings become examples of this intent. The first letters of an id will do."),
    mark("n: a new intent, with the chosen wordings as its first examples. Its answer is still to be written by hand."),
    mark("f: not our business; the chosen wordings teach the bot to refuse such questions."),
    mark("s: leave the group as it is; it comes again next time."),
    mark("q: stop, at any question. What was written stays written."),
)
ASK_INTENT = mark("Which intent? Number, id, n new, f foreign, s skip, q quit, ? help:")
ASK_WORDINGS = mark("Which wordings? all, 1 3 5, 2=new text; Enter goes back:")
ASK_ID = mark("Its id (small letters, digits and hyphens, such as housing-amount):")
NEXT = ("loaban check", "loaban evaluate --against HEAD", "git diff", "git add intents && git commit")

Write = Callable[[str, Sequence[str]], Path]  # (language, texts) → the file


class _Quit(Exception):
    """The administrator has had enough."""


class ReviewDialog:
    """`ask` shows a question and returns one line of answer, raising EOFError when there is nobody; `show` shows a line."""

    def __init__(
        self, home: Path, engine: Engine, words: Words, ask: Callable[[str], str], show: Callable[[str], None]
    ) -> None:
        self._home = home
        self._words = words
        self._ask = ask
        self._show = show
        self._intents = sorted(intent for intent in engine.knowledge.intents if intent not in NO_ANSWER)
        self._questions = {intent.id: intent.question for intent in engine.knowledge.intents.values()}
        self._topics = engine.knowledge.topics
        self._foreign = sorted(engine.knowledge.foreign)
        self._written: dict[Path, int] = {}

    def run(self, groups: Sequence[QuestionGroup]) -> None:
        """Until all groups are gone through or somebody quits, closes the input or interrupts; then tells what was written."""
        try:
            for number, group in enumerate(groups, 1):
                self._group(group, number, len(groups))
        except _Quit:
            pass
        except (EOFError, KeyboardInterrupt):
            self._show("")
        self._end()

    # --- one group ---

    def _group(self, group: QuestionGroup, number: int, total: int) -> None:
        self._present(group, number, total)
        while True:
            answer = self._line(self._words.say(ASK_INTENT))
            if choosing.is_one_of(answer, choosing.SKIP):
                return
            if answer == "?" or choosing.is_one_of(answer, choosing.HELP):
                for line in HELP:
                    self._show("  " + self._words.say(line))
                continue
            try:
                if self._answered(answer, group):
                    return
            except Refusal as refusal:
                self._show(self._words.say(refusal.message, **refusal.values))
            except OSError as error:
                self._show(f"{error.filename or self._home}: {error.strerror}")

    def _present(self, group: QuestionGroup, number: int, total: int) -> None:
        say = self._words.say
        self._show("")
        day = self._words.period(group.newest.isoformat())
        self._show(
            say(
                "Group {number} of {total}: asked {count} times, last on {day}",
                number=number,
                total=total,
                count=group.count,
                day=day,
            )
        )
        for place, wording in enumerate(group.wordings, 1):
            notes = [f"{wording.count} ×", wording.lang]
            if MASK in wording.text:
                notes.append(say("write it anew: {number}=new text", number=place))
            if wording.example_of:
                notes.append(say("an example of {intent} already", intent=wording.example_of))
            self._show(f"  {place:>2}  {wording.text}  ({', '.join(notes)})")
        if group.different > len(group.wordings):
            self._show("      " + say("... and {count} more", count=group.different - len(group.wordings)))
        self._show(say("Nearest intents:") if group.nearest else say("No intent is near."))
        for place, near in enumerate(group.nearest, 1):
            question = self._named(self._questions.get(near.intent, {}))
            self._show(f"  {place:>2}  {near.intent}  {near.vote:.0%}  {question}".rstrip())

    def _answered(self, answer: str, group: QuestionGroup) -> bool:
        """Whether the group is done with. Raises Refusal and OSError."""
        if choosing.is_one_of(answer, choosing.NEW):
            return self._new(group)
        if choosing.is_one_of(answer, choosing.FOREIGN):
            return self._refuse(group)
        intent = self._which(answer, self._intents, [near.intent for near in group.nearest])
        if intent is None:
            if answer:
                self._show(self._words.say("“{text}” is no intent here. ? tells what can be answered.", text=answer))
            return False
        return self._write(group, intent, lambda lang, texts: add_examples(self._home, intent, lang, texts))

    def _new(self, group: QuestionGroup) -> bool:
        chosen = self._wordings(group)
        if not chosen:
            return False
        names = list(self._topics)
        for number, name in enumerate(names, 1):
            self._show(f"  {number:>2}  {name}  {self._named(self._topics[name])}")
        topic = self._which(self._line(self._words.say("Of which topic? Number or id:")), names, names)
        if topic is None:
            self._show(self._words.say("No topic was named, so nothing was written."))
            return False
        intent, path = self._line(self._words.say(ASK_ID)), None
        while intent and path is None:
            try:
                path = new_intent(self._home, topic, intent, self._words, _by_lang(chosen))
            except Refusal as refusal:
                self._show(self._words.say(refusal.message, **refusal.values))
                intent = self._line(self._words.say(ASK_ID))
        if path is None:
            return False
        self._note(path, len(chosen))
        self._intents = sorted([*self._intents, intent])
        self._show(self._words.say("Every TODO in it is to be replaced; `loaban check` names them."))
        return True

    def _refuse(self, group: QuestionGroup) -> bool:
        for number, name in enumerate(group.foreign, 1):
            self._show(f"  {number:>2}  {name}")
        answer = self._line(self._words.say("Which refused topic? Number or name; a new name makes a new one:"))
        if not answer:
            return False
        name = self._which(answer, self._foreign, group.foreign) or ""
        if not name:
            if answer.isdigit() or not self._agrees(
                self._words.say("There is no refused topic {name}. Make it? y/n:", name=answer)
            ):
                return False
            name = answer
        done = self._write(group, name, lambda lang, texts: add_foreign(self._home, name, lang, texts))
        if done:
            self._foreign = sorted({*self._foreign, name})
        return done

    # --- asking ---

    def _line(self, question: str) -> str:
        answer = self._ask(question).strip()
        if choosing.is_one_of(answer, choosing.QUIT):
            raise _Quit
        return answer

    def _which(self, answer: str, known: Sequence[str], numbered: Sequence[str]) -> str | None:
        found = choosing.names_meant(answer, known, numbered)
        if len(found) == 1:
            return found[0]
        if found:
            self._show(self._words.say("Several begin so: {names}", names=", ".join(found)))
            return None
        near = None if answer.isdigit() else nearest(answer.lower(), known)
        if near and self._agrees(self._words.say("Did you mean {name}? y/n:", name=near)):
            return near
        return None

    def _agrees(self, question: str) -> bool:
        return choosing.is_one_of(self._line(question), choosing.YES)

    def _wordings(self, group: QuestionGroup) -> list[Phrasing]:
        """What to write; nothing where the administrator thought better of it."""
        while True:
            answer = self._line(self._words.say(ASK_WORDINGS))
            if not answer:
                return []
            try:
                chosen = choosing.phrasings(answer, group.wordings)
            except Refusal as refusal:
                self._show(self._words.say(refusal.message, **refusal.values))
                continue
            if not chosen:
                self._show(self._words.say("None was chosen, so nothing was written."))
            return chosen

    # --- writing ---

    def _write(self, group: QuestionGroup, name: str, write: Write) -> bool:
        self._show(f"→ {name}")
        chosen = self._wordings(group)
        for lang, texts in _by_lang(chosen).items():
            before = stamps(self._home)
            path = write(lang, texts)
            if stamps(self._home) == before:
                self._show(self._words.say("All of that stands there already."))
            else:
                self._note(path, len(texts))
        return bool(chosen)

    def _note(self, path: Path, count: int) -> None:
        self._written[path] = self._written.get(path, 0) + count
        self._show(self._words.say("Written: {file}", file=self._short(path)))

    def _end(self) -> None:
        self._show("")
        if not self._written:
            self._show(self._words.say("Nothing was written."))
            return
        self._show(self._words.say("Changed files:"))
        for path, count in self._written.items():
            self._show(f"  {self._short(path)}  +{count}")
        self._show(self._words.say("Now prove it, look at it, and commit it:"))
        for command in NEXT:
            self._show(f"  {command}")

    def _short(self, path: Path) -> str:
        return path.relative_to(self._home).as_posix() if path.is_relative_to(self._home) else path.as_posix()

    def _named(self, by_lang: Mapping[str, str]) -> str:
        return by_lang.get(self._words.lang) or next(iter(by_lang.values()), "")


def _by_lang(chosen: Sequence[Phrasing]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for one in chosen:
        texts.setdefault(one.lang, []).append(one.text)
    return texts
