"""Writing an announcement: one step after the other, the whole to look at, and sending it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from bot.announcements.actions import PAST, Confirmation
from bot.announcements.authority import NOT_YOURS
from bot.announcements.planning import fields_again, fresh_code, plan_of
from bot.announcements.preview import Preview
from bot.announcements.rendering import render
from bot.announcements.summary import format_recipients
from bot.announcements.text_faults import UnfitText
from bot.announcements.times import format_moment
from bot.desk.chat_draft import ChatDraft, dump, load
from bot.desk.preview import PreviewSummary
from bot.desk.staff_context import ChatContext, InvalidInput, StaffContext
from bot.desk.step import PLACES, PREVIEW, TEXT, TOPICS, WHEN, DraftStep
from bot.desk.steps import steps_for
from bot.desk.text_step import TextStep
from bot.desk.unsent_answer import load_answer
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Button, Plan, Reply, Turn

OTHER_STEP = mark("That button belongs to another step.")
NOT_OPEN = mark(
    "That announcement is no longer open here: it was sent or dropped, or it is older than a day. Nothing was done. "
    "See /announcements, or begin anew with /announce."
)
NEW = mark("New announcement")
CHANGED = mark("It was changed after that button was shown, so nothing was done.")


def stored_draft(context: ChatContext) -> ChatDraft | Literal["outdated"] | None:
    """What this person is writing; "outdated" where it was given up for a day, or another version wrote it."""
    data = context.transaction.draft(context.address)
    if data is None or load_answer(data) is not None:
        return None
    draft = load(data)
    return "outdated" if draft is None or draft.is_old(context.now) else draft


@dataclass(frozen=True)
class Composer:
    """The one draft of somebody of the staff."""

    context: StaffContext

    # --- beginning and giving up ---

    def begin(self) -> Turn:
        """A new one, in the place of any before."""
        return self.ask(ChatDraft(fresh_code(self.context.transaction), self.context.now, step=TEXT))

    def begin_with(self, plan: Plan) -> Turn:
        """A new one with everything that another was to say, to look at and change. A time that has passed is asked anew."""
        now = self.context.now
        known = fields_again(plan, now, self.context.engine.knowledge.words)
        return self.ask(ChatDraft(fresh_code(self.context.transaction), now, **known, step=PREVIEW))

    def begin_or_continue(self, draft: ChatDraft | None) -> Turn:
        """A new one; where one is being written, the question which."""
        if draft is None:
            return self.begin()
        return self.context.reply(
            mark("You are writing an announcement already. Go on with it, or begin a new one?"),
            self.context.button(mark("Go on"), f"step:{draft.step}"),
            self.context.button(mark("Begin a new one"), "anew"),
        )

    def discard(self) -> Turn:
        self.context.transaction.drop_draft(self.context.address)
        return self.context.reply(mark("Dropped: nothing was sent."), self.context.button(NEW, "new"))

    # --- the steps ---

    @cached_property
    def steps(self) -> tuple[DraftStep, ...]:
        return steps_for(self.context)

    def asks_text(self, draft: ChatDraft) -> bool:
        """Whether the text of the announcement, in some language, is what was asked last."""
        return draft.step != PREVIEW and self._step(draft).group == TEXT

    def typed(self, draft: ChatDraft, text: str) -> Turn:
        """An answer to what was asked last."""
        if draft.step == PREVIEW:
            return self.ask(draft, self.context.say("Please choose one of the buttons, or write its number."), brief=True)
        step, incoming = self._step(draft), self.context.incoming
        try:
            if incoming.kind != "text" and (incoming.kind != "photo" or step.group != TEXT):
                raise InvalidInput(mark("Please write it: only text is understood here."))
            changed = step.typed(draft, text)
        except Refusal as refusal:
            return self.ask(draft, self.context.explain(refusal))
        return self._advance(changed, step)

    def tapped(self, draft: ChatDraft, name: str, value: str) -> Turn:
        """A choice of the step `name`: taken only while that step is asked."""
        step = self._step(draft)
        if draft.step == PREVIEW or step.name != name:
            return self.ask(draft, self.context.say(OTHER_STEP), brief=True)
        if value == "keep" and step.filled(draft):
            return self._advance(draft, step)
        try:
            changed = step.tapped(draft, value)
        except Refusal as refusal:
            return self.ask(draft, self.context.explain(refusal))
        if changed is None:
            return self.ask(draft, self.context.say(OTHER_STEP), brief=True)
        return self._advance(changed, step)

    def go_to(self, draft: ChatDraft, name: str) -> Turn:
        """To a step by its name, as far as everything before it is known. What was half understood is asked anew."""
        draft = replace(draft, picked=(), unread=())
        names = [step.name for step in self.steps]
        if name == PLACES and PLACES not in names:
            name = TOPICS
        before = self.steps[: names.index(name)] if name in names else self.steps
        gap = next((step.name for step in before if not step.filled(draft)), None)
        return self.ask(replace(draft, step=gap or (name if name in names else PREVIEW)))

    def ask(self, draft: ChatDraft, note: str = "", *, brief: bool = False) -> Turn:
        """Store the draft, and ask its step, or show the whole where everything is known; `note` stands above.

        `brief` leaves out what residents will see: it stands just above.
        """
        if draft.step == PREVIEW:
            gap = next((step for step in self.steps if not step.filled(draft)), None)
            if gap is None:
                return self._show_preview(draft, note, brief=brief)
            draft = replace(draft, step=gap.name)
        step = self._step(draft)
        self._save(replace(draft, step=step.name))
        question = step.question(draft)
        text = f"{self.steps.index(step) + 1}/{len(self.steps)} · {question.text}"
        return self.context.turn(Reply(_under(note, text), (*question.buttons, *self._navigation(draft, step))))

    def _advance(self, draft: ChatDraft, step: DraftStep) -> Turn:
        """The next step; the whole again, where it was seen before and what belongs together is done."""
        if not step.filled(draft):
            return self.ask(draft)
        after = self.steps[self.steps.index(step) + 1 :]
        if not after or (draft.seen and after[0].group != step.group):
            return self.ask(replace(draft, step=PREVIEW))
        return self.ask(replace(draft, step=after[0].name), step.known(draft))

    def _navigation(self, draft: ChatDraft, step: DraftStep) -> list[Button]:
        """Keep what is known, go back, give up."""
        index = self.steps.index(step)
        before = self.steps[index - 1] if index else None
        buttons = [self.context.button(mark("Keep it as it is"), f"{step.name}:keep")] if step.filled(draft) else []
        if draft.seen and (before is None or before.group != step.group):
            buttons.append(self.context.button(mark("Back"), f"step:{PREVIEW}"))
        elif before is not None:
            buttons.append(self.context.button(mark("Back"), f"step:{before.name}"))
        return [*buttons, self.context.button(mark("Cancel"), "drop")]

    def _step(self, draft: ChatDraft) -> DraftStep:
        """The step asked last; the first unknown one where there is no such step any more."""
        named = next((step for step in self.steps if step.name == draft.step), None)
        return named or next((step for step in self.steps if not step.filled(draft)), self.steps[-1])

    def _save(self, draft: ChatDraft) -> None:
        draft = replace(draft, at=self.context.now)
        self.context.transaction.save_draft(self.context.address, dump(draft), draft.at)

    # --- the whole ---

    def _plan(self, draft: ChatDraft) -> Plan:
        return plan_of(draft, self.context.staff, self.context.actions)

    def _preview(self, plan: Plan) -> Preview:
        context = self.context
        return context.actions.preview(context.transaction, context.staff.number, plan, context.now)

    def _show_preview(self, draft: ChatDraft, note: str, *, brief: bool) -> Turn:
        """What residents will see, in every language, and what will happen; back to the step at fault where there is one."""
        plan = self._plan(draft)
        try:
            preview = self._preview(plan)
        except Refusal as refusal:
            return self.ask(self._without_refused(draft, refusal), self.context.explain(refusal))
        self._save(replace(draft, step=PREVIEW, seen=True))
        summary = PreviewSummary(self.context, preview)
        shown = [] if brief else self._rendered(plan)
        return self.context.turn(*shown, Reply(_under(note, summary.text()), summary.buttons()))

    def _without_refused(self, draft: ChatDraft, refusal: Refusal) -> ChatDraft:
        """The draft at the step that was refused, without what was chosen there: rights change, and time passes."""
        if refusal.message == NOT_YOURS:
            return replace(draft, step=PLACES, places=None)
        if refusal.message == PAST:
            return replace(draft, step=WHEN, at_once=False, due=None, lasts=None)
        if isinstance(refusal, UnfitText):
            unfit = (step.name for step in self.steps if isinstance(step, TextStep) and step.lang in refusal.faults)
            return replace(draft, step=next(unfit, TEXT))
        return replace(draft, step=TEXT)

    def _rendered(self, plan: Plan) -> list[Reply]:
        notifier = self.context.actions.notifier
        return [render(plan, notifier.words(lang), self.context.address.channel) for lang in plan.texts]

    # --- what is done with it ---

    def test(self, draft: ChatDraft | None, fingerprint: str) -> Turn:
        """Exactly what residents will get, for the writer alone."""
        plan = self._plan_as_shown(draft, fingerprint)
        if draft is None or plan is None:
            return self._not_as_shown(draft)
        try:
            summary = PreviewSummary(self.context, self._preview(plan))
        except Refusal:
            return self.ask(replace(draft, step=PREVIEW))
        first = Reply(self.context.say("This is a test; only you get it:"))
        last = Reply(self.context.say("That was the test. And now?"), summary.buttons())
        return self.context.turn(first, *self._rendered(plan), last)

    def send(self, draft: ChatDraft | None, fingerprint: str) -> Turn:
        """Send exactly what was shown, or have it wait for a second person."""
        context, plan = self.context, self._plan_as_shown(draft, fingerprint)
        if draft is None or plan is None:
            return self._not_as_shown(draft)
        try:
            confirmation = context.actions.confirm(context.transaction, context.staff.number, plan, context.now)
        except Refusal as refusal:
            return self.ask(replace(draft, step=PREVIEW), context.explain(refusal), brief=True)
        context.transaction.drop_draft(context.address)
        announcement = confirmation.announcement
        follow = context.say(
            "Its code is {code}. Follow it: /announcements {number}", code=announcement.plan.code, number=announcement.id
        )
        progress = context.button(mark("How far is it?"), f"show:{announcement.id}")
        return context.turn(Reply(f"{self._confirmed(confirmation)}\n{follow}", (progress,)))

    def _plan_as_shown(self, draft: ChatDraft | None, fingerprint: str) -> Plan | None:
        """The plan, if it is still what the button was made for."""
        if draft is None or not all(step.filled(draft) for step in self.steps):
            return None
        plan = self._plan(draft)
        return plan if plan.fingerprint() == fingerprint else None

    def _not_as_shown(self, draft: ChatDraft | None) -> Turn:
        return self.ask(draft, self.context.say(CHANGED)) if draft is not None else self.context.reply(NOT_OPEN)

    def _confirmed(self, confirmation: Confirmation) -> str:
        say, added, preview = self.context.say, confirmation.announcement, confirmation.preview
        words = self.context.words
        count, starts = format_recipients(preview.recipients, self.context.names, words), format_moment(preview.starts, words)
        if added.state == "waiting":
            return say("Announcement {number} waits for a second person, who has been asked.", number=added.id)
        if added.state == "repeating":
            return say("Announcement {number} is set. The first time: {time}.", number=added.id, time=starts)
        if preview.starts > self.context.now:
            return say(
                "Announcement {number} is set. It begins {time}. People: {count}.", number=added.id, time=starts, count=count
            )
        return say("Announcement {number} is on its way. People: {count}.", number=added.id, count=count)


def _under(note: str, text: str) -> str:
    return f"{note}\n\n{text}" if note else text
