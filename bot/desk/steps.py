"""The steps of an announcement in their order."""

from __future__ import annotations

from bot.desk.kind_step import KindStep
from bot.desk.place_step import PlaceStep
from bot.desk.planning import only_place
from bot.desk.staff_context import StaffContext
from bot.desk.step import DraftStep
from bot.desk.text_step import TextStep
from bot.desk.time_steps import LastingStep, TimeStep
from bot.desk.topic_step import TopicStep
from bot.model import Staff
from bot.model.well_known import HOUSE_LANGUAGE


def steps_for(context: StaffContext, staff: Staff) -> tuple[DraftStep, ...]:
    """All steps for this person. Whoever speaks for one commune only is not asked which."""
    others = [TextStep(context, staff, lang) for lang in context.engine.knowledge.words if lang != HOUSE_LANGUAGE]
    steps: list[DraftStep] = [TextStep(context, staff, HOUSE_LANGUAGE), *others]
    if not only_place(staff):
        steps.append(PlaceStep(context, staff))
    return (*steps, TopicStep(context), TimeStep(context), LastingStep(context), KindStep(context))
