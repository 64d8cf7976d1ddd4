"""What holds a conversation: needs and follow-ups by their words, what the content must hold, and who gets out of it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.authoring.talks import Talk
from bot.engine import Engine
from bot.engine.emergencies import Cues, Emergencies
from bot.errors import ContentError
from bot.knowledge.load import load_knowledge
from bot.model import Emergency, FollowUp, Need

FLOOD = Need(("nước lên", "nước dâng to"), {"vi": "Gọi 112"}, {"number": {"vi": "Lũ: 112"}})
FIRE = Need(("cháy nhà",), {"vi": "Gọi 114"}, {})
NUMBER = FollowUp(("gọi số nào", "số nào"), {"vi": "112 hoặc 114"})
OVER = FollowUp(("xong",), {"vi": "Mừng quá"})
BEATEN = Emergency(True, {"beaten": Need(("đánh em", "gọi số nào"), {"vi": "Gọi 113"}, {})}, {})
DANGER = Emergencies.of(
    {"danger": Emergency(True, {"flood": FLOOD, "fire": FIRE}, {"number": NUMBER, "over": OVER}), "beaten": BEATEN}
)

FILE = """\
emergencies:
  loan-amount:
    holds: conversation
    needs:
      flood:
        answer: {vi: Gọi người., en: Call somebody.}
        cues: {vi: [nước lên]}
    follow_ups:
      number:
        answer: {vi: Số đây., en: The number.}
        cues: {vi: [số nào]}
