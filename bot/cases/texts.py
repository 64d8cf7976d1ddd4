"""What residents and staff are told of a case. Residents never see who answers, staff never see who asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from babel import Locale

from bot.announcements.display_names import DisplayNames
from bot.announcements.times import format_moment
from bot.i18n import Words, language_name, mark
from bot.model import Button, Case, CaseMessage, Reply
from bot.model.well_known import CHOICE_PREFIX

END = "person-end"  # the choice by which a resident goes back to the bot

NOBODY = mark(
    "No officer can be reached through Loa Bản yet. Please go to the Public Administration Service Centre of your commune."
)
ADDED = mark("Your words were added to question {number}. An officer of {place} will answer here.")
TAKEN = mark(
    "An officer of {place} has taken your question {number} and answers here. From now on the officer reads what you write, "
    "and Loa Bản keeps quiet. To end it, write: end"
)
GIVEN_BACK = mark(
    "The officer has passed your question {number} on to a colleague. Until somebody takes it, Loa Bản answers you as before."
)
DONE = mark("The officer has finished with your question {number}. Loa Bản is back: just write if you need anything.")
MUTED = mark(
    "The officer of {place} has muted your question {number}: too much was written there, or what was no question. More of it "
    "reaches nobody. Loa Bản answers you as before. If you need the commune, please go to its Public Administration Service "
    "Centre."
)
STILL_MUTED = mark(
    "The officers of {place} have muted your question {number}, so nothing more is passed on to them. Please go to the Public "
    "Administration Service Centre of the commune."
)
UNMUTED = mark(
    "The officer of {place} reads again what you write about question {number}, and Loa Bản keeps quiet. To end it, write: end"
)
IDLE = mark(
    "Nothing was written about question {number} for a long time, so it was closed. Loa Bản is back: just write if you need "
    "anything."
)
UNTAKEN = mark(
    "Nobody could take your question {number}, so it was closed. Loa Bản is sorry. Please ask at the Public Administration "
    "Service Centre of {place}."
)
ENDED = mark("Your talk with the officer is over. Loa Bản is back: just write if you need anything.")
WITHDRAWN = mark("Question {number} was withdrawn. Loa Bản is here as before: just write if you need anything.")

BY_RESIDENT = {
    "resident": mark("Case {number} is over: the resident ended it."),
    "left": mark("Case {number} is over: the resident has left the chat or blocked Loa Bản."),
    "forgotten": mark("Case {number} is over: the resident had everything deleted."),
    "unreachable": mark("Case {number} is over: the resident blocked Loa Bản, so your last message did not arrive."),
    "idle": mark("Case {number} was closed, because nothing was written for a long time."),
}
NOT_DELIVERED = {
    "window": mark(
        "Case {number}: your last message did not arrive. The app lets Loa Bản write only for some hours after the resident "
        "wrote. Please reach the person another way, or wait until he or she writes again."
    ),
    "refused-text": mark("Case {number}: the app refused your last message. Please write it anew, without odd signs or files."),
}
NOT_DELIVERED_ELSE = mark("Case {number}: your last message did not arrive. Please send it again.")


def passed_on(case: Case, names: DisplayNames, words: Words, waits_until: datetime | None, *, returns: bool = False) -> Reply:
    """To the resident: it was passed on; `waits_until` is when office hours begin, None within them.

    `returns`: no app tells of the answer, the resident has to come and look.
    """
    place = names.place(case.place, words)
    lines = [
        words.say(
            "Done: your question was passed on to the officers of {place}. Its number is {number}.",
            place=place,
            number=case.number,
        )
    ]
    if waits_until is None:
        lines.append(words.say("They answer here during office hours, which it is now."))
    else:
        when = format_moment(waits_until, words)
        lines.append(words.say("It is outside office hours now: an answer can be expected from {time} on.", time=when))
    if returns:
        lines.append(words.say("To read it, open this page again in this browser on this device."))
    lines.append(words.say("Meanwhile, you can go on asking Loa Bản."))
    return Reply("\n".join(lines))


def end_button(case: Case, words: Words) -> Button:
    return Button(words.say("End, back to Loa Bản"), f"{END}:{case.number}")


def from_officer(case: Case, text: str, names: DisplayNames, words: Words) -> str:
    """What an officer wrote, as the resident gets it: nothing in it is a template."""
    head = words.say("Officer of {place}:", place=names.place(case.place, words))
    return f"{head}\n{text}".rstrip()


def headline(case: Case, names: DisplayNames, words: Words) -> str:
    """ "Case 12 · Búng Lao commune · Loans · Vietnamese"."""
    parts = [words.say("Case {number}", number=case.number), names.place(case.place, words)]
    if case.topic:
        parts.append(names.topic(case.topic, words))
    parts.append(_language(case.lang, words))
    return " · ".join(parts)


def notice(case: Case, names: DisplayNames, words: Words, *, again: str = "") -> str:
    """To staff, while it waits. `again` says why they are told once more."""
    how = words.say("To answer it, write: take {number}", number=case.number)
    return "\n".join(part for part in (again, headline(case, names, words), f"“{case.question}”", how) if part)


def conversation(case: Case, messages: Sequence[CaseMessage], names: DisplayNames, words: Words) -> str:
    """To whoever has taken it: all that was said, and how to go on."""
    resident, officer = words.say("Resident"), words.say("Officer")
    said = [f"{officer if message.author else resident}: {_said(message, words)}" for message in messages]
    how = words.say(
        "Answer this message, or write {number}: and your answer behind it. When it is finished: done {number}. To give it "
        "back: return {number}",
        number=case.number,
    )
    return "\n".join([headline(case, names, words), f"“{case.question}”", *said, "", how])


def from_resident(case: Case, message: CaseMessage, words: Words) -> str:
    """Media come along by themselves; what cannot, is named."""
    shown = message.text if message.photo or message.file else _said(message, words)
    return words.say("Case {number}, the resident writes:", number=case.number) + f"\n{shown}".rstrip()


def take_button(case: Case, words: Words) -> Button:
    return Button(words.say("Take it"), f"{CHOICE_PREFIX}case-take:{case.number}")


def owner_buttons(case: Case, words: Words) -> tuple[Button, ...]:
    return (
        Button(words.say("Finished"), f"{CHOICE_PREFIX}case-close:{case.number}"),
        Button(words.say("Give back"), f"{CHOICE_PREFIX}case-return:{case.number}", beside=True),
    )


def _said(message: CaseMessage, words: Words) -> str:
    came = words.say("(a picture)") if message.photo else words.say("(a file)") if message.file else ""
    said = " ".join(part for part in (message.text, came) if part)
    return said or words.say("(something that cannot be passed on)")


def _language(lang: str, words: Words) -> str:
    name = Locale.parse(lang).get_display_name(words.lang) or language_name(lang)
    return name[0].upper() + name[1:]
