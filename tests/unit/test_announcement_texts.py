"""What staff write reaches people as it was typed, and no link slips through that nobody meant to allow."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.announcements.cleaning import clean
from bot.announcements.links import forbidden_links, links, suspicious_links
from bot.announcements.text_faults import TextFault, text_faults
from bot.announcements.top_level_domains import top_level_domains
from bot.i18n import Words
from bot.text.splitting import utf16_units

GOV = ("gov.vn",)
SIGNS = st.one_of(
    st.sampled_from(
        "aạĐ .,/:@?#%-_[]()\n\r\t\0\v\x85\xa0\xad\u200b\u200d\u202e\u2028\ufe0f\ufeff\U000e0041\u0301\u034f👉👍。．xn"
    ),
    st.characters(exclude_categories=()),
)
ANYTHING = st.text(SIGNS, max_size=200)
WORD = st.text(st.sampled_from("abcdeghiklmnopqrstuvxyàảãáạăâđêôơưếệộợữ"), min_size=1, max_size=7)
PROSE = st.lists(
    st.one_of(WORD, st.sampled_from(["8.00", "24.11.2026", "TP.HCM", "1.500.000", "bà con.", "👉", "(1)", "\n", "-"]))
)
AROUND = st.sampled_from(
    [(" ", " "), ("(", ")"), ("“", "”"), ("👉", " "), ("\n", "\n"), (": ", "."), (" ", ", "), (" ", "!"), ("", "")]
)
SHAPES = st.sampled_from(
    [
        "{}",
        "https://{}",
        "HTTP://{}/vay?x=1#y",
        "www.{}",
        "{}:8080/a",
        "{}/tin-tuc/bai.html",
        "ubnd@{}",
        "http://{}.",
        "https://m.{}/a.zip",
    ]
)
LABEL = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,5})?", fullmatch=True)
TOP = st.sampled_from(["com", "vn", "ai", "io", "top", "xyz", "me", "com.vn", "loan", "click", "zip", "xn--p1ai"])


def say(fault: TextFault) -> str:
    return Words("en", {}).say(fault.message, **fault.values)


def complaints(text: str, *, room: int = 1000, allowed: tuple[str, ...] = GOV, any_link: bool = False) -> list[str]:
    return [say(fault) for fault in text_faults(text, room=room, allowed=allowed, any_link=any_link)]


# --- cleaning ---


@given(ANYTHING)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(ANYTHING)
def test_a_clean_text_holds_nothing_that_cannot_be_seen_or_stored(text: str) -> None:
    cleaned = clean(text)
    assert not [sign for sign in cleaned if unicodedata.category(sign) in ("Cc", "Cs") and sign != "\n"]
    assert not set(cleaned) & set(
        "\u00ad\u034f\u061c\u200b\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\ufeff\u3164\U000e0041"
    )
    assert unicodedata.is_normalized("NFC", cleaned)


@given(ANYTHING)
def test_a_clean_text_has_no_ragged_edges(text: str) -> None:
    cleaned = clean(text)
    assert cleaned == cleaned.strip()
    assert "\n\n\n" not in cleaned
    assert all(line == line.rstrip() for line in cleaned.split("\n"))


@given(st.lists(WORD, min_size=1).map(" ".join))
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("Mời bà con họp", "Mời bà con họp"),
        ("Bà con", "Bà con"),
        ("một\r\nhai\rba", "một\nhai\nba"),
        ("một\vhai\u2028ba", "một\nhai\nba"),
        ("một\thai", "một hai"),
        ("một  \n\n\n \nhai  ", "một\n\nhai"),
        ("\n\n  một\n", "một"),
        ("a\u200bb\u00adc\u202ed\u2066e\ufefff", "abcdef"),
        ("a\0b\x1bc\x9bd", "abcd"),
        ("họp\U000e0041\U000e0042", "họp"),
        ("\u3164\u2800\u115f", ""),
        ("họp\ufe00 \U000e0101", "họp"),
        ("half \ud83d", "half \N{REPLACEMENT CHARACTER}"),
        ("❤️ ✔︎", "❤️ ✔︎"),
        ("{name} %s <b>đậm</b> *x* _y_ [a](b) &amp; \\n $1", "{name} %s <b>đậm</b> *x* _y_ [a](b) &amp; \\n $1"),
        ("", ""),
    ],
)
def test_a_text_is_sent_as_it_was_typed_but_for_what_nobody_sees(typed: str, sent: str) -> None:
    assert clean(typed) == sent


# --- links ---


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("Xem https://dienbien.gov.vn/tin-tuc", ["dienbien.gov.vn"]),
        ("http://evil.com", ["evil.com"]),
        ("HTTPS://EVIL.COM/VAY", ["evil.com"]),
        ("ftp://files.evil.com/a", ["files.evil.com"]),
        ("Vào www.evil.com nhé", ["www.evil.com"]),
        ("WWW.Evil.Com", ["www.evil.com"]),
        ("www.thunghiem", ["www.thunghiem"]),
        ("bit.ly/abc", ["bit.ly"]),
        ("Bit.Ly/abc", ["bit.ly"]),
        ("vay-nhanh.com", ["vay-nhanh.com"]),
        ("Vay-Nhanh.Com", ["vay-nhanh.com"]),
        ("VAY.COM", ["vay.com"]),
        ("t.me/x", ["t.me"]),
        ("zalo.me/123", ["zalo.me"]),
        ("forms.gle/AbC", ["forms.gle"]),
        ("Xem evil.com.", ["evil.com"]),
        ("evil.com...", ["evil.com"]),
        ("https://evil.com./x", ["evil.com"]),
        ("(evil.com), [evil.org]; “evil.net”", ["evil.com", "evil.org", "evil.net"]),
        ("<evil.com>", ["evil.com"]),
        ("'evil.com' \"evil.org\"", ["evil.com", "evil.org"]),
        ("*evil.com* _evil.org_ ~evil.net~ `evil.vn`", ["evil.com", "evil.org", "evil.net", "evil.vn"]),
        ("[Bấm vào đây](https://evil.com/a)", ["evil.com"]),
        ('<a href="http://evil.com">UBND</a>', ["evil.com"]),
        ("một\nevil.com\nhai", ["evil.com"]),
        ("👉evil.com👈", ["evil.com"]),
        ("👉 https://evil.com", ["evil.com"]),
        ("xem:evil.com", ["evil.com"]),
        ("tạihttps://evil.com", ["evil.com"]),
        ("evil.com:8080/x", ["evil.com"]),
        ("https://evil.com:443", ["evil.com"]),
        ("https://evil", ["evil"]),
        ("https:\\\\evil.com", ["evil.com"]),
        ("https:///evil.com", ["evil.com"]),
        ("https://dienbien.gov.vn@evil.com", ["evil.com"]),
        ("https://dienbien.gov.vn:80@evil.com/x", ["evil.com"]),
        ("https://a@b@evil.com", ["evil.com"]),
        ("https://dienbien.gov.vn/@evil.com", ["dienbien.gov.vn"]),
        ("https://dienbien.gov.vn\\@evil.com", ["dienbien.gov.vn", "@evil", "evil.com"]),
        ("https://dienbien.gov.vn)@evil.com", ["dienbien.gov.vn", "@evil", "evil.com"]),
        ("https://evil%2ecom/a", ["evil.com"]),
        ("https://dienbien.gov.vn/go?to=https://evil.com", ["dienbien.gov.vn", "evil.com"]),
        ("dienbien.gov.vn.evil.com", ["dienbien.gov.vn.evil.com"]),
        ("lienhe@gmail.com", ["gmail.com"]),
        ("nguyen.ly@dienbien.gov.vn", ["dienbien.gov.vn"]),
        ("dienbien.gov.vn@evil.com", ["evil.com"]),
        ("a@evil.khongco", ["evil.khongco"]),
        ("Nhắn @some_bot", ["@some_bot"]),
        ("(@Some_Bot)", ["@some_bot"]),
        ("＠some_bot", ["@some_bot"]),
        ("http://1.2.3.4/x", ["1.2.3.4"]),
        ("1.2.3.4:8080", ["1.2.3.4"]),
        ("vào 45.33.32.156 nhé", ["45.33.32.156"]),
        ("http://3627734734/", ["3627734734"]),
        ("http://0x7f.0.0.1/", ["0x7f.0.0.1"]),
        ("http://[::1]/", ["::1"]),
        ("tg://resolve?domain=x", ["tg://resolve"]),
        ("TG://resolve?domain=x", ["tg://resolve"]),
        ("zalo://qr/p/1", ["zalo://qr"]),
        ("intent://gov.vn", ["intent://gov.vn"]),
        ("evil．com", ["evil.com"]),
        ("ｅｖｉｌ．ｃｏｍ", ["evil.com"]),
        ("evil。com", ["evil.com"]),
        ("evil․com", ["evil.com"]),
        ("ev\u200bil.c\u00adom", ["evil.com"]),
        ("evil\ufe0f.com", ["evil.com"]),
        ("аррӏе.com", ["аррӏе.com"]),
        ("https://xn--80ak6aa92e.com", ["аррӏе.com"]),
        ("XN--80AK6AA92E.com", ["аррӏе.com"]),
        ("xn--dienbien-.gov.vn", ["xn--dienbien-.gov.vn"]),
        ("xn--90ais.xn--p1ai", ["бел.рф"]),
        ("xn--ab-zd9k.com", ["xn--ab-zd9k.com"]),  # half a character
        ("пример.рф", ["пример.рф"]),
        ("пример.Me", ["пример.me"]),
        ("dienbien.gov.νn", ["dienbien.gov.νn"]),
        ("diệnbiên.vn", ["diệnbiên.vn"]),
        ("💰.ws", ["💰.ws"]),
        ("evil.com.Bà con chú ý", ["evil.com"]),
        ("evil.com-abc", ["evil.com"]),
        ("TP.HCM/evil.com", ["evil.com"]),
        ("evil.com evil.com EVIL.com", ["evil.com"]),
        ("danh-sach.zip", ["danh-sach.zip"]),  # a top-level domain: Telegram makes it something to tap
    ],
)
def test_what_apps_make_something_to_tap_is_found(text: str, hosts: list[str]) -> None:
    assert links(text) == tuple(hosts)


@pytest.mark.parametrize(
    "text",
    [
        "8.00",
        "lúc 8.00-9.30, 8h.00",
        "24.11.2026",
        "ngày 24/11/2026",
        "TP.HCM",
        "TP.Điện Biên Phủ, TX.Mường Lay",
        "UBND.",
        "UBND xã.",
        "1.500.000 đồng",
        "1.200.100.250 đồng",
        "50.000đ/kg",
        "v.v.",
        "v.v...",
        "xã.Bà con",
        "Mời họp.Ai có nhu cầu",
        "bà con.Ai chưa khai",
        "nhà trường.Ai chưa khai",
        "hết năm 2026.Do mưa lớn",
        "Cảm ơn.Xin mời",
        "1.Do mưa lớn",
        "xong.Ngày mai họp",
        "họp lúc 8.00.Bà con đến đủ",
        "0912.345.678",
        "0215.3825.409",
        "84.215.382.5409",
        "(+84) 912 345 678",
        "Nghị định 28/2022/NĐ-CP",
        "Quyết định số 1.234/QĐ-UBND",
        "ThS.Nguyễn Văn A, BS.Lò Thị B",
        "mau-don.docx, anh.jpg, danh_sach.pdf",
        "2.5kg, 10.5μm, 3.14, R.Ω",
        "mục 1.2.3.4.5",
        "mục 1.a, điểm 2.b",
        "giá @ 5.000 đồng, @50k",
        "@abc, a@b, @Điện Biên, @Nguyễn Văn A, @5000",
        "nhà ở/đất ở",
        "Đọc kỹ… rồi ký",
        "...",
        ". com",
        "evil .com",
        "http: //",
        "://",
        "https://",
        "15:30",
        "💰. ws",
        "họp😀.",
        "你好。世界",
        "",
    ],
)
def test_what_is_prose_is_no_link(text: str) -> None:
    assert links(text) == ()


@given(ANYTHING)
def test_any_text_can_be_read_for_links(text: str) -> None:
    found = links(text)
    assert set(suspicious_links(text)) <= set(found)
    assert set(forbidden_links(text, GOV)) <= set(found)
    assert all(host == host.lower() or not host.isascii() for host in found)
    "".join(found).encode("utf-8")


@given(st.text(st.sampled_from("abn-x.@:/%[]0 1"), max_size=60).map(lambda tail: f"https://xn--{tail}"))
def test_no_punycode_is_too_broken_to_read(text: str) -> None:
    "".join(links(text)).encode("utf-8")


@given(PROSE, PROSE, AROUND, SHAPES, LABEL, TOP)
def test_a_forbidden_host_is_found_wherever_it_stands(
    before: list[str], after: list[str], around: tuple[str, str], shape: str, name: str, top: str
) -> None:
    host = f"{name}.{top}"
    text = " ".join([*before, around[0] + shape.format(host) + around[1], *after])
    shown = f"{name}.рф" if top == "xn--p1ai" else host
    assert any(one == shown or one.endswith("." + shown) for one in forbidden_links(text, GOV)), links(text)


@given(PROSE, PROSE, AROUND, SHAPES, st.lists(LABEL, max_size=2))
def test_an_allowed_host_is_never_complained_of(
    before: list[str], after: list[str], around: tuple[str, str], shape: str, names: list[str]
) -> None:
    text = " ".join(["Họp", *before, around[0] + shape.format(".".join([*names, "gov.vn"])) + around[1], *after])
    assert forbidden_links(text, GOV) == ()
    assert suspicious_links(text) == ()
    assert text_faults(text, room=10_000, allowed=GOV, any_link=False) == ()


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("gov.vn", []),
        ("dienbien.gov.vn", []),
        ("https://thue.dienbien.gov.vn./a", []),
        ("ubnd@dienbien.gov.vn", []),
        ("dienbien.gov.vn.Ngoài ra", []),
        ("ubnd@dienbien.gov.vn.Nay mời", []),
        ("zalo.me/dienbien", []),
        ("gov.vn.evil.com", ["gov.vn.evil.com"]),
        ("evilgov.vn", ["evilgov.vn"]),
        ("gov.vn.co", ["gov.vn.co"]),
        ("gov.vn.Co", ["gov.vn.co"]),
        ("gov.vn.moi/x", ["gov.vn.moi"]),
        ("gov.vn-evil.com", ["gov.vn-evil.com"]),
        ("xzalo.me", ["xzalo.me"]),
        ("tg://gov.vn, tg://x.gov.vn", ["tg://gov.vn", "tg://x.gov.vn"]),
        ("@zalo_me @gov_vn", ["@zalo_me", "@gov_vn"]),
        ("@Dien_Bien_Bot", []),
        ("https://dienbien.gov.vn@evil.com", ["evil.com"]),
        ("1.2.3.4", ["1.2.3.4"]),
    ],
)
def test_only_an_allowed_domain_and_what_is_below_it_pass(text: str, forbidden: list[str]) -> None:
    assert list(forbidden_links(text, ("gov.vn", ".Zalo.me.", "@dien_bien_bot", ""))) == forbidden


def test_nothing_is_allowed_by_an_empty_list() -> None:
    assert forbidden_links("gov.vn", ()) == ("gov.vn",)
    assert forbidden_links("gov.vn", ("", " . ")) == ("gov.vn",)


@pytest.mark.parametrize(
    ("text", "suspicious"),
    [
        ("https://dienbien.gov.vn", []),
        ("evil.com @some_bot tg://resolve", []),
        ("ubnd@dienbien.gov.vn", []),
        ("diеnbien.gov.vn", ["diеnbien.gov.vn"]),  # a Cyrillic е
        ("điệnbiên.gov.vn", ["điệnbiên.gov.vn"]),
        ("xn--80ak6aa92e.com", ["аррӏе.com"]),
        ("xn--dienbien-.gov.vn", ["xn--dienbien-.gov.vn"]),
        ("https://x@dienbien.gov.vn", ["dienbien.gov.vn"]),
        ("https://dienbien.gov.vn@evil.com", ["evil.com"]),
        ("https://dienbien.gov.vn%2f.evil.com", ["dienbien.gov.vn"]),
        ("http://1.2.3.4", ["1.2.3.4"]),
        ("http://3627734734", ["3627734734"]),
        ("http://0x7f000001", ["0x7f000001"]),
        ("http://[::ffff:1.2.3.4]/", ["::ffff:1.2.3.4"]),
        ("https://4g.vn 247.com", []),
    ],
)
def test_an_address_that_imitates_or_hides_is_suspicious(text: str, suspicious: list[str]) -> None:
    assert list(suspicious_links(text)) == suspicious


def test_every_top_level_domain_is_known_without_a_network() -> None:
    assert {"vn", "com", "ws", "za", "zip", "中国", "vermögensberatung"} <= top_level_domains()
    assert len(top_level_domains()) > 1400
    assert not [name for name in top_level_domains() if not name or "." in name or name != name.lower()]


@pytest.mark.parametrize("company", ["blogspot", "github", "herokuapp"])
def test_a_company_is_no_top_level_domain(company: str) -> None:
    assert company not in top_level_domains()


# --- faults ---


def test_a_plain_text_has_no_fault() -> None:
    assert complaints("Mời bà con họp lúc 8.00 ngày 24.11.2026 tại nhà văn hóa. Xem dienbien.gov.vn 👍") == []


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u200b\u202e\0"])
def test_an_empty_text_is_only_told_that_it_is_empty(text: str) -> None:
    assert complaints(text, room=0) == ["Write the text of the announcement: it is empty."]


@pytest.mark.parametrize("text", ["👍", "!!!", "8.00 - 24/11", "\u3164👍"])
def test_a_text_needs_a_letter(text: str) -> None:
    assert complaints(text) == ["Write the announcement in words: there is not one letter in it."]


def test_a_text_that_looks_like_a_command_is_refused() -> None:
    assert complaints(" /start họp") == ["Begin the text with a word: apps take a text that begins with “/” for a command."]
    assert complaints("Họp /start") == []


def test_the_room_is_counted_as_the_apps_count() -> None:
    text = "Họp 😀"
    assert utf16_units(text) == 6
    assert complaints(text, room=6) == []
    assert complaints(text, room=4) == ["The text is 6 characters long and at most 4 fit. Shorten it by 2."]


def test_what_will_not_be_sent_takes_no_room() -> None:
    assert complaints("Họp\u200b\u200b   \n\n\n\n", room=3) == []


def test_a_forbidden_link_is_named_with_what_is_allowed() -> None:
    assert complaints("Vay ở evil.com, t.me/x", allowed=("gov.vn", "baodienbien.vn")) == [
        "Links to evil.com, t.me are not allowed here. Take them out, or ask an administrator to send the announcement. "
        "Allowed: baodienbien.vn, gov.vn. If it is no link, put a space after the full stop."
    ]
    assert complaints("Vay ở evil.com", allowed=()) == [
        "Links to evil.com are not allowed here. Take them out, or ask an administrator to send the announcement. "
        "If it is no link, put a space after the full stop."
    ]


def test_many_forbidden_links_do_not_make_an_endless_complaint() -> None:
    [complaint] = complaints("Vay " + " ".join(f"evil{number}.com" for number in range(9)))
    assert "evil4.com, … are" in complaint
    assert "evil5.com" not in complaint
    assert len(complaints("Vay " + " ".join(f"http://1.2.3.{number}" for number in range(9)))) == 5


def test_an_administrator_may_link_anywhere_but_not_to_what_imitates() -> None:
    assert complaints("Xem evil.com và @some_bot", any_link=True) == []
    assert complaints("Xem https://dienbien.gov.vn@evil.com", any_link=True) == [
        "The address evil.com is written with letters that imitate others, or hides where it leads: nobody can send it. "
        "Take it out. If it is no address, put a space after the full stop."
    ]


def test_a_suspicious_link_is_complained_of_once() -> None:
    assert len(complaints("Xem diеnbien.gov.vn và http://1.2.3.4")) == 2


def test_every_fault_is_told_at_once() -> None:
    assert len(complaints("/1 https://1.2.3.4 @some_bot", room=5)) == 4


@given(ANYTHING, st.integers(0, 100), st.booleans())
def test_every_fault_of_any_text_can_be_said(text: str, room: int, any_link: bool) -> None:
    assert all(complaints(text, room=room, any_link=any_link))
