"""The steps of an announcement in their order."""

from __future__ import annotations

from bot.broadcast import Staff
from bot.desk.kind_step import KindStep
from bot.desk.place_step import PlaceStep
from bot.desk.planning import only_place
from bot.desk.step import Step
from bot.desk.text_step import HOUSE, TextStep
from bot.desk.time_steps import LastingStep, TimeStep
from bot.desk.topic_step import TopicStep
from bot.desk.visit import Visit


def steps_for(visit: Visit, staff: Staff) -> tuple[Step, ...]:
    """All steps for this person. Whoever speaks for one commune only is not asked which."""
    others = [TextStep(visit, staff, lang) for lang in visit.mind.knowledge.words if lang != HOUSE]
    steps: list[Step] = [TextStep(visit, staff, HOUSE), *others]
    if not only_place(staff):
        steps.append(PlaceStep(visit, staff))
    return (*steps, TopicStep(visit), TimeStep(visit), LastingStep(visit), KindStep(visit))
