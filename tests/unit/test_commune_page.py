"""A commune's name alone leads to what is known of that commune, and to nothing that has to do with others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.dialogue import PersonContext, respond
from bot.dialogue.commune_page import TOLD
from bot.engine import Engine
from bot.model import Address, Incoming, Session, Turn
from bot.model.well_known import PLACE
from bot.text.folding import fold

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ANNA = Address("telegram", "1")
FORMS = (
    "{}",
    "xã {}",
    "ở {}",
    "em ở {}",
    "em ở xã {} ạ",
    "tôi là người {}",
    "nhà em ở {}",
    "ở đây {}",
    "tôi ở bên {} cơ",
    "{} cũ",
)


def written(engine: Engine, text: str, session: Session | None = None, *, people: bool = True) -> Turn:
    session = session or Session(ANNA, lang="vi", greeted=True)
    return respond(Incoming("1", ANNA, text, NOW), session, engine, PersonContext(people=people))


def choices(turn: Turn) -> list[str]:
    return [button.choice for button in turn.replies[-1].buttons]


def is_page(turn: Turn) -> bool:
    return turn.outcome is not None and (turn.outcome.kind, turn.outcome.intent) == ("answer", PLACE)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("plain", [False, True])
def test_every_commune_of_today_and_every_old_one_has_a_page(engine: Engine, form: str, plain: bool) -> None:
    places = engine.knowledge.places
    names = {place.name for place in places} | {unit.name for place in places for unit in place.formed_from}
    assert len(places) == 45
    for name in sorted(names):
        text = form.format(fold(name) if plain else name)
        turn = written(engine, text)
        assert is_page(turn), (text, turn.replies)
        several = all(choice.startswith("place:") for choice in choices(turn))
        assert several or turn.session.place is not None, text


def test_a_page_tells_of_that_commune_and_leads_to_its_announcements_and_officers(engine: Engine) -> None:
    for place in engine.knowledge.places:
        turn = respond(
            Incoming("1", ANNA, "", NOW, choice=f"place:{place.code}"),
            Session(ANNA, lang="vi", greeted=True),
            engine,
            PersonContext(people=True),
        )
        assert place.name in turn.replies[-1].text
        assert all(unit.name in turn.replies[-1].text for unit in place.formed_from)
        *told, announcements, person = choices(turn)
        assert (announcements, person) == (f"subscribe:{place.code}", f"person:{place.code}")
        assert len(told) <= TOLD
        names = {place.name, *(unit.name for unit in place.formed_from)}
        for choice in told:
            intent = engine.knowledge.intents[choice.removeprefix("intent:")]
            facts = [engine.knowledge.facts[name] for name in intent.facts]
            texts = [
                intent.short["vi"],
                intent.more.get("vi", ""),
                *(fact.text.get("vi", "") for fact in facts),
                *(str(fact.items) for fact in facts),
            ]
            assert any(name in text for name in names for text in texts), (place.name, intent.id)
        assert turn.session.place == place.code


def test_without_officers_none_are_offered(engine: Engine) -> None:
    assert not [choice for choice in choices(written(engine, "Búng Lao", people=False)) if choice.startswith("person")]


def test_an_old_name_that_another_commune_has_today_tells_of_that_one(engine: Engine) -> None:
    mentions = engine.knowledge.mentions
    by_name = {place.name: place.code for place in engine.knowledge.places}
    assert "training-courses" in mentions[by_name["Mường Thanh"]]
    assert "training-courses" not in mentions[by_name["Điện Biên Phủ"]]
    assert "livelihood-coffee" in mentions[by_name["Quài Tở"]]  # of its former commune, Tỏa Tình


def test_a_name_with_a_slip_of_a_letter_is_understood(engine: Engine) -> None:
    assert is_page(written(engine, "em ở Mường Phăngg"))


@pytest.mark.parametrize(
    "text",
    ["Búng Lao trồng cà phê thế nào", "nuôi dê ở Si Pa Phìn", "vay vốn ở Mường Ảng", "cứu với nhà em ở Búng Lao bị lũ cuốn"],
)
def test_a_question_that_names_a_commune_is_no_name_alone(engine: Engine, text: str) -> None:
    assert not is_page(written(engine, text))


def test_the_commune_that_was_named_is_where_a_question_is_passed_on_to(engine: Engine) -> None:
    here = written(engine, "em ở Búng Lao")
    person = next(choice for choice in choices(here) if choice.startswith("person:"))
    asked = respond(Incoming("2", ANNA, "", NOW, choice=person), here.session, engine, PersonContext(people=True))
    after = written(engine, "bao giờ xã làm đường vào bản em", asked.session)
    assert "xã Búng Lao" in after.replies[-1].text
