"""Which commune somebody means by a name: the same in a chat, in a file and on the command line."""

from __future__ import annotations

import pytest

from bot.announcements.place_names import nearest_places, read_place
from bot.engine import Engine

BUNG_LAO, MUONG_ANG, XA_DUNG, SANG_NHE = "03301", "03256", "03208", "03244"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Búng Lao", BUNG_LAO),
        ("bung lao", BUNG_LAO),
        ("xã Búng Lao", BUNG_LAO),
        ("Bung Lao commune", BUNG_LAO),
        ("xã Ẳng Tở cũ", BUNG_LAO),
        ("former Ang To", BUNG_LAO),
        ("Ẳng Tở, huyện Mường Ảng, tỉnh Điện Biên", BUNG_LAO),
        ("Ẳng Tở huyện Mường Ảng", BUNG_LAO),
        ("Mường Ảng huyện Mường Ảng", MUONG_ANG),
        ("Xa Dung", XA_DUNG),
        ("xã Xa Dung", XA_DUNG),
        ("Xá Nhè", SANG_NHE),
    ],
)
def test_a_commune_is_read_with_all_that_people_write_beside_its_name(engine: Engine, text: str, code: str) -> None:
    reading = read_place(text, engine.gazetteer)
    assert (reading.kind, reading.codes) == ("commune", (code,))


@pytest.mark.parametrize(
    ("right", "alike"),
    [
        ("Na Sang", "Nа Sаng"),
        ("Mường Đăng", "Mường Ðăng"),
        ("xã Mường Đăng", "xã Mường Ɖăng"),
        ("Búng Lao", "Ｂúng Ｌao"),
        ("Tủa Chùa", "Тủа Сhùа"),
    ],
)
def test_a_name_of_letters_that_look_alike_is_the_same_place(engine: Engine, right: str, alike: str) -> None:
    assert engine.gazetteer.find(alike, misspelt=False) == engine.gazetteer.find(right, misspelt=False) != ()


@pytest.mark.parametrize(
    ("text", "code"), [("Búng Lap", BUNG_LAO), ("xã Bung La", BUNG_LAO), ("ha Dung", XA_DUNG), ("Xoá Nhè", SANG_NHE)]
)
def test_a_wrong_letter_is_told_from_a_name(engine: Engine, text: str, code: str) -> None:
    reading = read_place(text, engine.gazetteer)
    assert (reading.kind, reading.codes) == ("slip", (code,))


@pytest.mark.parametrize(
    "text",
    ["huyện Mường Ảng", "Mường Ảng district", "thị xã Mường Ảng", "cả huyện Mường Ảng", "huyện Mường Ảng, tỉnh Điện Biên"],
)
def test_a_district_is_not_taken_for_the_commune_of_its_name(engine: Engine, text: str) -> None:
    reading = read_place(text, engine.gazetteer)
    assert (reading.kind, reading.name) == ("district", "Mường Ảng")
    assert {BUNG_LAO, MUONG_ANG} <= set(reading.codes)


@pytest.mark.parametrize("text", ["", "Hà Nội", "Búng Lao Mường Ảng", "Búng Lao nhé", "03301", "Búng Lao, Mường Ảng"])
def test_what_is_not_one_name_is_unknown(engine: Engine, text: str) -> None:
    assert read_place(text, engine.gazetteer).kind == "unknown"


def test_a_name_of_two_places_has_two_readings_and_one_where_only_one_is_allowed(engine: Engine) -> None:
    reading = read_place("Mường Thanh", engine.gazetteer)
    assert (reading.kind, len(reading.codes)) == ("commune", len(reading.found))
    assert len(reading.codes) > 1
    first = reading.codes[0]
    assert reading.where(lambda code: code == first).codes == (first,)
    assert reading.where(lambda _: False).kind == "commune"


def test_what_may_have_been_meant_is_offered_without_the_district_behind_it(engine: Engine) -> None:
    near = nearest_places("Búng Lạo Lao, huyện Mường Ảng", engine.gazetteer, 3)
    assert near[0].place.code == BUNG_LAO
