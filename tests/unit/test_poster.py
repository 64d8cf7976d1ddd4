"""A poster leads to what is set up, for the commune it hangs in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import segno
from click.testing import CliRunner

from bot.authoring.poster import Way
from bot.cli.root import cli

URL, ZALO = "https://hoi.example.vn", "https://zalo.me/123456"
SET = {"LOABAN_WEB_URL": URL, "LOABAN_ZALO_URL": ZALO, "LOABAN_TELEGRAM_NAME": "loaban_bot"}
NOTHING = dict.fromkeys(SET, "")


@pytest.fixture(autouse=True)
def built(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setenv("LOABAN_CACHE", str(cache))


def poster(*arguments: str, **environment: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["poster", *arguments], env=NOTHING | environment)
    return done.exit_code, done.output


def squares(address: str) -> str:
    """The dark squares of a code, as its drawing names them."""
    found = re.search(r' d="([^"]+)"', segno.make(address, error="m", micro=False).svg_inline(border=0, omitsize=True))
    assert found is not None
    return found[1]


@pytest.mark.parametrize(("lang", "words"), [("vi", "Hỏi Loa Bản"), ("en", "Ask Loa Bản")])
def test_it_leads_to_the_page_with_the_commune_to_zalo_and_to_telegram(lang: str, words: str, tmp_path: Path) -> None:
    code, html = poster("--place", "bung lao", LOABAN_LANG=lang, **SET)
    assert code == 0
    assert words in html
    assert "Búng Lao" in html
    for address in (f"{URL}/?x=03301", ZALO, "https://t.me/loaban_bot"):
        assert squares(address) in html
    assert "hoi.example.vn" in html
    assert "113" in html
    file = tmp_path / "to.html"
    assert poster("--place", "03301", "--output", str(file), LOABAN_LANG=lang, **SET)[0] == 0
    assert file.read_text("utf-8").strip() == html.strip()


def test_it_shows_only_what_there_is_and_loads_nothing() -> None:
    code, html = poster("--place", "bung lao", LOABAN_WEB_URL=URL)
    assert (code, html.count("<svg")) == (0, 1)
    assert not re.findall(r"(?:src|href|url\()", html.replace('xmlns="http://www.w3.org/2000/svg"', ""))


@pytest.mark.parametrize(
    ("place", "environment", "said"),
    [
        ("bung lao", {}, "LOABAN_WEB_URL"),
        ("khong co xa nay", SET, "khong co xa nay"),
        ("huyen muong ang", SET, "không còn cấp huyện"),
    ],
)
def test_what_leads_nowhere_is_said_in_a_sentence(place: str, environment: dict[str, str], said: str) -> None:
    code, output = poster("--place", place, **environment)
    assert code == 1
    assert said in output


def test_an_address_is_shown_as_somebody_types_it() -> None:
    assert Way("x", "y", "https://hoi.example.vn/?x=1").shown == "hoi.example.vn"
