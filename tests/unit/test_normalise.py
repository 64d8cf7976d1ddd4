"""Messages as they are typed on a phone are read as the words that were meant."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine import Engine
from bot.matching.gluing import syllables
from bot.matching.keys import decode_keys, is_syllable
from bot.matching.normalise import MAX_REPAIRS, MAX_TOKENS, Filler, Normaliser, abbreviation_table, folded_words
from bot.text.folding import fold

ABBREVIATIONS = {"nhcs": "ngân hàng chính sách", "đc": "được", "dc": "được", "ko": "không", "tr": "triệu"}


def normaliser(known: Mapping[str, int], pairs: Mapping[tuple[str, str], int] | None = None) -> Normaliser:
    return Normaliser(
        known,
        lambda first, second: (pairs or {}).get((first, second), 0),
        abbreviation_table(ABBREVIATIONS),
        Filler(["ạ", "cho em hỏi", "please"]),
    )


KNOWN = dict.fromkeys(
    fold("vay von hoc nghe lam nha muon duoc khong bao nhieu tien nuoc ngoai loan house training cho em hoi a please").split(),
    5,
)


def read(text: str) -> str:
    return " ".join(normaliser(KNOWN).normalise(text).words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tooi muoons vay voons", "toi muon vay von"),
        ("muoons hocj ngheef", "muon hoc nghe"),
        ("dduwowcj bao nhieeu tieenf", "duoc bao nhieu tien"),
        ("nuwowcs ngoaif khoong", "nuoc ngoai khong"),
    ],
)
def test_raw_telex_keys_are_read_as_the_letters_they_make(typed: str, meant: str) -> None:
    assert read(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"), [("mu6o1n vay vo61n", "muon vay von"), ("d9u7o7c5 bao nhie6u tie62n", "duoc bao nhieu tien")]
)
def test_raw_vni_keys_are_read_as_the_letters_they_make(typed: str, meant: str) -> None:
    assert read(typed) == meant


@pytest.mark.parametrize(
    ("keys", "typed", "plain"),
    [
        ("telex", "nuwowcs", "nuoc"),
        ("telex", "ddieenj", "dien"),
        ("telex", "hoojp", "hop"),
        ("vni", "d9u7o7c5", "duoc"),
        ("vni", "2025", "2025"),
        ("telex", "loan", "loan"),
        ("telex", "vay", "vay"),
    ],
)
def test_keys_decode_to_plain_letters(keys: str, typed: str, plain: str) -> None:
    assert decode_keys(typed, keys) == plain


def test_an_abbreviation_is_written_out() -> None:
    found = normaliser(KNOWN).normalise("vay nhcs đc ko")
    assert found.words == ("vay", "ngan", "hang", "chinh", "sach", "duoc", "khong")
    assert [(repair.typed, repair.kind) for repair in found.repairs] == [
        ("nhcs", "abbreviation"),
        ("đc", "abbreviation"),
        ("ko", "abbreviation"),
    ]


def test_lost_spaces_come_back() -> None:
    assert read("muonvayvon") == "muon vay von"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cứu tôi vớiii", "cứu tôi với"),
        ("cứu tôi vớii", "cứu tôi với"),
        ("cuuuu toiiii voiiii", "cứu tôi với"),
        ("CỨUUUU TÔI", "cứu tôi"),
        ("cảm ơnnn", "cảm ơn"),
        ("camonnn", "cảm ơn"),
        ("được khoooong", "được không"),
        ("được kooo", "được không"),
        ("helppp meee", "help me"),
        ("toois bij ddanhssss", "toois bij ddanhs"),
        ("vùng III", "vùng iii"),
    ],
)
def test_letters_held_down_are_one_letter(engine: Engine, typed: str, meant: str) -> None:
    assert engine.matcher.explain(typed).words == engine.matcher.explain(meant).words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vốn ởđâu", "vốn ở đâu"),
        ("vốnởđâu", "vốn ở đâu"),
        ("von odau", "vốn ở đâu"),
        ("vayvonodau", "vay vốn ở đâu"),
        ("cứutôi", "cứu tôi"),
        ("cuutoivoi", "cứu tôi với"),
        ("cứutôivớiii", "cứu tôi với"),
        ("helpme", "help me"),
        ("họcnghềở đâu", "học nghề ở đâu"),
        ("hỏiai", "hỏi ai"),
        ("gặpaiạ", "gặp ai"),
        ("ýkiến", "ý kiến"),
        ("vay được khôngạ", "vay được không"),
        ("emơi", "em ơi"),
        ("nướclên", "nước lên"),
        ("xuấtkhẩulaođộng", "xuất khẩu lao động"),
        ("vay đượckhông", "vay được không"),
    ],
)
def test_words_written_together_are_read_as_those_words(engine: Engine, typed: str, meant: str) -> None:
    assert engine.matcher.explain(typed).words == engine.matcher.explain(meant).words


@pytest.mark.parametrize("word", ["loan", "coffee", "football", "machine", "hahahaha"])
def test_one_word_is_not_taken_apart(engine: Engine, word: str) -> None:
    assert engine.matcher.explain(word).words == (word,)


def test_what_may_be_several_words_is_never_mended_into_a_refused_topic() -> None:
    known, foreign = KNOWN | {"bitcoin": 5, "lototo": 5}, {"bitcoin", "lototo"}
    reader = Normaliser(known, lambda first, second: 0, {}, Filler([]), foreign)
    assert reader.normalise("lototi").words == ("lototi",)
    assert reader.normalise("bitcoinn").words == ("bitcoin",)
    assert Normaliser(known, lambda first, second: 0, {}, Filler([])).normalise("lototi").words == ("lototo",)


@pytest.mark.parametrize(("word", "count"), [("vay", 1), ("vayvon", 2), ("odau", 2), ("loan", 1), ("lototi", 3), ("street", 0)])
def test_the_syllables_of_a_word_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_slip_of_the_finger_is_read_as_the_nearest_word() -> None:
    found = normaliser(KNOWN).normalise("hovc ngge")
    assert found.words == ("hoc", "nghe")
    assert {repair.kind for repair in found.repairs} == {"spelling"}


def test_of_two_words_equally_near_the_one_that_goes_with_its_neighbours_is_read() -> None:
    known = {"vay": 5, "von": 5, "voi": 50, "mua": 5}
    pairs = {("vay", "von"): 9}
    assert normaliser(known, pairs).normalise("vay vob").words == ("vay", "von")
    assert normaliser(known, {("vay", "voi"): 9}).normalise("vay vob").words == ("vay", "voi")


def test_a_word_that_is_known_is_never_touched() -> None:
    found = normaliser(KNOWN | {"vai": 1}).normalise("vai house loan")
    assert found.words == ("vai", "house", "loan")
    assert found.repairs == ()


def test_a_word_that_is_like_none_stays_as_it_is() -> None:
    assert read("photosynthesis") == "photosynthesis"


@pytest.mark.parametrize(
    "question", ["how much can I borrow", "vocational training for my son", "is there support for a house"]
)
def test_english_questions_are_read_as_they_are_written(engine: Engine, question: str) -> None:
    assert [repair for repair in engine.matcher.explain(question).repairs if repair.kind in ("telex", "vni", "spaces")] == []


def test_english_beside_telex_keeps_its_letters() -> None:
    assert read("loan house training") == "loan house training"


def test_years_stay_and_all_other_numbers_read_alike() -> None:
    assert read("vay 50 2025") == "vay 0 2025"
    assert read("vay 50000000") == read("vay 7") == "vay 0"


def test_an_amount_reads_alike_with_its_unit_apart_or_glued_on() -> None:
    assert read("vay 100tr") == read("vay 50tr") == read("vay 100 triệu") == "vay 0 trieu"


def test_an_apostrophe_splits_no_word() -> None:
    assert folded_words("người H'Mông, don't", {}) == ["nguoi", "hmong", "dont"]


def test_polite_words_are_left_out() -> None:
    assert read("cho em hỏi vay vốn ạ") == "vay von"


def test_a_message_of_polite_words_alone_is_kept() -> None:
    assert read("cho em hỏi ạ") == "cho em hoi a"


def test_a_long_message_is_read_at_its_start_and_at_its_end() -> None:
    found = normaliser(KNOWN).normalise("vay " + "chuyen " * 5000 + "nghe")
    assert len(found.words) <= MAX_TOKENS
    assert (found.words[0], found.words[-1]) == ("vay", "nghe")


def test_a_message_that_is_no_language_is_not_mended_for_ever() -> None:
    assert len(normaliser(KNOWN).normalise("vayy " * 100).repairs) == MAX_REPAIRS


@given(st.text(st.characters(exclude_categories=()), max_size=300))
def test_anything_typed_is_read_without_an_error_and_the_same_each_time(text: str) -> None:
    first, second = normaliser(KNOWN).normalise(text), normaliser(KNOWN).normalise(text)
    assert first == second
    assert all(word == word.lower() and " " not in word for word in first.words)


@given(st.lists(st.sampled_from(sorted(KNOWN.keys() - {"cho", "em", "hoi", "a", "please"})), min_size=1, max_size=12))
def test_known_words_are_read_as_they_are_typed(words: list[str]) -> None:
    found = normaliser(KNOWN).normalise(" ".join(words))
    assert found.words == tuple(words)
    assert found.repairs == ()


@pytest.mark.parametrize("word", ["nghieng", "truong", "a", "qua", "gi", "oanh"])
def test_a_vietnamese_syllable_is_recognised(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["loans", "street", "w", "", "ngk", "vayvon"])
def test_what_is_no_syllable_is_not_taken_for_one(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tooi muoons vay voons nuooi bof", "tôi muốn vay vốn nuôi bò"),
        ("to6i muo61n vay vo61n nuo6i bo2", "tôi muốn vay vốn nuôi bò"),
        ("muon vayvon nuoi bo", "muốn vay vốn nuôi bò"),
        ("muốn học nghề ko mất tiền", "muốn học nghề không mất tiền"),
        ("xklđ nhật bản", "xuất khẩu lao động nhật bản"),
    ],
)
def test_the_real_vocabulary_reads_a_phone_like_a_person_does(engine: Engine, typed: str, meant: str) -> None:
    assert " ".join(engine.matcher.explain(typed).words) == " ".join(engine.matcher.explain(meant).words)
    assert fold(engine.matcher.match(typed)[0].example) == fold(engine.matcher.match(meant)[0].example)
