"""The answer of an intent as it is sent: short first, more on request, and the choices under it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.i18n import spoken_name
from bot.knowledge.known import Knowledge
from bot.model import Button, Intent, Reply
from bot.model.well_known import SYSTEM
from bot.text.phone import LINES, choice_lines, phone_lines

MORE = "more"  # the kind of the choice `more:<intent>`
GOOD, BAD = "good", "bad"  # kinds of choices: `good:<intent>`
HEAR = "hear"  # the kind of the choice `hear:<intent>/<language>`
MOST_RELATED = 2


def short_reply(knowledge: Knowledge, lang: str, intent_id: str) -> Reply:
    """The short answer, whom to ask, one line of sources; then more, what people ask next, and the two verdicts.

    Of the related questions as many are offered, two at most, as a phone shows without scrolling; all that was left out
    stands under what is sent on request.
    """
    intent = knowledge.intents[intent_id]
    text, verdicts = intent.message(lang), verdict_buttons(knowledge, lang, intent)
    more, hear = more_button(knowledge, lang, intent), hear_buttons(knowledge, lang, intent)
    related = _related(knowledge, lang, intent)
    while related and not fits(Reply(text, (*more, *hear, *related, *verdicts))):
        related = related[:-1]
    if not more and not related:
        related = _related(knowledge, lang, intent)[:1]
    return Reply(text, (*more, *hear, *related, *verdicts))


def whole_reply(knowledge: Knowledge, lang: str, intent_id: str) -> Reply:
    """Short and more in one, for whoever wants answers so."""
    intent = knowledge.intents[intent_id]
    hear, verdicts = hear_buttons(knowledge, lang, intent), verdict_buttons(knowledge, lang, intent)
    buttons = (*hear, *_related(knowledge, lang, intent), *verdicts)
    return Reply(intent.whole_message(lang), buttons)


def more_reply(knowledge: Knowledge, lang: str, intent_id: str, *, told: bool = False) -> Reply:
    """What there is beyond the short answer; kind words where there is nothing, or where it was `told`."""
    intent = knowledge.intents[intent_id]
    text = "" if told else intent.more_message(lang)
    if not text:
        text = knowledge.words[lang].say("That is all that Loa Bản knows about this. You can also ask:")
        return Reply(text, _related(knowledge, lang, intent))
    return Reply(text, (*_related(knowledge, lang, intent), *verdict_buttons(knowledge, lang, intent)))


def fits(reply: Reply) -> bool:
    """Whether a phone shows all of it, its choices as numbered lines."""
    return len(shown(reply)) <= LINES


def shown(reply: Reply) -> list[str]:
    """The lines that a phone shows where choices are numbered."""
    choices = choice_lines((button.label, button.beside) for button in reply.buttons)
    return phone_lines("\n".join([reply.text, *(["", *choices] if choices else [])]))


def more_button(knowledge: Knowledge, lang: str, intent: Intent) -> tuple[Button, ...]:
    """The button for more, where there is more."""
    return (Button(knowledge.words[lang].say("More"), f"{MORE}:{intent.id}"),) if intent.more else ()


def hear_buttons(knowledge: Knowledge, lang: str, intent: Intent) -> tuple[Button, ...]:
    """One for each recording of the answer in this language, and in those that are not written. They share a line."""
    words, recordings = knowledge.words[lang], knowledge.recordings.get(intent.id, {})
    spoken = [one for one in recordings if one == lang or one not in knowledge.words]
    spoken.sort(key=lambda one: (one != lang, one))
    labels = {one: words.say("🔊 Listen") if one == lang else f"🔊 {spoken_name(words, one)}" for one in spoken}
    first = not intent.more
    return tuple(
        Button(label, f"{HEAR}:{intent.id}/{one}", beside=not (first and number == 0))
        for number, (one, label) in enumerate(labels.items())
    )


def without_recordings(reply: Reply) -> Reply:
    """The reply where no recording says the same, or none can be played."""
    return replace(reply, buttons=tuple(button for button in reply.buttons if not button.choice.startswith(f"{HEAR}:")))


def wants_verdict(intent: Intent) -> bool:
    """Whether it is asked under this answer: not where the bot speaks of itself, nor where somebody is in danger."""
    return intent.topic != SYSTEM and not intent.urgent


def verdict_buttons(knowledge: Knowledge, lang: str, intent: Intent) -> tuple[Button, ...]:
    """Whether it was what somebody wanted to know; the two say it themselves, so no line stands above them."""
    if not wants_verdict(intent):
        return ()
    words = knowledge.words[lang]
    return (
        Button(words.say("👍 Helpful"), f"{GOOD}:{intent.id}"),
        Button(words.say("👎 Not this"), f"{BAD}:{intent.id}", beside=True),
    )


def _related(knowledge: Knowledge, lang: str, intent: Intent) -> tuple[Button, ...]:
    return tuple(_questions(knowledge, lang, intent))[:MOST_RELATED]


def _questions(knowledge: Knowledge, lang: str, intent: Intent) -> Iterator[Button]:
    for related in intent.related:
        yield Button(knowledge.intents[related].question[lang], f"intent:{related}")
