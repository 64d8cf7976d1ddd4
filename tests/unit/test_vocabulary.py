"""Words that people type stand in content/vocabulary.yaml: what was ever understood still is, and more can be added there.

The lists below are those that once stood in the code. Whoever takes one of these phrases out of the content takes it away from
somebody who writes so; then it is to be taken out here as well, on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cases.commands import CaseCommand, case_command
from bot.desk.staff_commands import words_in
from bot.dialogue import code_in
from bot.dialogue.choices import picked, typed_number
from bot.dialogue.feedback import typed as verdict_in
from bot.dialogue.handoff import refuse as nothing_passed_on
from bot.dialogue.handoff import typed as passing_on
from bot.dialogue.handoff import wants_to_end
from bot.dialogue.person_context import UNKNOWN
from bot.dialogue.subscribing import refuse as no_announcements
from bot.dialogue.subscribing import typed as subscribing
from bot.engine import Engine, Lexicon, build_engine
from bot.knowledge import schema
from bot.model import Address, Button, Session, Vocabulary
from bot.settings import Settings
from bot.text.folding import fold, strip_accents

VOCABULARY = "content/vocabulary.yaml"
BUNG_LAO = "03301"
SESSION = Session(Address("t", "1"), lang="vi", greeted=True, question="nhà tôi dột")


def every(phrases: str) -> list[str]:
    """The phrases with commas between them, as they stand and typed without accents, in capitals, with a sign behind."""
    listed = [phrase.strip() for phrase in phrases.split(",")]
    return [form for phrase in listed for form in (phrase, strip_accents(phrase), phrase.upper(), f"{phrase}.")]


# --- what was understood while it stood in the code -------------------------------------------------------------------

ENDS = (
    "kết thúc, kết thúc ạ, kết thúc trò chuyện, kết thúc nhé, kết thúc quay lại loa bản, quay lại loa bản, quay lại, "
    "gặp loa bản, hỏi loa bản, hỏi máy, thôi nhé, không cần nữa, end, end it, end chat, end back to loa bản, "
    "back to the bot, back to loa bản, back"
)
NOT_PASSED_ON = (
    "không, không ạ, dạ không, ko, k, hông, thôi, thôi ạ, thôi không, không gửi, đừng gửi, không chuyển, đừng chuyển, "
    "không cần, không cần đâu, không đồng ý, để sau, hủy, hủy bỏ, no, no thanks, nope, cancel, not now, later, do not, don't"
)
PASSED_ON = (
    "gửi đi, gửi nhé, gửi giúp, gửi giúp tôi, gửi giúp em, gửi cho cán bộ, chuyển đi, chuyển nhé, chuyển giúp, "
    "chuyển giúp tôi, chuyển giúp em, chuyển hộ, nhờ chuyển, nhờ chuyển giúp, có chuyển đi, được chuyển đi, "
    "chuyển cho cán bộ, send it, pass it on, yes pass it on, please do, go ahead"
)
NOT_SUBSCRIBED = (
    "không, không ạ, dạ không, ko, k, hông, thôi, thôi ạ, thôi không, không đồng ý, tôi không đồng ý, em không đồng ý, "
    "cháu không đồng ý, chưa đồng ý, không cần, không nhận, không muốn, để sau, hủy, hủy bỏ, no, nope, "
    "no thanks, no thank you, i do not agree, i don't agree, not now, later, cancel"
)
SUBSCRIPTION_ENDED = "hủy, hủy bỏ, bỏ, không nhận, tắt, tắt đi, thôi nhận, cancel"
EVERYTHING = (
    "tất cả, tất cả các mục, tất cả các tin, hết, hết các mục, mọi thứ, mọi mục, mọi tin, gì cũng được, mục nào cũng được, "
    "tin gì cũng nhận, all, all of them, all topics, everything"
)
GOOD = "đúng, đúng rồi, đúng ạ, đúng ý, đúng ý rồi, chuẩn, chuẩn rồi, rồi, right, correct, that's right, good, yes, helpful"
BAD = (
    "sai, sai rồi, sai ạ, chưa, chưa đúng, chưa đúng ý, chưa phải, không, không ạ, không đúng, không đúng ý, không phải, ko, "
    "k, wrong, no, not right, not correct, not what i meant, that's wrong, not helpful"
)
CASE_WORDS = {
    "take": "nhan, nhan viec, nhan nhe, nhan a, em nhan, toi nhan, minh nhan, de em nhan, de toi nhan, take",
    "close": "xong, xong viec, da xong, done, close",
    "return": "tra, tra lai, tra viec, return",
    "show": "xem, xem viec, show",
    "mute": "tat bao, tat bao viec, tat viec, mute",
    "unmute": "bat bao, bat bao viec, bat lai viec, unmute",
}
STAFF_WORDS = {
    "announce": "thông báo mới, soạn thông báo, viết thông báo, gửi thông báo, new announcement",
    "announcements": "danh sách thông báo, các thông báo, list of announcements",
    "cases": "các việc, danh sách việc, việc đang chờ, open cases",
    "cancel": "hủy, huỷ, bỏ, hủy thông báo, huỷ thông báo, cancel",
}
BEFORE_A_NUMBER = "so, cau, y, cai, muc, chon, toi, em, chau, the, number, no, option, choice"
AFTER_A_NUMBER = "one, nhe, nha, a, di"
BESIDE_NUMBERS = "và, với, cả, and, số, mục, câu, ý, chọn, tôi, em, cháu, cho, the, number, numbers, topic, topics, nhé, nha, ạ"
BETWEEN = "và, va, với, voi, cùng, cung, and"
BESIDE_A_NAME = "xã, phường, thị, trấn, cũ, mới, ạ, nhé, commune, ward, town, the, old, former"
BESIDE_A_HOME = (
    "xã, phường, thị, trấn, bản, cũ, mới, ạ, nhé, ở, tại, là, thuộc, tôi, em, mình, cháu, con, nhà, commune, ward, town, "
    "village, the, old, former, i, live, in, at, my, is, it, am, from"
)
CODE_NAMES = "ma, code"
ASKING_ABOUT_A_CODE = "kiểm, tra, check, verify, xác, minh, thật, giả, real, genuine, fake, true, false"
BESIDE_A_CODE = (
    "số của thông báo tin nhắn này có không ko k phải đúng hay là giúp cho em tôi cháu mình anh chị với nhé nha ạ dạ vâng "
    "xem được gửi vừa mới thấy loa bản xã xin chào ad ơi hỏi lại is this the that an announcement message please hi hello "
    "it me for can you i got a of from commune or not"
)
EVERYWHERE = "cả tỉnh, toàn tỉnh, toàn tỉnh Điện Biên, whole province, the whole province, everywhere"
ALL_PLACES = "tất cả, tất cả các xã, all, all of them"
EVERYBODY = "tất cả, mọi người, tất cả mọi người, everybody, everyone, all"

CONSENT = (Button("Tôi đồng ý", f"subscribe:{BUNG_LAO}:all:yes"), Button("Không", "none"))
CURRENT = (Button("Đổi xã hoặc chủ đề", "subscribe:change"), Button("Thôi nhận thông báo", "stop"))
TOPICS = (Button("Tất cả", f"subscribe:{BUNG_LAO}:all"), Button("Vay vốn", f"subscribe:{BUNG_LAO}:vbsp-loans"))
VERDICT = (Button("👍 Đúng", "good:x"), Button("👎 Chưa", "bad:x"))
PASS_IT_ON = (Button("Có", f"person:{BUNG_LAO}:yes:00000000"), Button("Không", "none"))


def test_a_talk_with_an_officer_still_ends_with_the_same_words(engine: Engine) -> None:
    assert [text for text in every(ENDS) if not wants_to_end(engine, text)] == []


def test_a_no_to_passing_on_is_still_one(engine: Engine) -> None:
    offered = replace(SESSION, offered=PASS_IT_ON)
    steps = {text: passing_on(engine, "vi", UNKNOWN, offered, text) for text in every(NOT_PASSED_ON)}
    assert [text for text, step in steps.items() if step != nothing_passed_on(engine, "vi", offered)] == []


def test_a_yes_to_passing_on_is_still_one(engine: Engine) -> None:
    asked = passing_on(engine, "vi", UNKNOWN, SESSION, "xã Búng Lao")
    assert asked is not None
    assert asked.reply is not None
    offered = replace(asked.session, offered=asked.reply.buttons)
    steps = {text: passing_on(engine, "vi", UNKNOWN, offered, text) for text in every(PASSED_ON)}
    assert [text for text, step in steps.items() if step is None or step.handoff is None] == []


def test_a_no_to_announcements_is_still_one(engine: Engine) -> None:
    steps = {text: subscribing(engine, "vi", UNKNOWN, CONSENT, text) for text in every(NOT_SUBSCRIBED)}
    assert [text for text, step in steps.items() if step != no_announcements(engine, "vi", UNKNOWN)] == []


def test_announcements_still_end_with_the_same_words(engine: Engine) -> None:
    assert [t for t in every(SUBSCRIPTION_ENDED) if not subscribing(engine, "vi", UNKNOWN, CURRENT, t).stop] == []
    assert not any(subscribing(engine, "vi", UNKNOWN, CONSENT, text).stop for text in every(SUBSCRIPTION_ENDED))


def test_every_topic_is_still_asked_for_with_the_same_words(engine: Engine) -> None:
    wanted = subscribing(engine, "vi", UNKNOWN, TOPICS, "1")
    assert [text for text in every(EVERYTHING) if subscribing(engine, "vi", UNKNOWN, TOPICS, text) != wanted] == []


def test_verdicts_are_still_given_with_the_same_words(engine: Engine) -> None:
    assert {verdict_in(engine, text, VERDICT) for text in every(GOOD)} == {"good:x"}
    assert {verdict_in(engine, text, VERDICT) for text in every(BAD)} == {"bad:x"}


def test_what_was_done_with_a_case_is_still_done_with_the_same_words(engine: Engine) -> None:
    for name, phrases in CASE_WORDS.items():
        commands = [case_command(f"{phrase.strip()} 12", engine.lexicon) for phrase in phrases.split(",")]
        assert {command and (command.name, command.number) for command in commands} == {(name, 12)}


def test_staff_still_give_orders_with_the_same_words(engine: Engine) -> None:
    for name, phrases in STAFF_WORDS.items():
        given = [words_in(text, engine.lexicon, drafting=True) for text in every(phrases)]
        assert {order and order.name for order in given} == {name}
    assert {words_in(text, engine.lexicon, drafting=False) for text in every(STAFF_WORDS["cancel"])} == {None}


def test_the_same_words_still_stand_around_a_number(engine: Engine) -> None:
    before = [f"{word.strip()} 2" for word in BEFORE_A_NUMBER.split(",")]
    after = [f"2 {word.strip()}" for word in AFTER_A_NUMBER.split(",")]
    assert {typed_number(text, engine.lexicon.digits) for text in (*before, *after)} == {2}
    assert typed_number("câu thứ hai nhé", engine.lexicon.numbers) == 2
    assert typed_number("câu thứ hai nhé", engine.lexicon.digits) is None


def test_the_same_words_still_stand_around_and_between_several_topics(engine: Engine) -> None:
    topics = [(id_, names["vi"]) for id_, names in engine.knowledge.topics.items()]
    offered = (TOPICS[0], *(Button(name, f"subscribe:{BUNG_LAO}:{id_}") for id_, name in topics))
    wanted = subscribing(engine, "vi", UNKNOWN, offered, "2, 4")
    assert wanted.reply.buttons[0].choice == f"subscribe:{BUNG_LAO}:{topics[0][0]}+{topics[2][0]}:yes"
    texts = [f"2 {word.strip()} 4" for word in BESIDE_NUMBERS.split(",")]
    assert [text for text in texts if subscribing(engine, "vi", UNKNOWN, offered, text) != wanted] == []
    texts = [f"{topics[0][1]} {word.strip()} {topics[2][1]}" for word in BETWEEN.split(",")]
    assert [text for text in texts if subscribing(engine, "vi", UNKNOWN, offered, text) != wanted] == []


def test_the_same_words_still_stand_beside_names_and_codes_and_for_whom_an_announcement_is(engine: Engine) -> None:
    def folded(phrases: str) -> set[str]:
        return {fold(phrase) for phrase in phrases.split(",")}

    lexicon = engine.lexicon
    assert lexicon.beside_names >= folded(BESIDE_A_NAME)
    assert lexicon.beside_homes >= folded(BESIDE_A_HOME)
    assert lexicon.codes.names >= folded(CODE_NAMES)
    assert lexicon.codes.asking >= folded(CODE_NAMES) | folded(ASKING_ABOUT_A_CODE)
    assert lexicon.codes.beside >= lexicon.codes.asking | set(fold(BESIDE_A_CODE).split())
    assert lexicon.everywhere >= folded(EVERYWHERE)
    assert lexicon.all_places >= folded(ALL_PLACES)
    assert lexicon.everybody >= folded(EVERYBODY)


@pytest.mark.parametrize(
    "called", ["mã", "MÃ", "Mã kiểm tra", "ma thong bao", "Mã tin", "code", "ma kiem tra thong bao", "/check"]
)
def test_a_code_is_still_found_in_a_longer_text_behind_the_same_words(engine: Engine, called: str) -> None:
    text = f"Bà con chú ý: sáng thứ hai họp ở nhà văn hóa. {called}: 7K3M2P. Mời đến đủ."
    assert code_in(engine, text) == "7K3M2P"


# --- what an administrator adds, and leaves out -----------------------------------------------------------------------


def added(home: Path, cache: Path, yaml: str) -> Engine:
    """The engine of this content with more in its vocabulary."""
    path = home / VOCABULARY
    path.write_text(path.read_text("utf-8") + yaml, "utf-8")
    return build_engine(Settings(home=home, cache=cache, lang="vi"))


def test_a_new_phrasing_is_understood_without_a_change_of_the_code(tiny_home: Path, tmp_path: Path) -> None:
    engine = added(
        tiny_home,
        tmp_path,
        """
