"""`loaban evaluate`: how well the content answers residents' questions, and what a change of it won and lost.

What is measured: which answer each question gets (`questions`, `grading`), and whether the recorded conversations still go
as written. What an answer says is not measured: that is proved by `loaban check` and by the conversations.

Gain and loss. Every question costs points by what became of it (`grading.POINTS`): nothing where it is answered right or
rightly refused, half a point where it is asked back well, one where the person gets nowhere, three where the answer is
wrong - precision before coverage. What the change makes cheaper is won, what it makes dearer is lost. A conversation that
no longer goes as written is a promise broken and loses three points; one that begins to wins none, because conversations
are often rewritten together with the content. The change is a gain when more is won than lost (`comparing`).
"""

from bot.authoring.evaluating.comparing import Change, Comparison, compare
from bot.authoring.evaluating.grading import GRADES, POINTS, Grade, Prediction, grade, prediction_of
from bot.authoring.evaluating.measuring import EvaluationSet, Measurement, evaluation_set_of, measure
from bot.authoring.evaluating.questions import LabelledQuestion, read_questions
from bot.authoring.evaluating.revisions import compare_with_revision, measure_home

__all__ = [
    "GRADES",
    "POINTS",
    "Change",
    "Comparison",
    "EvaluationSet",
    "Grade",
    "LabelledQuestion",
    "Measurement",
    "Prediction",
    "compare",
    "compare_with_revision",
    "evaluation_set_of",
    "grade",
    "measure",
    "measure_home",
    "prediction_of",
    "read_questions",
]
