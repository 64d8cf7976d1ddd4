"""An announcement as a resident sees it: who sends it, the text, the code to check it by, and how to stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.i18n import Words
from bot.model import Place, Plan, Reply
from bot.ports import Capabilities
from bot.text.splitting import utf16_units


def render(plan: Plan, words: Words, channel: str) -> Reply:
    """The finished message in the language of `words`, or in Vietnamese where the plan has no other text.

    The photo is left out on channels that cannot show it.
    """
    text = plan.texts.get(words.lang) or plan.texts["vi"]
    return Reply(with_head_and_foot(plan, text, words), photo=photo_for(plan, channel))


def with_head_and_foot(plan: Plan, text: str, words: Words) -> str:
    """The text of staff, put in as it is: nothing in it is a template or markup."""
    office = plan.office.get(words.lang) or plan.office["vi"]
    head = words.say("URGENT. Announcement of {office}") if plan.urgent else words.say("Announcement of {office}")
    check = words.say("Code {code}. To check that it is genuine, write: /check {code}")
    stop = words.say("To get no more announcements, write: /stop")
    return f"📢 {head.format(office=office)}\n\n{text}\n\n{check.format(code=plan.code)}\n{stop}"


def photo_for(plan: Plan, channel: str) -> str | None:
    """The photo, where this channel can show it: an address anywhere, a vendor's own id only at that vendor."""
    if plan.photo is None or plan.photo.startswith(("https://", f"{channel}:")):
        return plan.photo
    return None


def text_limit(plan: Plan, catalogues: Mapping[str, Words], channels: Mapping[str, Capabilities]) -> int:
    """UTF-16 units that the text may have, in every language, so that it fits into one message on every channel."""
    around = max(utf16_units(with_head_and_foot(plan, "", words)) for words in catalogues.values())
    return min(_longest(plan, name, can) for name, can in channels.items()) - around


def _longest(plan: Plan, name: str, can: Capabilities) -> int:
    return can.max_photo if can.max_photo and photo_for(plan, name) else can.max_text


def office_names(agreed: str, places: Iterable[Place], catalogues: Mapping[str, Words]) -> dict[str, str]:
    """Who sends it, per language: the office that was agreed with the person, else the committees of the communes."""
    named = tuple(places)
    if agreed:
        return {"vi": agreed}
    if not named:
        return {lang: words.say("the Loa Bản administrators of Điện Biên") for lang, words in catalogues.items()}
    return {
        lang: words.say(
            "the People's Committee of {places}", places=words.join(tuple(words.place(p.kind, p.name) for p in named))
        )
        for lang, words in catalogues.items()
    }
