"""Writing an announcement: one step after the other, the whole to look at, and sending it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from secrets import SystemRandom

from bot.announcements.actions import PAST, Preview
from bot.announcements.authority import NOT_YOURS
from bot.announcements.rendering import rendered
from bot.announcements.times import UnreadableTime, said_time
from bot.desk.draft import Draft, dump, load
from bot.desk.planning import faults_in, plan_of
from bot.desk.preview import PreviewSummary, people
from bot.desk.staff_context import InvalidInput, StaffContext
from bot.desk.step import PLACES, PREVIEW, TEXT, TOPICS, WHEN, DraftStep
from bot.desk.steps import steps_for
from bot.desk.text_step import TextStep
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Announcement, Button, Plan, Reply, Staff, Turn
from bot.text.codes import new_code

OTHER_STEP = mark("That button belongs to another step.")
NOT_OPEN = mark(
    "That announcement is no longer open here: it was sent or dropped, or it is older than a day. Nothing was done. "
    "See /announcements, or begin anew with /announce."
)
NEW = mark("New announcement")
CHANGED = mark("It was changed after that button was shown, so nothing was done.")


def open_draft(context: StaffContext) -> Draft | None:
    """What this person is writing, if anything. What is older than a day counts as gone."""
    data = context.transaction.draft(context.address)
    draft = load(data) if data is not None else None
    return None if draft is None or draft.is_old(context.now) else draft


def outdated_draft(context: StaffContext) -> bool:
    """Whether something lies here that was given up for a day, or that another version wrote."""
    return context.transaction.draft(context.address) is not None and open_draft(context) is None


@dataclass(frozen=True)
class Composer:
    """The one draft of somebody of the staff."""

    context: StaffContext
    staff: Staff

    # --- beginning and giving up ---

    def begin(self) -> Turn:
        """A new one, in the place of any before."""
        code = new_code(SystemRandom())
        while self.context.transaction.announced(code) is not None:
            code = new_code(SystemRandom())
        return self.ask(Draft(code, self.context.now, TEXT))

    def begin_or_go_on(self) -> Turn:
        """A new one; where one is being written, the question which."""
        draft = open_draft(self.context)
        if draft is None:
            return self.begin()
        return self.context.told(
            mark("You are writing an announcement already. Go on with it, or begin a new one?"),
            self.context.button(mark("Go on"), f"step:{draft.step}"),
            self.context.button(mark("Begin a new one"), "anew"),
        )

    def drop(self) -> Turn:
        self.context.transaction.drop_draft(self.context.address)
        return self.context.told(mark("Dropped: nothing was sent."), self.context.button(NEW, "new"))

    # --- the steps ---

    @cached_property
    def steps(self) -> tuple[DraftStep, ...]:
        return steps_for(self.context, self.staff)

    def asks_text(self, draft: Draft) -> bool:
        """Whether the text of the announcement, in some language, is what was asked last."""
        return draft.step != PREVIEW and self._step(draft).group == TEXT

    def typed(self, draft: Draft, text: str) -> Turn:
        """An answer to what was asked last."""
        if draft.step == PREVIEW:
            return self.ask(draft, self.context.say("Please choose one of the buttons, or write its number."), brief=True)
        step, incoming = self._step(draft), self.context.incoming
        try:
            if incoming.kind != "text" and (incoming.kind != "photo" or step.group != TEXT):
                raise InvalidInput(self.context.say("Please write it: only text is understood here."))
            changed = step.typed(draft, text)
        except (InvalidInput, Refusal, UnreadableTime) as error:
            return self.ask(draft, self.context.why(error))
        return self._go_on(changed, step)

    def tapped(self, draft: Draft, name: str, value: str) -> Turn:
        """A choice of the step `name`: taken only while that step is asked."""
        step = self._step(draft)
        if draft.step == PREVIEW or step.name != name:
            return self.ask(draft, self.context.say(OTHER_STEP), brief=True)
        if value == "keep" and step.filled(draft):
            return self._go_on(draft, step)
        try:
            changed = step.tapped(draft, value)
        except Refusal as error:
            return self.ask(draft, self.context.why(error))
        return self._go_on(changed, step) if changed is not None else self.ask(draft, self.context.say(OTHER_STEP), brief=True)

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
        return self.context.turn(Reply(_under(note, text), (*question.buttons, *self._ways(draft, step))))

    def _go_on(self, draft: Draft, step: DraftStep) -> Turn:
        """The next step; the whole again, where it was seen before and what belongs together is done."""
        if not step.filled(draft):
            return self.ask(draft)
        after = self.steps[self.steps.index(step) + 1 :]
        if not after or (draft.seen and after[0].group != step.group):
            return self.ask(replace(draft, step=PREVIEW))
        return self.ask(replace(draft, step=after[0].name), step.known(draft))

    def _ways(self, draft: Draft, step: DraftStep) -> list[Button]:
        """Keep what is known, go back, give up."""
        index = self.steps.index(step)
        before = self.steps[index - 1] if index else None
        ways = [self.context.button(mark("Keep it as it is"), f"{step.name}:keep")] if step.filled(draft) else []
        if draft.seen and (before is None or before.group != step.group):
            ways.append(self.context.button(mark("Back"), f"step:{PREVIEW}"))
        elif before is not None:
            ways.append(self.context.button(mark("Back"), f"step:{before.name}"))
        return [*ways, self.context.button(mark("Cancel"), "drop")]

    def _step(self, draft: Draft) -> DraftStep:
        """The step asked last; the first unknown one where there is no such step any more."""
        named = next((step for step in self.steps if step.name == draft.step), None)
        return named or next((step for step in self.steps if not step.filled(draft)), self.steps[-1])

    def _save(self, draft: Draft) -> None:
        draft = replace(draft, at=self.context.now)
        self.context.transaction.save_draft(self.context.address, dump(draft), draft.at)

    # --- the whole ---

    def _show(self, draft: Draft, note: str, *, brief: bool) -> Turn:
        """What residents will see, in every language, and what will happen; back to the step at fault where there is one."""
        for step in self.steps:
            if isinstance(step, TextStep) and (faults := self._faults(draft, step.lang)):
                return self.ask(replace(draft, step=step.name), faults)
        plan = plan_of(self.context, self.staff, draft)
        try:
            preview = self._preview(plan)
        except Refusal as error:  # a time has passed since it was chosen, or the person speaks for other communes now
            return self.ask(_without(draft, error), self.context.why(error))
        draft = replace(draft, step=PREVIEW, seen=True)
        self._save(draft)
        summary = PreviewSummary(self.context, self.staff, draft, preview)
        shown = [] if brief else self._rendered(plan)
        return self.context.turn(*shown, Reply(_under(note, summary.text()), summary.buttons()))

    def _faults(self, draft: Draft, lang: str) -> str:
        faults = faults_in(self.context, self.staff, draft, lang) if draft.texts.get(lang) else []
        return "\n".join(self.context.say(fault.message, **fault.values) for fault in faults)

    def _preview(self, plan: Plan) -> Preview:
        return self.context.actions.preview(self.context.transaction, self.staff.number, plan, self.context.now)

    def _rendered(self, plan: Plan) -> list[Reply]:
        notifier = self.context.actions.notifier
        return [rendered(plan, notifier.words(lang), self.context.address.channel) for lang in plan.texts]

    # --- what is done with it ---

    def test(self, fingerprint: str) -> Turn:
        """Exactly what residents will get, for the writer alone."""
        draft = self._shown(fingerprint)
        if isinstance(draft, Turn):
            return draft
        plan = plan_of(self.context, self.staff, draft)
        try:
            summary = PreviewSummary(self.context, self.staff, draft, self._preview(plan))
        except Refusal:
            return self.ask(replace(draft, step=PREVIEW))
        first = Reply(self.context.say("This is a test; only you get it:"))
        last = Reply(self.context.say("That was the test. And now?"), summary.buttons())
        return self.context.turn(first, *self._rendered(plan), last)

    def send(self, fingerprint: str) -> Turn:
        """Send exactly what was shown, or have it wait for a second person."""
        draft = self._shown(fingerprint)
        if isinstance(draft, Turn):
            return draft
        plan = plan_of(self.context, self.staff, draft)
        try:
            preview = self._preview(plan)
            added = self.context.actions.confirm(self.context.transaction, self.staff.number, plan, self.context.now)
        except Refusal as error:
            return self.ask(replace(draft, step=PREVIEW), self.context.why(error), brief=True)
        self.context.transaction.drop_draft(self.context.address)
        text = f"{self._confirmed(added, preview)}\n{self._how_to_follow(added)}"
        return self.context.turn(Reply(text, (self.context.button(mark("How far is it?"), f"show:{added.id}"),)))

    def _shown(self, fingerprint: str) -> Draft | Turn:
        """The draft, if it is still what the button was made for; else the answer to whoever tapped it."""
        draft = open_draft(self.context)
        if draft is None:
            return self.context.told(NOT_OPEN)
        complete = all(step.filled(draft) for step in self.steps)
        if not complete or plan_of(self.context, self.staff, draft).fingerprint() != fingerprint:
            return self.ask(draft, self.context.say(CHANGED))
        return draft

    def _confirmed(self, added: Announcement, preview: Preview) -> str:
        say, number = self.context.say, added.id
        count = people(preview.recipients, self.context.names, self.context.words)
        begins = said_time(preview.starts, self.context.words)
        if added.state == "waiting":
            return say("Announcement {number} waits for a second person, who has been asked.", number=number)
        if added.state == "repeating":
            return say("Announcement {number} is set. The first time: {time}.", number=number, time=begins)
        if preview.starts > self.context.now:
            return say(
                "Announcement {number} is set. It begins {time}. People: {count}.", number=number, time=begins, count=count
            )
        return say("Announcement {number} is on its way. People: {count}.", number=number, count=count)

    def _how_to_follow(self, added: Announcement) -> str:
        return self.context.say("Its code is {code}. Follow it: /announcements {number}", code=added.plan.code, number=added.id)


def _under(note: str, text: str) -> str:
    return f"{note}\n\n{text}" if note else text


def _without(draft: Draft, refusal: Refusal) -> Draft:
    """The draft at the step that was refused, without what was chosen there."""
    if refusal.message == NOT_YOURS:
        return replace(draft, step=PLACES, places=None)
    if refusal.message == PAST:
        return replace(draft, step=WHEN, at_once=False, due=None, lasts=None)
    return replace(draft, step=TEXT)
