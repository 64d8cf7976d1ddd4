"""`loaban evaluate`: how well the content answers residents' questions, and what a change of it won and lost.

What is measured: which answer each question gets (`questions`, `judging`), and whether the recorded conversations still go
as written. What an answer says is not measured: that is proved by `loaban check` and by the conversations.

Gain and loss. Every question costs points by what became of it (`judging.POINTS`): nothing where it is answered right or
rightly refused, half a point where it is asked back well, one where the person gets nowhere, three where the answer is
wrong - precision before coverage. What the change makes cheaper is won, what it makes dearer is lost. A conversation that
no longer goes as written is a promise broken and loses three points; one that begins to wins none, because conversations
are often rewritten together with the content. The change is a gain when more is won than lost (`comparing`).
"""

from bot.evaluating.comparing import Change, Comparison, compare
from bot.evaluating.evaluate import changed_since, measure_home
from bot.evaluating.judging import FATES, POINTS, Fate, Given, fate, given
from bot.evaluating.measuring import Material, Measurement, material_of, measure
from bot.evaluating.questions import Question, read_questions

__all__ = [
    "FATES",
    "POINTS",
    "Change",
    "Comparison",
    "Fate",
    "Given",
    "Material",
    "Measurement",
    "Question",
    "changed_since",
    "compare",
    "fate",
    "given",
    "material_of",
    "measure",
    "measure_home",
    "read_questions",
]
