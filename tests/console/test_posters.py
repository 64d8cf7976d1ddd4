"""*In*: what `loaban poster` makes, for one's own communes."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.root import cli
from bot.engine import Engine
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import BUNG_LAO, MUONG_ANG, usual
from tests.console.house import ConsoleHouse, console_house

WAYS = {"web_url": "https://hoi.example.vn", "zalo_url": "https://zalo.me/123456", "telegram_name": "loaban_bot"}


@pytest.fixture
async def town(engine: Engine, store: SqliteStore, database: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_house(engine, store, usual(console_listen="127.0.0.1:8082", db=database, **WAYS)) as opened:
        yield opened


@pytest.mark.parametrize("lang", ["vi", "en"])
async def test_it_is_what_the_command_makes(town: ConsoleHouse, cache: Path, lang: str) -> None:
    browser = await town.signed_in(town.staff("officer", BUNG_LAO))
    page = await browser.open("/in")
    (link,) = [link for link in page.links if link.endswith(f"tieng={lang}")]
    answer = await browser.get(link)
    environment = {f"LOABAN_{name.upper()}": value for name, value in WAYS.items()}
    command = CliRunner().invoke(
        cli, ["poster", "--place", BUNG_LAO], env={**environment, "LOABAN_LANG": lang, "LOABAN_CACHE": str(cache)}
    )
    assert answer.text.strip() == command.output.strip()


async def test_its_own_style_is_allowed_and_nothing_else(town: ConsoleHouse) -> None:
    answer = await (await town.signed_in(town.staff("admin"))).get(f"/in/{BUNG_LAO}")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert " style=" not in answer.text


async def test_officers_have_those_of_their_communes_and_administrators_all(town: ConsoleHouse) -> None:
    page = await (await town.signed_in(town.staff("officer", BUNG_LAO, MUONG_ANG))).open("/in")
    assert {link[4:9] for link in page.links if link.startswith("/in/")} == {BUNG_LAO, MUONG_ANG}
    page = await (await town.signed_in(town.staff("admin"))).open("/in")
    assert len({link[4:9] for link in page.links if link.startswith("/in/")}) == 45


@pytest.mark.parametrize("place", ["99999", "..%2f", "%00", "-x", "033011"])
async def test_a_commune_that_is_none_has_none(town: ConsoleHouse, place: str) -> None:
    assert (await (await town.signed_in(town.staff("owner"))).get(f"/in/{place}")).status_code == 404


async def test_where_nothing_is_set_up_it_says_what_is_missing(house: ConsoleHouse) -> None:
    browser = await house.signed_in(house.staff("admin"))
    page = await browser.open("/in")
    assert "LOABAN_WEB_URL" in page.words
    assert not [link for link in page.links if link.startswith("/in/")]
    assert (await browser.get(f"/in/{BUNG_LAO}")).status_code == 409
