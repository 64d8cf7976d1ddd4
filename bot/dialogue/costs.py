"""From what a wrong answer costs a household to how sure the bot must be before it answers."""

from __future__ import annotations

# In minutes of a household's time. They are judgements, not measurements, and chosen so that the bars which were measured in
# benchmarks/ (at most 2 in 100 answers wrong) follow from them.
READING_CHOICES = 3.0  # a question back: three choices are read, and one is tapped
WRONG = 50.0  # a wrong answer: a way to the commune office for nothing
# Half as much again: money is borrowed or paid on the strength of it, or a person leaves the country.
WRONG_BY_TOPIC = {"vbsp-loans": 75.0, "labour-export": 75.0}

# Of those asked back, who gives up, and stands where a wrong answer would have left them.
GIVES_UP = 0.08
GIVES_UP_IN_TALK = 0.39  # to be asked what one has just said wears out patience


def bar(topic: str, *, in_talk: bool = False) -> float:
    """P(first is right), 0 to 1, from which an answer about the topic costs no more than asking back.

    An answer costs (1 - p) x wrong, asking back costs reading the choices, and for whoever gives up as much as a wrong answer.
    """
    wrong = WRONG_BY_TOPIC.get(topic, WRONG)
    asking = READING_CHOICES + (GIVES_UP_IN_TALK if in_talk else GIVES_UP) * wrong
    return round(1 - asking / wrong, 4)
