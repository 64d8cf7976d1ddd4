"""The steps of an announcement in their order."""

from __future__ import annotations

from bot.announcements.planning import speaks_for_one_commune
from bot.desk.kind_step import KindStep
from bot.desk.place_step import PlaceStep
from bot.desk.staff_context import StaffContext
from bot.desk.step import DraftStep
from bot.desk.text_step import TextStep
from bot.desk.time_steps import LastingStep, TimeStep
from bot.desk.topic_step import TopicStep
from bot.model.well_known import MAIN_LANGUAGE


def steps_for(context: StaffContext) -> tuple[DraftStep, ...]:
    """All steps for this person. Whoever speaks for one commune only is not asked which."""
    others = [TextStep(context, lang) for lang in context.engine.knowledge.words if lang != MAIN_LANGUAGE]
    steps: list[DraftStep] = [TextStep(context, MAIN_LANGUAGE), *others]
    if not speaks_for_one_commune(context.staff):
        steps.append(PlaceStep(context))
    return (*steps, TopicStep(context), TimeStep(context), LastingStep(context), KindStep(context))
