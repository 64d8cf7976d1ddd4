"""What goes over the line: no page is larger than 60 KB, however much there is to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.model import Address, AuditEntry, CaseMessage
from bot.stores.sqlite.store import SqliteStore
from bot.web.console.pages.cases import ALL_OPEN
from tests.a_year import fill
from tests.at_the_desk import BUNG_LAO
from tests.console.house import ConsoleHouse
from tests.console.test_who_may_what import ENDLESS, ROUTES, path_of

LARGEST = 60_000  # bytes, compressed
LONG = "Tôi hỏi việc hộ nghèo, năm nay nhà tôi đông người, ruộng ít, không biết được giúp những gì. " * 5
MORE = ("/so-lieu?tat-ca=1", "/so-lieu?thang=2026-11", "/viec/500")


async def test_every_page_is_small_when_there_is_much_to_show(house: ConsoleHouse) -> None:
    owner, knowledge = house.staff("owner"), house.parts.desk().engine.knowledge
    assert isinstance(house.store, SqliteStore)
    places = [place.code for place in knowledge.places]
    fill(house.store, list(knowledge.intents), places, a_day=12, announced=2, people=20)
    with house.store.writing() as transaction:
        for number in range(ALL_OPEN):
            resident = Address("telegram", f"r{number}")
            case = transaction.open_case(
                resident, places[number % 45], "poverty", "vi", f"{number} {LONG}", house.now, house.now
            )
            transaction.save_case(replace(case, state=("waiting", "owned", "closed")[number % 3], owner=owner))
            transaction.note(AuditEntry(house.now, owner, "case taken", f"case {case.number}", BUNG_LAO))
        for _ in range(60):
            transaction.add_message(ALL_OPEN, CaseMessage(None, LONG, house.now))
        for number in range(60):
            transaction.add_staff("officer", tuple(places[number % 45 :]), "", Address("telegram", f"o{number}"), house.now)
    house.proposal(house.staff("admin"))
    house.now += timedelta(days=1000)  # then all content is past its review day
    browser = await house.signed_in(owner)
    pages = [path_of(one) for one in ROUTES.values() if one.method == "GET" and one.name not in ENDLESS]
    sizes = {}
    for path in (*pages, *MORE):
        request = house.client.build_request("GET", path, headers={**browser._headers(), "accept-encoding": "gzip"})
        answer = await house.client.send(request, stream=True)
        assert answer.status_code in (200, 303, 409), path  # without a draft there is nothing to confirm
        sizes[path] = len(b"".join([chunk async for chunk in answer.aiter_raw()]))
    assert {path: size for path, size in sizes.items() if size > LARGEST} == {}
    assert max(sizes.values()) > 3_000, "there was something to show"
