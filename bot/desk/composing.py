"""Writing an announcement: one step after the other, the whole to look at, and sending it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from secrets import SystemRandom

from bot.announcements.actions import PAST, Preview
from bot.announcements.authority import NOT_YOURS
from bot.announcements.rendering import rendered
from bot.announcements.times import UnreadableTime, said_time
from bot.broadcast import Announcement, Plan, Staff
from bot.codes import new_code
from bot.desk.draft import Draft, dump, load
from bot.desk.planning import faults_in, plan_of
from bot.desk.preview import Outlook, people
from bot.desk.step import PLACES, PREVIEW, TEXT, TOPICS, WHEN, Step
from bot.desk.steps import steps_for
from bot.desk.text_step import TextStep
from bot.desk.visit import NotTaken, Visit
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Button, Reply, Turn

OTHER_STEP = mark("That button belongs to another step.")
NOT_OPEN = mark(
    "That announcement is no longer open here: it was sent or dropped, or it is older than a day. Nothing was done. "
    "See /announcements, or begin anew with /announce."
)
NEW = mark("New announcement")
CHANGED = mark("It was changed after that button was shown, so nothing was done.")


def open_draft(visit: Visit) -> Draft | None:
    """What this person is writing, if anything. What is older than a day counts as gone."""
    data = visit.transaction.draft(visit.address)
    draft = load(data) if data is not None else None
    return None if draft is None or draft.is_old(visit.now) else draft


def outdated_draft(visit: Visit) -> bool:
    """Whether something lies here that was given up for a day, or that another version wrote."""
    return visit.transaction.draft(visit.address) is not None and open_draft(visit) is None


@dataclass(frozen=True)
class Composing:
    """The one draft of somebody of the staff."""

    visit: Visit
    staff: Staff

    # --- beginning and giving up ---

    def begin(self) -> Turn:
        """A new one, in the place of any before."""
        code = new_code(SystemRandom())
        while self.visit.transaction.announced(code) is not None:
            code = new_code(SystemRandom())
        return self.ask(Draft(code, self.visit.now, TEXT))

    def begin_or_go_on(self) -> Turn:
        """A new one; where one is being written, the question which."""
        draft = open_draft(self.visit)
        if draft is None:
            return self.begin()
        return self.visit.told(
            mark("You are writing an announcement already. Go on with it, or begin a new one?"),
            self.visit.button(mark("Go on"), f"step:{draft.step}"),
            self.visit.button(mark("Begin a new one"), "anew"),
        )

    def drop(self) -> Turn:
        self.visit.transaction.drop_draft(self.visit.address)
        return self.visit.told(mark("Dropped: nothing was sent."), self.visit.button(NEW, "new"))

    # --- the steps ---

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return steps_for(self.visit, self.staff)

    def asks_text(self, draft: Draft) -> bool:
        """Whether the text of the announcement, in some language, is what was asked last."""
        return draft.step != PREVIEW and self._step(draft).group == TEXT

    def typed(self, draft: Draft, text: str) -> Turn:
        """An answer to what was asked last."""
        if draft.step == PREVIEW:
            return self.ask(draft, self.visit.say("Please choose one of the buttons, or write its number."), brief=True)
        step, incoming = self._step(draft), self.visit.incoming
        try:
            if incoming.kind != "text" and (incoming.kind != "photo" or step.group != TEXT):
                raise NotTaken(self.visit.say("Please write it: only text is understood here."))
            changed = step.typed(draft, text)
        except (NotTaken, Refusal, UnreadableTime) as error:
            return self.ask(draft, self.visit.why(error))
        return self._go_on(changed, step)

    def tapped(self, draft: Draft, name: str, value: str) -> Turn:
        """A choice of the step `name`: taken only while that step is asked."""
        step = self._step(draft)
        if draft.step == PREVIEW or step.name != name:
            return self.ask(draft, self.visit.say(OTHER_STEP), brief=True)
        if value == "keep" and step.filled(draft):
            return self._go_on(draft, step)
        try:
            changed = step.tapped(draft, value)
        except Refusal as error:
            return self.ask(draft, self.visit.why(error))
        return self._go_on(changed, step) if changed is not None else self.ask(draft, self.visit.say(OTHER_STEP), brief=True)

    def go(self, draft: Draft, name: str) -> Turn:
        """To a step by its name, as far as everything before it is known. What was half understood is asked anew."""
        draft = replace(draft, picked=(), unread=())
        names = [step.name for step in self.steps]
        if name == PLACES and PLACES not in names:
            name = TOPICS
        before = self.steps[: names.index(name)] if name in names else self.steps
        gap = next((step.name for step in before if not step.filled(draft)), None)
        return self.ask(replace(draft, step=gap or (name if name in names else PREVIEW)))

    def ask(self, draft: Draft, note: str = "", *, brief: bool = False) -> Turn:
        """Store the draft, and ask its step, or show the whole where everything is known; `note` stands above.

        `brief` leaves out what residents will see: it stands just above.
        """
        if draft.step == PREVIEW:
            gap = next((step for step in self.steps if not step.filled(draft)), None)
            if gap is None:
                return self._show(draft, note, brief=brief)
            draft = replace(draft, step=gap.name)
        step = self._step(draft)
        self._save(replace(draft, step=step.name))
        question = step.question(draft)
        text = f"{self.steps.index(step) + 1}/{len(self.steps)} · {question.text}"
        return self.visit.turn(Reply(_under(note, text), (*question.buttons, *self._ways(draft, step))))

    def _go_on(self, draft: Draft, step: Step) -> Turn:
        """The next step; the whole again, where it was seen before and what belongs together is done."""
        if not step.filled(draft):
            return self.ask(draft)
        after = self.steps[self.steps.index(step) + 1 :]
        if not after or (draft.seen and after[0].group != step.group):
            return self.ask(replace(draft, step=PREVIEW))
        return self.ask(replace(draft, step=after[0].name), step.known(draft))

    def _ways(self, draft: Draft, step: Step) -> list[Button]:
        """Keep what is known, go back, give up."""
        index = self.steps.index(step)
        before = self.steps[index - 1] if index else None
        ways = [self.visit.button(mark("Keep it as it is"), f"{step.name}:keep")] if step.filled(draft) else []
        if draft.seen and (before is None or before.group != step.group):
            ways.append(self.visit.button(mark("Back"), f"step:{PREVIEW}"))
        elif before is not None:
            ways.append(self.visit.button(mark("Back"), f"step:{before.name}"))
        return [*ways, self.visit.button(mark("Cancel"), "drop")]

    def _step(self, draft: Draft) -> Step:
        """The step asked last; the first unknown one where there is no such step any more."""
        named = next((step for step in self.steps if step.name == draft.step), None)
        return named or next((step for step in self.steps if not step.filled(draft)), self.steps[-1])

    def _save(self, draft: Draft) -> None:
        draft = replace(draft, at=self.visit.now)
        self.visit.transaction.save_draft(self.visit.address, dump(draft), draft.at)

    # --- the whole ---

    def _show(self, draft: Draft, note: str, *, brief: bool) -> Turn:
        """What residents will see, in every language, and what will happen; back to the step at fault where there is one."""
        for step in self.steps:
            if isinstance(step, TextStep) and (faults := self._faults(draft, step.lang)):
                return self.ask(replace(draft, step=step.name), faults)
        plan = plan_of(self.visit, self.staff, draft)
        try:
            preview = self._preview(plan)
        except Refusal as error:  # a time has passed since it was chosen, or the person speaks for other communes now
            return self.ask(_without(draft, error), self.visit.why(error))
        draft = replace(draft, step=PREVIEW, seen=True)
        self._save(draft)
        outlook = Outlook(self.visit, self.staff, draft, preview)
        shown = [] if brief else self._rendered(plan)
        return self.visit.turn(*shown, Reply(_under(note, outlook.text()), outlook.buttons()))

    def _faults(self, draft: Draft, lang: str) -> str:
        faults = faults_in(self.visit, self.staff, draft, lang) if draft.texts.get(lang) else []
        return "\n".join(self.visit.say(fault.message, **fault.values) for fault in faults)

    def _preview(self, plan: Plan) -> Preview:
        return self.visit.actions.preview(self.visit.transaction, self.staff.number, plan, self.visit.now)

    def _rendered(self, plan: Plan) -> list[Reply]:
        telling = self.visit.actions.telling
        return [rendered(plan, telling.words(lang), self.visit.address.channel) for lang in plan.texts]

    # --- what is done with it ---

    def test(self, fingerprint: str) -> Turn:
        """Exactly what residents will get, for the writer alone."""
        draft = self._shown(fingerprint)
        if isinstance(draft, Turn):
            return draft
        plan = plan_of(self.visit, self.staff, draft)
        try:
            outlook = Outlook(self.visit, self.staff, draft, self._preview(plan))
        except Refusal:
            return self.ask(replace(draft, step=PREVIEW))
        first = Reply(self.visit.say("This is a test; only you get it:"))
        last = Reply(self.visit.say("That was the test. And now?"), outlook.buttons())
        return self.visit.turn(first, *self._rendered(plan), last)

    def send(self, fingerprint: str) -> Turn:
        """Send exactly what was shown, or have it wait for a second person."""
        draft = self._shown(fingerprint)
        if isinstance(draft, Turn):
            return draft
        plan = plan_of(self.visit, self.staff, draft)
        try:
            preview = self._preview(plan)
            added = self.visit.actions.confirm(self.visit.transaction, self.staff.number, plan, self.visit.now)
        except Refusal as error:
            return self.ask(replace(draft, step=PREVIEW), self.visit.why(error), brief=True)
        self.visit.transaction.drop_draft(self.visit.address)
        text = f"{self._confirmed(added, preview)}\n{self._how_to_follow(added)}"
        return self.visit.turn(Reply(text, (self.visit.button(mark("How far is it?"), f"show:{added.id}"),)))

    def _shown(self, fingerprint: str) -> Draft | Turn:
        """The draft, if it is still what the button was made for; else the answer to whoever tapped it."""
        draft = open_draft(self.visit)
        if draft is None:
            return self.visit.told(NOT_OPEN)
        complete = all(step.filled(draft) for step in self.steps)
        if not complete or plan_of(self.visit, self.staff, draft).fingerprint() != fingerprint:
            return self.ask(draft, self.visit.say(CHANGED))
        return draft

    def _confirmed(self, added: Announcement, preview: Preview) -> str:
        say, number = self.visit.say, added.id
        count, begins = people(preview.recipients, self.visit.words), said_time(preview.starts, self.visit.words)
        if added.state == "waiting":
            return say("Announcement {number} waits for a second person, who has been asked.", number=number)
        if added.state == "repeating":
            return say("Announcement {number} is set. The first time: {time}.", number=number, time=begins)
        if preview.starts > self.visit.now:
            return say(
                "Announcement {number} is set. It begins {time}. People: {count}.", number=number, time=begins, count=count
            )
        return say("Announcement {number} is on its way. People: {count}.", number=number, count=count)

    def _how_to_follow(self, added: Announcement) -> str:
        return self.visit.say("Its code is {code}. Follow it: /announcements {number}", code=added.plan.code, number=added.id)


def _under(note: str, text: str) -> str:
    return f"{note}\n\n{text}" if note else text


def _without(draft: Draft, refusal: Refusal) -> Draft:
    """The draft at the step that was refused, without what was chosen there."""
    if refusal.message == NOT_YOURS:
        return replace(draft, step=PLACES, places=None)
    if refusal.message == PAST:
        return replace(draft, step=WHEN, at_once=False, due=None, lasts=None)
    return replace(draft, step=TEXT)