refusal: [thôi khỏi]
verdicts: {good: [quá chuẩn], bad: [chả phải]}
passing_on: {agreed: [nhờ xã nhé], refused: [khỏi gửi], ended: [chào cán bộ]}
subscribing: {refused: [khỏi nhận], ended: [khỏi gửi nữa], everything: [tuốt tuột]}
beside_numbers: {before: [dòng], after: [nghe], several: [thêm]}
between_choices: [lẫn]
beside_names: [mình]
codes: {names: [ký hiệu], kinds: [tin xã], asking: [chuẩn], beside: [hả]}
staff_commands: {announce: [nhắn bà con]}
case_commands: {take: [giao cho tôi việc, hồ sơ]}
audience: {everywhere: [khắp nơi], everybody: [ai cũng được]}
""",
    )
    lexicon = engine.lexicon
    assert wants_to_end(engine, "chao can bo")
    assert [verdict_in(engine, text, VERDICT) for text in ("Quá chuẩn!", "cha phai")] == ["good:x", "bad:x"]
    for text in ("thôi khỏi", "khỏi gửi"):
        step = passing_on(engine, "vi", UNKNOWN, replace(SESSION, offered=PASS_IT_ON), text)
        assert step == nothing_passed_on(engine, "vi", replace(SESSION, offered=PASS_IT_ON))
    for text in ("thôi khỏi", "khoi nhan"):
        assert subscribing(engine, "vi", UNKNOWN, CONSENT, text) == no_announcements(engine, "vi", UNKNOWN)
    assert subscribing(engine, "vi", UNKNOWN, CURRENT, "khỏi gửi nữa").stop
    assert typed_number("dòng 2 nghe", lexicon.digits) == 2
    assert lexicon.between_choices.split("Vay vốn lẫn Việc làm") == ["Vay vốn ", " Việc làm"]
    assert lexicon.beside_several == {"them"}
    assert lexicon.beside_names == lexicon.beside_homes == {"minh"}
    assert lexicon.every_topic.has("tuốt tuột")
    assert code_in(engine, "7K3 M2P chuẩn hả") == "7K3M2P"
    assert code_in(engine, "Chiều nay có mưa to, ký hiệu tin xã: 7K3M2P") == "7K3M2P"
    assert words_in("nhắn bà con", lexicon, drafting=False) is not None
    assert case_command("giao cho tôi việc số 7", lexicon) == CaseCommand("take", 7)
    assert lexicon.everywhere == {"khap noi"}
    assert lexicon.everybody == {"ai cung duoc"}


def test_words_that_end_like_the_word_for_number_are_understood_in_front_of_one(tiny_home: Path, tmp_path: Path) -> None:
    lexicon = added(tiny_home, tmp_path, "case_commands: {take: [hồ sơ]}\n").lexicon
    for text in ("hồ sơ 12", "ho so 12", "hồ sơ số 12", "ho so so 12"):
        assert case_command(text, lexicon) == CaseCommand("take", 12)


def test_without_any_of_these_words_nothing_is_understood_that_way_and_nothing_fails(tiny_home: Path, tmp_path: Path) -> None:
    engine = build_engine(Settings(home=tiny_home, cache=tmp_path, lang="vi"))
    assert not wants_to_end(engine, "kết thúc")
    assert not wants_to_end(engine, "")
    assert verdict_in(engine, "đúng", VERDICT) is None
    assert verdict_in(engine, "👍", VERDICT) == "good:x"
    assert case_command("nhận 12", engine.lexicon) is None
    assert case_command("?? 12", engine.lexicon) is None
    assert case_command("12: mai nhé", engine.lexicon) == CaseCommand("answer", 12, "mai nhé")
    assert code_in(engine, "mã 7K3M2P có thật không") is None
    assert code_in(engine, "/check 7K3M2P") == code_in(engine, "7K3M2P") == "7K3M2P"
    assert picked("2", CONSENT, engine.lexicon.numbers) == CONSENT[1]
    assert engine.lexicon.between_choices.split("a, b và c") == ["a", " b và c"]
    assert subscribing(engine, "vi", UNKNOWN, CONSENT, "1").request is not None
    assert subscribing(engine, "vi", UNKNOWN, CONSENT, "không").request is None


def test_the_lexicon_of_no_vocabulary_at_all_is_empty() -> None:
    lexicon = Lexicon.of(Vocabulary({}, (), {}, {}))
    assert not lexicon.commands
    assert not lexicon.agreement.has("")


def test_every_list_of_the_file_reaches_the_vocabulary(engine: Engine) -> None:
    """A part that was forgotten between the file and the code would be words without effect."""
    vocabulary = engine.knowledge.vocabulary
    empty = [name for name in schema.VocabularyFile.model_fields if not getattr(vocabulary, name)]
    assert empty == []


# --- what administrators read -----------------------------------------------------------------------------------------


def keys_of(shape: type[schema.Shape]) -> Iterable[str]:
    return (info.alias or name for name, info in shape.model_fields.items())


def all_keys() -> list[str]:
    """Of the vocabulary, and of the parts of its keys."""
    shapes = [info.annotation for info in schema.VocabularyFile.model_fields.values()]
    parts = [key for one in shapes if isinstance(one, type) and issubclass(one, schema.Shape) for key in keys_of(one)]
    return [*keys_of(schema.VocabularyFile), *parts]


def test_the_file_says_of_every_key_what_it_is_for(home: Path) -> None:
    comments = " ".join(re.findall(r"^# (.*)", (home / VOCABULARY).read_text("utf-8"), re.MULTILINE))
    assert [key for key in all_keys() if not re.search(rf"\b{key}[:,]", comments)] == []


def test_the_guide_in_vietnamese_tells_of_every_key(home: Path) -> None:
    text = (home / "docs/vi/them-cach-noi.md").read_text("utf-8")
    assert [key for key in all_keys() if f"`{key}`" not in text] == []