"""


def test_a_need_is_told_by_the_longest_of_its_phrases_anywhere_in_the_message() -> None:
    cues = Cues({"short": ["nước lên"], "long": ["nước lên đến mái"]})
    assert cues.found("oi nuoc len den mai roi") == "long"
    assert cues.found("nước lên rồi") == "short"
    assert cues.found("len nuoc") is None


def test_a_follow_up_of_one_word_counts_only_where_it_is_the_whole_message() -> None:
    assert DANGER.follow_up("danger", "xong") == "over"
    assert DANGER.follow_up("danger", "chưa xong") is None
    assert DANGER.follow_up("danger", "the goi so nao a") == "number"


def test_what_only_asks_on_in_the_one_danger_tells_no_other() -> None:
    asked = "gọi số nào"
    assert DANGER.need("beaten", asked) == "beaten"
    assert DANGER.other_need("beaten", asked, inside="danger") is None
    assert DANGER.other_need("beaten", "nó đánh em, gọi số nào", inside="danger") == "beaten"


def test_a_follow_up_is_answered_as_its_need_says_and_else_as_all_are() -> None:
    assert DANGER.answer("danger", "flood", "number", "vi") == "Lũ: 112"
    assert DANGER.answer("danger", "fire", "number", "vi") == "112 hoặc 114"
    assert DANGER.answer("danger", "fire", None, "vi") == "Gọi 114"
    assert DANGER.answer("danger", "fire", None, "en") is None
    assert DANGER.answer("danger", "fire", "where", "vi") is None


def test_what_is_no_emergency_has_no_need_and_no_answer() -> None:
    assert DANGER.need("loan", "nước lên") is None
    assert DANGER.follow_up("loan", "xong") is None
    assert DANGER.answer("loan", None, None, "vi") is None


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("  loan-amount:", "  loan-amunt:", 2),
        ("{vi: Gọi người., en: Call somebody.}", "{vi: Gọi người.}", 6),
        ("vi: Số đây.,", 'vi: "Gọi {no-such-fact}.",', 10),
        ("vi: Gọi người.,", f"vi: {'Gọi người ' * 40},", 6),
    ],
    ids=["an intent that does not exist", "a language left out", "a fact that does not exist", "longer than a small screen"],
)
def test_what_would_leave_somebody_without_an_answer_is_refused(tiny_home: Path, old: str, new: str, line: int) -> None:
    path = tiny_home / "content/emergencies.yaml"
    path.write_text(FILE, "utf-8")
    assert load_knowledge(tiny_home, "vi").emergencies["loan-amount"].needs["flood"].answer["vi"] == "Gọi người."
    assert old in FILE
    path.write_text(FILE.replace(old, new), "utf-8")
    with pytest.raises(ContentError, match=rf"emergencies.yaml:{line}: "):
        load_knowledge(tiny_home, "vi")


def test_without_the_file_urgent_answers_have_no_follow_ups(tiny_home: Path) -> None:
    assert load_knowledge(tiny_home, "vi").emergencies == {}


def test_every_need_of_the_content_begins_with_whom_to_turn_to(engine: Engine) -> None:
    for name, emergency in engine.emergencies.known.items():
        for need in emergency.needs.values():
            assert len(need.answer["vi"].split("\n")[0]) <= 60, name
            assert need.cues


def first_lines(engine: Engine, *messages: str) -> list[str]:
    talk = Talk(engine, "danger")
    return [talk.turn(message).replies[-1].text.split("\n")[0] for message in messages]


def test_words_of_an_offered_question_are_meant_inside_the_emergency(engine: Engine) -> None:
    assert "112" in first_lines(engine, "nước lên", "gọi số nào")[-1]


def test_who_does_not_want_to_live_is_answered_so_inside_any_other_emergency(engine: Engine) -> None:
    assert "đừng ở một mình" in first_lines(engine, "chồng đánh em", "em muốn tự tử")[-1]
    assert "đừng ở một mình" in first_lines(engine, "nước lên", "em muốn tự tử")[-1]


@pytest.mark.parametrize(
    "said",
    [
        "nóng muốn chết",
        "trời nóng muốn chết mà điện lại cắt",
        "đi bộ mệt muốn chết",
        "mua chai thuốc sâu ở đâu",
    ],
)
def test_whoever_only_uses_the_words_does_not_want_to_die(engine: Engine, said: str) -> None:
    turn = Talk(engine, "heat").turn(said)
    assert turn.outcome is None or turn.outcome.intent != "emergency"


@pytest.mark.parametrize("asked", ["113", "113?", "115 112"])
def test_a_number_alone_is_meant_inside_the_emergency(engine: Engine, asked: str) -> None:
    talk = Talk(engine, "number")
    talk.turn("nước lên")
    turn = talk.turn(asked)
    assert turn.outcome is not None
    assert turn.outcome.intent == "emergency"


def test_an_emergency_is_over_when_help_is_there(engine: Engine) -> None:
    talk = Talk(engine, "over")
    for message in ("nước lên", "bộ đội đến rồi"):
        talk.turn(message)
    assert talk.session.emergency == ""


def test_half_an_hour_later_no_emergency_holds_the_conversation(engine: Engine) -> None:
    talk = Talk(engine, "later")
    talk.turn("nước lên")
    assert talk.session.emergency == "emergency/flood"
    talk.at += talk.at - talk.at.replace(hour=0)  # eight hours
    talk.turn("gọi số nào")
    assert not talk.session.emergency.startswith("emergency/flood")


@pytest.mark.parametrize(
    "text", ["cu tu tu da em", "tu tu roi tinh", "tu van giup em", "thoat ngheo co duoc tu van mien phi ko"]
)
def test_slowly_and_advice_without_accents_are_no_suicide(engine: Engine, text: str) -> None:
    assert engine.emergencies.told_alone(text) is None


@pytest.mark.parametrize("text", ["con tôi tự tử", "chị ấy tự vẫn rồi", "em muon tu tu", "hàng xóm tự sát"])
def test_suicide_is_told_by_its_words(engine: Engine, text: str) -> None:
    assert engine.emergencies.told_alone(text) == "emergency"


@pytest.mark.parametrize("text", ["bot t mún chết", "no nt bao k mun song nua", "buồn vl muốn nhảy lầu đây"])
def test_despair_is_understood_as_the_young_spell_it(engine: Engine, text: str) -> None:
    assert engine.emergencies.told_alone(text) == "emergency"
    assert engine.emergencies.need("emergency", text) == "suicide", "and answered as such"


@pytest.mark.parametrize("text", ["The hill behind our house moves.", "Chị ơi đồi sau bản em nứt dài lắm", "nut dat sau nha"])
def test_ground_that_moves_now_is_an_emergency_and_no_question_about_support(engine: Engine, text: str) -> None:
    assert engine.emergencies.told_alone(text) == "emergency"


@pytest.mark.parametrize("text", ["nhà nằm vùng nứt đất có được cấp đất khác không", "con em noi tru doi chet, co gao ko"])
def test_asking_to_be_moved_or_being_hungry_is_none(engine: Engine, text: str) -> None:
    assert engine.emergencies.told_alone(text) is None


@pytest.mark.parametrize("text", ["nuoc suoi len nhanh qua", "mưa to lắm, suối tràn rồi", "nuoc sap vao nha"])
def test_water_that_rises_gets_the_one_number_of_rescue(engine: Engine, text: str) -> None:
    assert "112" in first_lines(engine, "xin chào", text)[1]
    assert "113" not in first_lines(engine, "xin chào", text)[1]


def test_who_asks_something_calm_has_left_and_is_followed_there(engine: Engine) -> None:
    talk = Talk(engine, "1")
    talk.turn("chồng em đánh em")
    asked = talk.turn("hôm nay anh ấy hiền rồi, hỏi vay vốn nuôi gà").outcome
    assert asked is not None
    assert asked.candidates[0].intent.startswith("vbsp-")
    amount = talk.turn("lãi bao nhiêu").outcome
    assert amount is not None
    assert amount.candidates[0].intent == "vbsp-amount-interest", "no catch-all of the danger any more"
    assert "113" in talk.turn("gọi số nào").replies[0].text, "but what plainly asks on in it"


def test_words_that_only_begin_like_thanks_leave_no_danger(engine: Engine) -> None:
    talk = Talk(engine, "1")
    talk.turn("vợ bỏ đi rồi, chắc ăn nắm lá ngón cho xong")
    turn = talk.turn("nói thế thôi, ai cần mình nữa đâu")
    assert turn.session.in_danger
    assert "115" in turn.replies[0].text
    assert "Không có gì đâu" in talk.turn("cảm ơn nhé").replies[-1].text


@pytest.mark.parametrize(
    "text", ["alo cuu ban toi", "chao ban nha chay", "alo cứu con tôi với", "chào cán bộ, cứu bà con với"], ids=str
)
def test_a_cry_for_help_is_heard_behind_a_greeting(engine: Engine, text: str) -> None:
    turn = Talk(engine, "greeted").turn(text)
    assert turn.outcome is not None
    assert turn.outcome.intent == "emergency"


@pytest.mark.parametrize("text", ["alo alo", "alo có ai không", "xin chào cả nhà", "Alo ủy ban xã đấy phải không"], ids=str)
def test_a_mere_greeting_is_greeted(engine: Engine, text: str) -> None:
    turn = Talk(engine, "greeted").turn(text)
    assert turn.outcome is not None
    assert turn.outcome.intent in ("greeting", "who-are-you")


def test_who_says_what_it_is_about_points_at_no_danger_that_was_offered(engine: Engine) -> None:
    talk = Talk(engine, "pointing")
    offered = talk.turn("trâu nhà em ngã dốc gãy chân").replies[-1].buttons
    assert "intent:emergency" in [button.choice for button in offered]
    turn = talk.turn("cai the bao hiem mat roi")
    assert turn.outcome is not None
    assert turn.outcome.intent == "health-insurance-card"


def test_in_danger_the_number_comes_before_who_this_is_and_that_comes_with_the_next_calm_reply(engine: Engine) -> None:
    talk = Talk(engine, "first")
    told = talk.turn("cứu với, nước vào nhà rồi").replies
    assert told[0].text.startswith("Gọi ngay 112")
    assert not any("máy trả lời tự động" in reply.text for reply in told)
    assert "máy trả lời tự động" in talk.turn("cảm ơn nhé").replies[0].text


def test_who_speaks_of_a_calm_subject_is_not_held_in_a_danger_that_is_over(engine: Engine) -> None:
    talk = Talk(engine, "calm")
    assert talk.turn("nuoc vao nha roi").session.in_danger
    assert talk.turn("co 2 dua nho").session.in_danger
    asked = talk.turn("vay ho ngheo lai bao nhieu").outcome
    assert asked is not None
    assert asked.candidates[0].intent.startswith("vbsp-")


@pytest.mark.parametrize(
    "text",
    [
        "hồi tháng ba em ngã xe gãy tay, giờ muốn tìm việc nhẹ",
        "mưa năm ngoái sạt lở mất đường, giờ đi được chưa",
        "Chị tôi bị bán sang bên kia từ năm 2009, nay về rồi muốn học nghề",
        "xã báo diễn tập cứu nạn lũ quét thứ bảy",
        "my uncle had a motorbike accident years ago, any support for him",
    ],
    ids=str,
)
def test_what_is_long_over_or_only_a_drill_holds_no_conversation(engine: Engine, text: str) -> None:
    assert not Talk(engine, "then").turn(text).session.in_danger


@pytest.mark.parametrize(
    "text", ["năm ngoái em đã muốn chết, giờ lại nghĩ đến cái chết", "vợ bị bán năm ngoái vừa gọi về kêu cứu"], ids=str
)
def test_what_was_then_and_is_again_is_urgent(engine: Engine, text: str) -> None:
    assert Talk(engine, "again").turn(text).session.in_danger


@pytest.mark.parametrize(
    "text", ["trâu nhà em ngã dốc gãy chân", "dê ăn phải thuốc sâu nằm một chỗ", "bò nhà tôi đẻ khó"], ids=str
)
def test_an_animal_in_danger_is_first_a_matter_for_the_vet(engine: Engine, text: str) -> None:
    turn = Talk(engine, "vet").turn(text)
    assert turn.outcome is not None
    assert turn.outcome.candidates[0].intent == "livelihood-animal-disease"
    assert turn.session.emergency in ("", "livelihood-animal-disease/dead")


@pytest.mark.parametrize(
    "text", ["alo cap cuu, tai nan ngay cau treo", "bị chồng đuổi ra đường giữa đêm, bế con nhỏ, rét quá"], ids=str
)
def test_a_danger_that_was_taught_and_is_likely_is_answered_at_once(engine: Engine, text: str) -> None:
    assert Talk(engine, "taught").turn(text).session.in_danger
