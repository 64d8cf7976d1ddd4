"""Asking for announcements, step by step: which commune, which topics, and a yes. Before the yes nothing is kept.

The choices carry everything, so that a button of yesterday still does what it says: `subscribe`, `subscribe:change`,
`subscribe-list:<page>`, `subscribe:<commune>`, `subscribe:<commune>:<topics>` ("all", or ids with "+" between them), and the
same with `:yes`; `stop`. What is typed is read as an answer to the choices that were offered last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue import subscription_replies as replies
from bot.dialogue.choices import picked, typed_number
from bot.dialogue.communes import commune_list
from bot.dialogue.compose import no_such_number
from bot.dialogue.person_context import PersonContext
from bot.engine import Engine
from bot.knowledge.gazetteer import LONGEST_NAME
from bot.model import Button, Reply, Session, SubscriptionRequest
from bot.text.folding import fold

OPEN_QUESTION = "subscribe"  # in the session: an answer of these steps is waited for
ASKED_AGAIN = "subscribe-again"  # the same, after one that was not understood: who writes no answer now asks something else
CHOICE_KINDS = ("subscribe", "subscribe-list", "stop")
CHANGE = "subscribe:change"
ALL = "all"
YES = "yes"
PLACE_WORDS = 3  # words beside a commune's name that are still nothing but the name: "xã ... cũ ạ"
NEAREST = 3
QUESTION_WORDS = 5  # from so many on what looks a little like a name, or holds one, may be a question
CLEAR_QUESTION_WORDS = 3  # the same for what looks like no answer at all


@dataclass(frozen=True, slots=True)
class SubscribingStep:
    """What one step says and does.

    open           what is written next is an answer to it
    question_from  a message of that many words or more which is surely a question is answered as one instead; None: never
    placed         it names a commune, so that a question about communes is none
    """

    reply: Reply
    open: bool = True
    question_from: int | None = None
    placed: bool = False
    stop: bool = False
    request: SubscriptionRequest | None = None

    @property
    def not_understood(self) -> bool:
        """Whether what was written is none of the answers, as far as can be told."""
        return self.question_from is not None and not self.placed

    @property
    def asked(self) -> str | None:
        """What the session waits for afterwards."""
        if not self.open:
            return None
        return ASKED_AGAIN if self.not_understood else OPEN_QUESTION


def is_open(session: Session) -> bool:
    """Whether an answer of these steps is waited for."""
    return session.asked in (OPEN_QUESTION, ASKED_AGAIN)


def begin(engine: Engine, lang: str, context: PersonContext) -> SubscribingStep:
    if context.page is not None:
        return SubscribingStep(replies.elsewhere(engine, lang, context.page), open=False)
    if context.subscription:
        return SubscribingStep(replies.current(engine, lang, context.subscription))
    return SubscribingStep(replies.which_commune(engine, lang))


def stop(engine: Engine, lang: str, context: PersonContext) -> SubscribingStep:
    return SubscribingStep(replies.stopped(engine, lang, context.subscription), open=False, stop=True)


def refuse(engine: Engine, lang: str, context: PersonContext) -> SubscribingStep:
    return SubscribingStep(replies.refused(engine, lang, context.subscription), open=False)


def chosen(engine: Engine, lang: str, context: PersonContext, choice: str) -> SubscribingStep | None:
    """The step behind a choice; None when it means nothing, or names what is no longer known."""
    kind, _, value = choice.partition(":")
    if kind == "stop":
        return stop(engine, lang, context)
    if context.page is not None:
        return begin(engine, lang, context)
    if kind == "subscribe-list":
        page = commune_list(engine, lang, int(value), replies.KIND) if re.fullmatch("[0-9]{1,3}", value) else None
        return SubscribingStep(page) if page else None
    if choice == CHANGE:
        return SubscribingStep(replies.which_commune(engine, lang))
    if not value:
        return begin(engine, lang, context)
    code, *rest = value.split(":")
    place = engine.gazetteer.by_code.get(code)
    if place is None or len(rest) > 2:
        return None
    if not rest:
        return SubscribingStep(replies.which_topics(engine, lang, place))
    topics = () if rest[0] == ALL else tuple(rest[0].split("+"))
    if not engine.knowledge.topics.keys() >= set(topics):
        return None
    if len(rest) == 1:
        return SubscribingStep(replies.consent(engine, lang, place, topics))
    if rest[1] != YES:
        return None
    return SubscribingStep(
        replies.subscribed(engine, lang, place, topics), open=False, request=SubscriptionRequest(code, topics, lang)
    )


def typed(engine: Engine, lang: str, context: PersonContext, offered: tuple[Button, ...], text: str) -> SubscribingStep:
    """The step that follows what was typed. A yes in words is read before, see `respond`."""
    if offered and offered[0].choice == CHANGE and engine.lexicon.subscribing_ended.has(text):
        return stop(engine, lang, context)
    if engine.lexicon.subscribing_refused.has(text):
        return refuse(engine, lang, context)
    yes = agreement_offered(offered)
    if yes:
        return _to_consent(engine, lang, context, offered, text, yes)
    if offered and offered[0].choice.endswith(f":{ALL}"):
        return _to_topics(engine, lang, context, offered, text)
    return _numbered(engine, lang, context, offered, text) or _to_commune(engine, lang, context, offered, text)


def agreement_offered(offered: Sequence[Button]) -> str | None:
    """The choice that would be the agreement, where it is what was asked last."""
    is_asked = bool(offered) and offered[0].choice.startswith("subscribe:") and offered[0].choice.endswith(f":{YES}")
    return offered[0].choice if is_asked else None


def ask_again(engine: Engine, lang: str, yes: str) -> SubscribingStep:
    return SubscribingStep(replies.consent_again(engine, lang, yes), question_from=CLEAR_QUESTION_WORDS)


# --- the three steps --------------------------------------------------------------------------------------------------


def _to_commune(engine: Engine, lang: str, context: PersonContext, offered: tuple[Button, ...], text: str) -> SubscribingStep:
    label = next((button.choice for button in offered if fold(button.label) == fold(text)), None)
    named = (chosen(engine, lang, context, label) if label else None) or _named_commune(engine, lang, text)
    if named:
        return named
    button = picked(text, offered, engine.lexicon.digits)
    step = chosen(engine, lang, context, button.choice) if button else None
    if step:
        return step
    near = engine.gazetteer.nearest(text, NEAREST)
    return SubscribingStep(
        replies.no_such_commune(engine, lang, near), question_from=QUESTION_WORDS if near else CLEAR_QUESTION_WORDS
    )


def _named_commune(engine: Engine, lang: str, text: str) -> SubscribingStep | None:
    """The step for a commune, or a former district, that the text names."""
    length = len(fold(text).split())
    former = engine.gazetteer.district(text)
    found = engine.gazetteer.find(text, misspelt=False)
    alone = [word for word in fold(text).split() if word not in engine.lexicon.beside_names]
    if not found and len(alone) <= LONGEST_NAME:  # "muốn đăng ký" is no slip of Mường Đăng
        slips = engine.gazetteer.find(text)
        found = slips if slips and len(alone) == len(fold(slips[0].name).split()) else ()
    if former and (not found or _is_the_district(found[0].name, former[0], text)):
        return SubscribingStep(replies.district(engine, lang, *former), question_from=QUESTION_WORDS, placed=True)
    if not found:
        return None
    reply = replies.which_topics(engine, lang, found[0].place, found[0])
    if len(found) > 1:
        reply = replies.several_communes(engine, lang, found)
    short = length <= PLACE_WORDS + len(fold(found[0].name).split())
    return SubscribingStep(reply, question_from=None if short else QUESTION_WORDS, placed=True)


def _is_the_district(name: str, former: str, text: str) -> bool:
    """Many a district had the name of a commune in it: "xã Mường Nhé, huyện Mường Nhé" means the commune."""
    return fold(name) == fold(former) and fold(text).count(fold(name)) == 1


def _to_topics(engine: Engine, lang: str, context: PersonContext, offered: tuple[Button, ...], text: str) -> SubscribingStep:
    code = offered[0].choice.split(":")[1]
    if code not in engine.gazetteer.by_code:  # the content does not know it any more
        return begin(engine, lang, context)
    if engine.lexicon.every_topic.has(text):
        wanted: list[Button] | None = [offered[0]]
    else:
        wanted = _several_topics(engine, offered, text)
    if wanted is None:
        return SubscribingStep(no_such_number(engine, lang, offered))
    if wanted:
        topics = {button.choice.rpartition(":")[2] for button in wanted}
        listed = ALL if ALL in topics else "+".join(topic for topic in engine.knowledge.topics if topic in topics)
        step = chosen(engine, lang, context, f"subscribe:{code}:{listed}")
        if step:
            return step
    other = _named_commune(engine, lang, text)
    return other or SubscribingStep(replies.which_topics_again(engine, lang, code), question_from=QUESTION_WORDS)


def _several_topics(engine: Engine, offered: tuple[Button, ...], text: str) -> list[Button] | None:
    """The choices that the text names, by numbers or by words; empty when it names none, None for a number too high."""
    lexicon = engine.lexicon
    words = [word for word in fold(text).split() if word not in lexicon.beside_several]
    numbers = [int(word) if re.fullmatch("[0-9]{1,2}", word) else lexicon.numbers.named.get(word) for word in words]
    known = [number for number in numbers if number is not None]
    if words and len(known) == len(numbers):
        return [offered[number - 1] for number in known] if all(1 <= n <= len(offered) for n in known) else None
    whole = picked(text, offered, lexicon.digits)
    if whole:
        return [whole]
    parts = [part for part in lexicon.between_choices.split(text) if fold(part)]
    buttons = [button for part in parts if (button := picked(part, offered, lexicon.digits))]
    return buttons if len(buttons) == len(parts) else []


def _to_consent(
    engine: Engine, lang: str, context: PersonContext, offered: tuple[Button, ...], text: str, yes: str
) -> SubscribingStep:
    refuses = not engine.lexicon.refusal_words.isdisjoint(fold(text).split())  # "no 1" is none of "number 1"
    number = None if refuses else typed_number(text, engine.lexicon.digits)
    if number is not None:
        if number > len(offered) or number < 1:
            return SubscribingStep(no_such_number(engine, lang, offered))
        return (chosen(engine, lang, context, yes) if number == 1 else None) or refuse(engine, lang, context)
    return _named_commune(engine, lang, text) or ask_again(engine, lang, yes)


def _numbered(
    engine: Engine, lang: str, context: PersonContext, offered: tuple[Button, ...], text: str
) -> SubscribingStep | None:
    number = typed_number(text, engine.lexicon.numbers)
    if number is None or not offered:
        return None
    if not 1 <= number <= len(offered):
        return SubscribingStep(no_such_number(engine, lang, offered))
    return chosen(engine, lang, context, offered[number - 1].choice)
