"""When and how long, as people type it: read the same with and without accents, in both languages, and never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.announcements import calendar, lasting, moment, named_time, repetition
from bot.announcements.lasting import LONGEST_LASTING, SHORTEST_LASTING, read_lasting
from bot.announcements.moment import read_when
from bot.announcements.repetition import DEFAULT_HOUR
from bot.announcements.times import (
    WEEKDAYS,
    Once,
    Repeat,
    UnreadableTime,
    end_of_quiet,
    format_duration,
    format_moment,
    format_schedule,
    in_quiet_hours,
    parse_quiet_hours,
    parse_rule,
)
from bot.i18n import Words, load_words
from bot.text.folding import strip_accents
from bot.zone import ZONE

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)  # a Monday
EN = Words("en", {})
VI = Words(
    "vi",
    {
        "right away": "ngay bây giờ",
        "every {days} at {time}": "{time} {days} hằng tuần",
        "every day at {time}": "{time} hằng ngày",
        "the last day of every month at {time}": "{time} ngày cuối tháng",
        "day {day} of every month at {time}": "{time} ngày {day} hằng tháng",
        "days {days} of every month at {time}": "{time} ngày {days} hằng tháng",
        "{start} to {end}": "{start} đến {end}",
        "less than a minute": "chưa đến một phút",
        "about {duration}": "khoảng {duration}",
        "{count} minutes": "{count} phút",
        "{count} hours": "{count} giờ",
    },
)
WORKDAYS = "mon,tue,wed,thu,fri"

LUNAR_FORMS = ["15 âm lịch 8h", "8h ngày 15 âm", "8h sáng ngày rằm", "rằm tháng giêng 8h", "mùng 1 am lich 7h",
               "8h rằm tháng sau",
               "mùng 1 Tết 7h", "30 tet 8h", "8h ngày 15 ÂL", "15/1 al 8h", "8h trước Tết",
               "23 tháng chạp 8h", "the 15th lunar 8:00"]  # fmt: skip
NO_ENGLISH_FORMS = ["8h món", "8h sát", "8h ngày sún", "máy 5 8h", "8h ấm", "3 đây nữa 8h", "thứ hai ăn 8h"]


@pytest.mark.parametrize("text", LUNAR_FORMS)
def test_dates_of_the_lunar_calendar_are_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(UnreadableTime) as raised:
        read_when(text, NOW)
    assert raised.value.message == named_time.LUNAR


@pytest.mark.parametrize("text", NO_ENGLISH_FORMS)
def test_vietnamese_words_that_look_like_english_ones_without_their_accents_are_none(text: str) -> None:
    with pytest.raises(UnreadableTime) as raised:
        read_when(text, NOW)
    assert raised.value.message == moment.NOT_READABLE


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("8h cuối tháng", "8:00"),
        ("cuối tháng 17h", "17:00"),
        ("cuoi thang 7h30", "7:30"),
        ("7h30 tối cuối tháng nhé", "19:30"),
        ("cuối tháng", "17:00"),
    ],
)
def test_the_end_of_the_month_alone_asks_whether_every_month_is_meant_at_the_hour_that_was_typed(
    text: str, clock: str, home: Path
) -> None:
    with pytest.raises(UnreadableTime) as raised:
        read_when(text, NOW)
    assert raised.value.message == moment.EVERY_MONTH
    minutes = int(clock.partition(":")[0]) * 60 + int(clock.partition(":")[2])
    for words in load_words(home / "locales").values():
        once, again = re.findall("“(.+?)”", words.say(raised.value.message, **raised.value.values))
        found, rule = read_when(once, NOW), read_when(again, NOW)
        assert isinstance(found, Once)
        assert found.at is not None
        assert found.at.astimezone(ZONE).hour * 60 + found.at.minute == minutes
        assert rule == Repeat(f"{minutes % 60} {minutes // 60} last * *")


@pytest.mark.parametrize(
    ("text", "hours"),
    [("chiều mai", range(13, 19)), ("sáng mai", range(5, 11)), ("tối mai", range(18, 22)), ("trưa mai", range(11, 14)),
     ("tomorrow afternoon", range(13, 19)), ("tomorrow evening", range(18, 22))],
)  # fmt: skip
def test_the_hour_that_is_offered_fits_the_part_of_the_day(text: str, hours: range) -> None:
    with pytest.raises(UnreadableTime) as raised:
        read_when(text, NOW)
    offered = raised.value.values["clock"]
    assert int(str(offered).partition(":")[0]) in hours
    when = read_when(f"{text} {offered}", NOW)
    assert isinstance(when, Once)
    assert when.at is not None
    assert when.at.hour in hours


NOW_FORMS = [
    "ngay bây giờ", "bây giờ", "bay gio", "ngay bay gio", "gửi ngay", "gui ngay", "Gửi ngay nhé!", "ngay", "luôn", "gửi luôn",
    "ngay lập tức", "ngay khi được duyệt", "now", "right away", "send it now", "immediately", "as soon as approved", "NOW",
]  # fmt: skip


ONCE_FORMS = {
    # weekdays
    "7h30 sáng thứ hai": "2026-11-30 07:30",
    "7h30 sang thu hai": "2026-11-30 07:30",
    "thứ hai tuần sau 7h30": "2026-11-30 07:30",
    "thu hai tuan sau 7h30": "2026-11-30 07:30",
    "thứ hai tuần tới 7h30": "2026-11-30 07:30",
    "thu hai tuan toi 7h30": "2026-11-30 07:30",
    "sáng thứ 2 tuần sau, 7h": "2026-11-30 07:00",
    "sáng tuần sau thứ hai 7h": "2026-11-30 07:00",
    "thứ hai sang tuần 7h": "2026-11-30 07:00",
    "thứ hai tới 7h": "2026-11-30 07:00",
    "thứ 2 7:30": "2026-11-30 07:30",
    "thu 2 7:30": "2026-11-30 07:30",
    "thu 2 7g30": "2026-11-30 07:30",
    "thứ hai 10h": "2026-11-30 10:00",
    "thứ hai 10h01": "2026-11-23 10:01",
    "thứ hai 15h": "2026-11-23 15:00",
    "tối thứ hai 7h": "2026-11-23 19:00",
    "toi thu hai 7h": "2026-11-23 19:00",
    "t2 7h": "2026-11-30 07:00",
    "7h sáng T3": "2026-11-24 07:00",
    "thứ ba, 7h": "2026-11-24 07:00",
    "thứ tư 7h": "2026-11-25 07:00",
    "thu tu 7h": "2026-11-25 07:00",
    "thứ năm 5 giờ chiều": "2026-11-26 17:00",
    "thu nam nam gio chieu": "2026-11-26 17:00",
    "thứ sáu sáu giờ sáng": "2026-11-27 06:00",
    "thu sau sau gio sang": "2026-11-27 06:00",
    "thứ sáu tuần sau 7h": "2026-12-04 07:00",
    "thu sau tuan sau 7h": "2026-12-04 07:00",
    "chiều thứ 6 2h": "2026-11-27 14:00",
    "tuần này thứ 6 7h": "2026-11-27 07:00",
    "thứ 7 này 7h": "2026-11-28 07:00",
    "thứ bảy 7 giờ": "2026-11-28 07:00",
    "thu bay bay gio": "2026-11-28 07:00",
    "T7 7h": "2026-11-28 07:00",
    "CN 8h": "2026-11-29 08:00",
    "chủ nhật 6 giờ rưỡi": "2026-11-29 06:30",
    "chu nhat 6h ruoi": "2026-11-29 06:30",
    "Monday 7:30am": "2026-11-30 07:30",
    "next Monday 7:30": "2026-11-30 07:30",
    "next week Monday 7:30": "2026-11-30 07:30",
    "Friday next week 7:30": "2026-12-04 07:30",
    "this Friday 7:30": "2026-11-27 07:30",
    "Sat 8:00": "2026-11-28 08:00",
    # days near today
    "hôm nay 15h": "2026-11-23 15:00",
    "hom nay 15h": "2026-11-23 15:00",
    "24h hôm nay": "2026-11-24 00:00",
    "chiều nay 3 giờ": "2026-11-23 15:00",
    "chieu nay 3 gio": "2026-11-23 15:00",
    "sáu giờ chiều nay": "2026-11-23 18:00",
    "tối nay 8h": "2026-11-23 20:00",
    "tối nay 8": "2026-11-23 20:00",
    "toi nay 8h": "2026-11-23 20:00",
    "hai muoi mot gio toi nay": "2026-11-23 21:00",
    "sáng mai 7h30": "2026-11-24 07:30",
    "sang mai 7h30": "2026-11-24 07:30",
    "7h30p sáng mai": "2026-11-24 07:30",
    "7h30' sáng mai": "2026-11-24 07:30",
    "mai 7h": "2026-11-24 07:00",
    "lúc 7 sáng mai": "2026-11-24 07:00",
    "ngày mai lúc 7 giờ 30": "2026-11-24 07:30",
    "ngay mai luc 7 gio 30 phut": "2026-11-24 07:30",
    "NGÀY MAI 7H30": "2026-11-24 07:30",
    "8h sáng ngày mai, thứ ba": "2026-11-24 08:00",
    "ngày kia 8h": "2026-11-25 08:00",
    "mốt 8h": "2026-11-25 08:00",
    "ngay mot 8h": "2026-11-25 08:00",
    "tomorrow 7:30": "2026-11-24 07:30",
    "tomorrow morning 7": "2026-11-24 07:00",
    "tomorrow evening at 7": "2026-11-24 19:00",
    "today at 3pm": "2026-11-23 15:00",
    "tonight at 8": "2026-11-23 20:00",
    "noon tomorrow": "2026-11-24 12:00",
    "8 p.m. tomorrow": "2026-11-24 20:00",
    "the day after tomorrow 7:30": "2026-11-25 07:30",
    "15h": "2026-11-23 15:00",
    "8pm": "2026-11-23 20:00",
    # dates
    "24/11 07:30": "2026-11-24 07:30",
    "07:30 24/11": "2026-11-24 07:30",
    "7h30 - 24/11": "2026-11-24 07:30",
    "24-11-2026 7h30": "2026-11-24 07:30",
    "24/11/26 7h30": "2026-11-24 07:30",
    "24.11 7h30": "2026-11-24 07:30",
    "24.11.2026 7h30": "2026-11-24 07:30",
    "24.11 7.30": "2026-11-24 07:30",
    "7.30 24.11": "2026-11-24 07:30",
    "ngày 24 tháng 11 lúc 7h30": "2026-11-24 07:30",
    "ngay 24 thang 11 luc 7h30": "2026-11-24 07:30",
    "ngày hai mươi tư tháng mười một lúc bảy giờ rưỡi": "2026-11-24 07:30",
    "ngày 24/11/2026, 7 giờ 30": "2026-11-24 07:30",
    "14h ngày 25 tháng 11 năm 2026": "2026-11-25 14:00",
    "thứ tư ngày 25/11 lúc 14h": "2026-11-25 14:00",
    "2026-11-24 07:30": "2026-11-24 07:30",
    "2026-11-24T07:30": "2026-11-24 07:30",
    "2026-11-24T07:30:00": "2026-11-24 07:30",
    "ngày 24 7h30": "2026-11-24 07:30",
    "ngày 24 tháng này 7h30": "2026-11-24 07:30",
    "ngày 23 7h30": "2026-12-23 07:30",
    "ngày 31 7h": "2026-12-31 07:00",
    "ngày 15 tháng sau 8h": "2026-12-15 08:00",
    "ngày 15 tháng sáu 8h": "2027-06-15 08:00",
    "cuối tháng này 17h": "2026-11-30 17:00",
    "8h tết dương lịch": "2027-01-01 08:00",
    "9h ngày mồng một tháng 12": "2026-12-01 09:00",
    "8h 5 tháng 12": "2026-12-05 08:00",
    "tối 24/11 7h": "2026-11-24 19:00",
    "5/1 7h": "2027-01-05 07:00",
    "23/9 7h": "2027-09-23 07:00",
    "24 November 7:30 pm": "2026-11-24 19:30",
    "November 24 7:30": "2026-11-24 07:30",
    "24th Nov 2026, 7:30 pm": "2026-11-24 19:30",
    "the 24th at 7:30": "2026-11-24 07:30",
    # hours as they are said
    "7 giờ tối mai": "2026-11-24 19:00",
    "12 giờ trưa mai": "2026-11-24 12:00",
    "12 giờ đêm": "2026-11-24 00:00",
    "12 giờ đêm mai": "2026-11-25 00:00",
    "nửa đêm nay": "2026-11-24 00:00",
    "1 giờ chiều mai": "2026-11-24 13:00",
    "1 giờ trưa mai": "2026-11-24 13:00",
    "11 giờ trưa mai": "2026-11-24 11:00",
    "3 giờ sáng mai": "2026-11-24 03:00",
    "10 giờ đêm mai": "2026-11-24 22:00",
    "1 giờ đêm mai": "2026-11-24 01:00",
    "1 giờ đêm nay": "2026-11-24 01:00",
    "1 giờ đêm": "2026-11-24 01:00",
    "7 giờ kém 15 mai": "2026-11-24 06:45",
    "mười giờ kém mười lăm sáng mai": "2026-11-24 09:45",
    "1 giờ kém 15 chiều mai": "2026-11-24 12:45",
    "7 rưỡi mai": "2026-11-24 07:30",
    "7 giờ rưỡi tối mai": "2026-11-24 19:30",
    "bay gio ruoi toi mai": "2026-11-24 19:30",
    "7 g 30 mai": "2026-11-24 07:30",
    "7h 30 mai": "2026-11-24 07:30",
    "7.30 mai": "2026-11-24 07:30",
    "7.10 mai": "2026-11-24 07:10",
    "12:30 am tomorrow": "2026-11-24 00:30",
    # after a while
    "in 2 hours": "2026-11-23 12:00",
    "in half an hour": "2026-11-23 10:30",
    "in 45 minutes": "2026-11-23 10:45",
    "2 hours from now": "2026-11-23 12:00",
    "2 giờ nữa": "2026-11-23 12:00",
    "2 gio nua": "2026-11-23 12:00",
    "30 phút nữa": "2026-11-23 10:30",
    "nửa tiếng nữa": "2026-11-23 10:30",
    "1 tiếng rưỡi nữa": "2026-11-23 11:30",
    "một giờ nữa": "2026-11-23 11:00",
    "mot gio nua": "2026-11-23 11:00",
    "sau 2 giờ": "2026-11-23 12:00",
    "sau 2 gio": "2026-11-23 12:00",
    "3 ngày nữa 7h": "2026-11-26 07:00",
}

REPEAT_FORMS = {
    "thứ hai hằng tuần 7:30": "30 7 * * mon",
    "7h30 sáng thứ hai hàng tuần": "30 7 * * mon",
    "7h30 sang thu hai hang tuan": "30 7 * * mon",
    "hàng tuần vào thứ hai lúc 7h30": "30 7 * * mon",
    "mỗi thứ hai 7h30": "30 7 * * mon",
    "moi thu 2 7h30": "30 7 * * mon",
    "mỗi tuần một lần vào thứ hai 7h30": "30 7 * * mon",
    "mỗi sáng thứ hai 7h30": "30 7 * * mon",
    "thứ hai hằng tuần": "30 7 * * mon",
    "chủ nhật hằng tuần 19h30": "30 19 * * sun",
    "mỗi tối thứ bảy 8h": "0 20 * * sat",
    "thứ 2, thứ 5 hằng tuần lúc 7h": "0 7 * * mon,thu",
    "thu 5, thu 2 hang tuan luc 7h": "0 7 * * mon,thu",
    "thứ 2, 4, 6 hằng tuần lúc 7h": "0 7 * * mon,wed,fri",
    "T2, T4 và T6 hằng tuần 7h": "0 7 * * mon,wed,fri",
    "every Monday 7:30": "30 7 * * mon",
    "weekly on Monday at 7:30": "30 7 * * mon",
    "Mondays at 7:30": "30 7 * * mon",
    "every Mon and Thu 7:30": "30 7 * * mon,thu",
    "thứ hai đến thứ sáu hằng tuần 7h": f"0 7 * * {WORKDAYS}",
    "tu thu hai den thu sau hang tuan 7h": f"0 7 * * {WORKDAYS}",
    "t2-t6 hằng tuần 7h": f"0 7 * * {WORKDAYS}",
    "các ngày trong tuần 7h": f"0 7 * * {WORKDAYS}",
    "every weekday at 7am": f"0 7 * * {WORKDAYS}",
    "thứ hai đến chủ nhật hằng tuần 7h": "0 7 * * *",
    "thứ bảy đến thứ hai hằng tuần 7h": "0 7 * * mon,sat,sun",
    "hằng ngày 6h30": "30 6 * * *",
    "hang ngay 6h30": "30 6 * * *",
    "mỗi ngày 18h": "0 18 * * *",
    "mỗi sáng 7h": "0 7 * * *",
    "hằng ngày": "30 7 * * *",
    "hằng ngày 12 giờ đêm": "0 0 * * *",
    "every day at 6:30": "30 6 * * *",
    "daily 6:30": "30 6 * * *",
    "ngày 15 hằng tháng 8h": "0 8 15 * *",
    "ngay 15 hang thang 8h": "0 8 15 * *",
    "ngày 15 hàng tháng lúc 8 giờ sáng": "0 8 15 * *",
    "mỗi tháng ngày 15 8h": "0 8 15 * *",
    "mỗi ngày 15 hằng tháng 8h": "0 8 15 * *",
    "ngày 15 hằng tháng": "30 7 15 * *",
    "mùng 5 hằng tháng 8h": "0 8 5 * *",
    "mồng một hằng tháng 8h": "0 8 1 * *",
    "ngày 1 và 15 hằng tháng 8h": "0 8 1,15 * *",
    "ngày cuối tháng 17h": "0 17 last * *",
    "cuối tháng hằng tháng 17h": "0 17 last * *",
    "cuoi thang hang thang 17h": "0 17 last * *",
    "the 15th of every month 8:00": "0 8 15 * *",
    "monthly on the 15th at 8am": "0 8 15 * *",
    "last day of every month 17:00": "0 17 last * *",
}

REFUSED_FORMS = {
    **dict.fromkeys(
        [
            "", "   ", "👍", "ngày", "không", "đừng gửi ngay", "dung gui ngay", "7", "7 8", "2026", "mỗi", "rầm tháng 7",
            "hôm qua 7h", "7h mai mốt", "thứ hai 7h và 15h", "7h-8h mai", "20/11 - 25/11 7h", "24/11/7h30",
            "every other Monday 7:30", "mỗi 2 tuần thứ hai 7h", "24/11 hằng năm 7h", "thứ hai đầu tiên hằng tháng 7h",
            "thứ hai hằng tháng 7h", "hằng ngày ngày 15 7h", "sau 7h", "2 giờ nữa ngày mai", "every 2 hours", "mỗi ngày 7",
            "trước thứ hai 7h", "đừng 7h mai", "7.8 8.9", "sáng tối mai 7h", "x" * 500,
        ],
        moment.NOT_READABLE,
    ),
    **dict.fromkeys(["7 giờ", "bảy giờ", "sáng nay 9h", "23/11 9h", "23/11 10:00", "20/11 9h", "24/9 7h", "24/11/2020 7h",
                     "thứ hai tuần này 7h", "20/11", "0 phút nữa"], calendar.PAST),
    **dict.fromkeys(["24/11/2062 7h", "25/11/2027 7h", "24/11/9999 24:00", "9000 tuần nữa 7h", "in 9999 hours"], None),
    **dict.fromkeys(["31/2 7h", "32/1 7h", "11/24 7h", "0/5 7h", "29/2 9h", "29/2/2027 9h", "ngày 32 7h", "31/2"],
                    calendar.NO_SUCH_DATE),
    **dict.fromkeys(["25:00 mai", "mai 7:75", "24:30 mai", "7h99 mai"], calendar.NO_SUCH_HOUR),
    **dict.fromkeys(["15 giờ sáng mai", "3 giờ tối mai", "9 giờ trưa mai", "mai 14:00 am"], calendar.WRONG_PART),
    **dict.fromkeys(["thứ hai", "T7", "mai", "sáng mai", "trưa mai", "tối thứ sáu", "24/11", "ngày 24", "hôm nay", "3 ngày nữa",
                     "Monday", "tomorrow", "moi toi", "chiều thứ hai hằng tuần"], calendar.ASK_HOUR),
    **dict.fromkeys(["tuần sau", "tuần sau 7h", "hằng tuần 7h", "next week at 7"], repetition.ASK_DAY),
    **dict.fromkeys(["hằng tháng 8h", "tháng sau", "monthly 8:00"], repetition.ASK_DAY_OF_MONTH),
    **dict.fromkeys(["thứ 2, thứ 5 7h", "thứ hai đến thứ sáu 7h", "Mon and Thu 7:30"], moment.SEVERAL_DAYS),
    **dict.fromkeys(["ngày 29 hằng tháng 8h", "ngày 31 hằng tháng", "the 30th of every month 8:00"],
                    repetition.NOT_EVERY_MONTH),
    **dict.fromkeys(["12 giờ đêm thứ hai hằng tuần", "24:00 ngày 15 hằng tháng"], repetition.MIDNIGHT),
    "thu hai toi 7h": named_time.EVENING_OR_COMING,
    "ngay 15 thang sau 8h": named_time.JUNE_OR_NEXT,
    "thứ hai 24/11 7h": calendar.WRONG_WEEKDAY[1],
    "Monday 25 November 7:30": calendar.WRONG_WEEKDAY[2],
    "thứ ba ngày 25 7h": calendar.WRONG_WEEKDAY[2],
    "mai thứ hai 7h": calendar.WRONG_WEEKDAY[1],
}  # fmt: skip

LASTING_FORMS: Mapping[str, timedelta | str] = {
    "24 giờ": timedelta(hours=24),
    "24 gio": timedelta(hours=24),
    "12h": timedelta(hours=12),
    "1 giờ 30 phút": timedelta(minutes=90),
    "nửa ngày": timedelta(hours=12),
    "nua ngay": timedelta(hours=12),
    "3 ngày": timedelta(days=3),
    "trong 3 ngày": timedelta(days=3),
    "một tuần": timedelta(weeks=1),
    "1 tuan": timedelta(weeks=1),
    "2 tháng": timedelta(days=60),
    "2 hours": timedelta(hours=2),
    "3 days": timedelta(days=3),
    "for a week": timedelta(weeks=1),
    "đến 17h": "2026-11-23 17:00",
    "den 17h": "2026-11-23 17:00",
    "tới 17h": "2026-11-23 17:00",
    "trước 17h": "2026-11-23 17:00",
    "đến 12 giờ đêm": "2026-11-24 00:00",
    "đến 25/11": "2026-11-25 23:59",
    "25/11": "2026-11-25 23:59",
    "đến hết ngày 25/11": "2026-11-25 23:59",
    "den het ngay 25/11": "2026-11-25 23:59",
    "đến 17h 25/11": "2026-11-25 17:00",
    "until 25/11 17:00": "2026-11-25 17:00",
    "đến ngày 25": "2026-11-25 23:59",
    "đến 5/1": "2027-01-05 23:59",
    "hết hôm nay": "2026-11-23 23:59",
    "hết ngày": "2026-11-23 23:59",
    "cả ngày": "2026-11-23 23:59",
    "hết ngày mai": "2026-11-24 23:59",
    "until tomorrow 5pm": "2026-11-24 17:00",
    "đến thứ sáu": "2026-11-27 23:59",
    "den thu sau 17h": "2026-11-27 17:00",
    "until Friday": "2026-11-27 23:59",
    "hết tuần": "2026-11-29 23:59",
    "hết tuần này": "2026-11-29 23:59",
    "đến cuối tuần": "2026-11-29 23:59",
    "until the end of the week": "2026-11-29 23:59",
    "hết tuần sau": "2026-12-06 23:59",
    "đến cuối tháng": "2026-11-30 23:59",
    "hết tháng": "2026-11-30 23:59",
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def refusal(text: str, now: datetime = NOW) -> UnreadableTime:
    with pytest.raises(UnreadableTime) as caught:
        read_when(text, now)
    return caught.value


def read_or_error(text: str, now: datetime) -> Once | Repeat | UnreadableTime:
    try:
        return read_when(text, now)
    except UnreadableTime as error:
        return error


@pytest.fixture(scope="module")
def words(home: Path) -> Mapping[str, Words]:
    return load_words(home / "locales")


# --- one sending ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", NOW_FORMS)
def test_at_once_is_as_soon_as_it_is_approved(text: str) -> None:
    assert read_when(text, NOW) == Once(None)


@pytest.mark.parametrize(("text", "expected"), ONCE_FORMS.items())
def test_a_moment_is_read_as_people_type_it(text: str, expected: str) -> None:
    when = read_when(text, NOW)
    assert when == Once(at(expected))
    assert isinstance(when, Once)
    assert when.at is not None
    assert when.at.tzinfo is ZONE


@pytest.mark.parametrize("text", [*NOW_FORMS, *ONCE_FORMS, *REPEAT_FORMS])
def test_decomposed_letters_and_capitals_are_read_the_same(text: str) -> None:
    assert read_when(unicodedata.normalize("NFD", text), NOW) == read_when(text, NOW)
    assert read_when(text.upper().replace("T07", "t07"), NOW) == read_when(text, NOW)


@pytest.mark.parametrize("text", [*ONCE_FORMS, *REPEAT_FORMS])
def test_without_accents_the_same_is_read_or_it_is_asked(text: str) -> None:
    bare = read_or_error(strip_accents(text), NOW)
    if isinstance(bare, UnreadableTime):
        assert bare.message in (named_time.EVENING_OR_COMING, named_time.JUNE_OR_NEXT)
    else:
        assert bare == read_when(text, NOW)


def test_the_clock_of_the_caller_makes_no_difference() -> None:
    in_paris = NOW.astimezone(ZoneInfo("Europe/Paris"))
    assert read_when("hôm nay 15h", in_paris) == read_when("hôm nay 15h", NOW) == Once(at("2026-11-23 15:00"))


def test_today_is_the_day_in_vietnam() -> None:
    after_midnight = at("2026-11-24 00:30").astimezone(ZoneInfo("UTC"))
    assert read_when("hôm nay 15h", after_midnight) == Once(at("2026-11-24 15:00"))


def test_a_date_of_the_turn_of_the_year_is_read_in_the_right_year() -> None:
    january = at("2027-01-10 08:00")
    assert read_when("5/2 7h", january) == Once(at("2027-02-05 07:00"))
    assert refusal("24/12 7h", january).values["at"] == "7:00 24/12/2026"


def test_a_leap_day_is_found_in_its_year() -> None:
    assert read_when("29/2 7h", at("2027-11-01 08:00")) == Once(at("2028-02-29 07:00"))


# --- again and again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "rule"), REPEAT_FORMS.items())
def test_a_repetition_is_read_as_people_type_it(text: str, rule: str) -> None:
    assert read_when(text, NOW) == Repeat(rule)


def test_a_repetition_without_an_hour_is_in_the_morning() -> None:
    when = read_when("ngày 15 hằng tháng", NOW)
    assert isinstance(when, Repeat)
    assert parse_rule(when.rule).at == DEFAULT_HOUR == time(7, 30)


@pytest.mark.parametrize(
    "rule",
    [
        "", "30 7 * *", "30 7 * * 1", "30 7 * * monday", "30 7 * * fri-mon", "30 7 * * mon-wed-fri", "60 7 * * *",
        "0 24 * * *", "0 8 0 * *", "0 8 32 * *", "0 8 15 * mon", "0 8 15 1 *", "*/5 * * * *", "0 8 last,15 * *",
        "0 8 2nd mon * *", " 0 8 * * *", "0 8 ١٥ * *", "0 8 * * *\n",
    ],
)  # fmt: skip
def test_a_bad_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Repeat(rule)


# --- what is not guessed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "message"), REFUSED_FORMS.items())
def test_what_cannot_be_used_is_said(text: str, message: str | None) -> None:
    error = refusal(text)
    assert error.message == (message or error.message)
    assert str(error) == EN.say(error.message, **error.values)
    assert "{" not in str(error)


@pytest.mark.parametrize("text", ["24/11/2062 7h", "25/11/2027 7h", "25/11/2027", "24/11/9999 24:00"])
def test_a_slip_in_the_year_is_seen(text: str) -> None:
    assert refusal(text).message == calendar.TOO_FAR


def test_what_is_past_is_said_as_it_was_understood() -> None:
    assert str(refusal("20/11 9h")) == "9:00 20/11/2026 is already past. Write a time that is still to come."
    assert str(refusal("sáng nay", NOW + timedelta(hours=6))).startswith("sáng nay is already past.")
    assert str(refusal("20/11")) == "20/11/2026 is already past. Write a time that is still to come."


def test_a_wrong_weekday_is_said_with_the_right_one() -> None:
    assert str(refusal("thứ hai 24/11 7h")).startswith("24/11/2026 is a Tuesday, not the day written with it.")


def test_a_long_text_is_quoted_in_part() -> None:
    assert len(str(refusal("ngày đẹp trời " * 40))) < 300


@pytest.mark.parametrize("text", [text for text, message in REFUSED_FORMS.items() if message == calendar.ASK_HOUR])
def test_the_question_for_the_hour_gives_a_form_that_works(text: str) -> None:
    """What it proposes is read, and is still to come."""
    values = refusal(text).values
    read_when(f"{values['text']} {values['clock']}", NOW)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_form_that_a_message_proposes_is_understood(words: Mapping[str, Words], lang: str) -> None:
    for text, message in REFUSED_FORMS.items():
        if message in (moment.NOT_READABLE, repetition.ASK_DAY, repetition.ASK_DAY_OF_MONTH, moment.SEVERAL_DAYS):
            error = refusal(text)
            for proposed in quoted(words[lang].say(error.message, **{**error.values, "text": error.values["text"] or "?"})):
                if proposed != (error.values["text"] or "?"):
                    assert understood(proposed), f"{text}: {proposed}"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_length_that_a_message_proposes_is_understood(words: Mapping[str, Words], lang: str) -> None:
    proposed = quoted(words[lang].say(lasting.NOT_READABLE_LASTING, text="?", date="25/11"))[1:]
    assert len(proposed) > 3
    for text in proposed:
        read_lasting(text, NOW)


def quoted(message: str) -> list[str]:
    return re.findall("“([^”]+)”", message)


def understood(text: str) -> bool:
    """Read, or only its hour is asked for."""
    when = read_or_error(text, NOW)
    return not isinstance(when, UnreadableTime) or when.message == calendar.ASK_HOUR


VOCABULARY = sorted({word for text in (*ONCE_FORMS, *REPEAT_FORMS, *LASTING_FORMS, *REFUSED_FORMS) for word in text.split()})
TYPED = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(VOCABULARY), max_size=7).map(" ".join))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)).map(lambda moment: moment.replace(tzinfo=ZONE))


@given(TYPED, MOMENTS)
def test_whatever_is_typed_is_read_or_said_to_be_unreadable(text: str, now: datetime) -> None:
    when = read_or_error(text, now)
    if isinstance(when, UnreadableTime):
        assert EN.say(when.message, **when.values) == str(when)
    elif isinstance(when, Once):
        assert when.at is None or now < when.at <= now + timedelta(days=366)
    else:
        assert Repeat(when.rule) == when


@given(TYPED, MOMENTS)
def test_however_long_is_typed_is_read_or_said_to_be_unreadable(text: str, start: datetime) -> None:
    with suppress(UnreadableTime):
        lasting = read_lasting(text, start)
        length = lasting - start if isinstance(lasting, datetime) else lasting
        assert SHORTEST_LASTING <= length <= LONGEST_LASTING


@given(TYPED)
def test_a_day_of_which_only_the_hour_is_missing_is_read_with_the_hour_proposed(text: str) -> None:
    error = read_or_error(text, NOW)
    if isinstance(error, UnreadableTime) and error.message == calendar.ASK_HOUR and "…" not in str(error.values["text"]):
        read_when("{text} {clock}".format(**error.values), NOW)


# --- how long it stays true -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "expected"), LASTING_FORMS.items())
def test_how_long_is_read_as_people_type_it(text: str, expected: timedelta | str) -> None:
    assert read_lasting(text, NOW) == (at(expected) if isinstance(expected, str) else expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", lasting.NOT_READABLE_LASTING),
        ("mãi mãi", lasting.NOT_READABLE_LASTING),
        ("forever", lasting.NOT_READABLE_LASTING),
        ("12h30", lasting.NOT_READABLE_LASTING),
        ("đến sáng mai", lasting.NOT_READABLE_LASTING),
        ("đến tháng 12", lasting.NOT_READABLE_LASTING),
        ("đến thứ hai hằng tuần", lasting.NOT_READABLE_LASTING),
        ("thứ hai và thứ ba", lasting.NOT_READABLE_LASTING),
        ("đến 9h", lasting.BEFORE_START),
        ("đến 20/11", lasting.BEFORE_START),
        ("đến 31/2", calendar.NO_SUCH_DATE),
        ("đến 25:00", calendar.NO_SUCH_HOUR),
        ("14 phút", lasting.TOO_SHORT),
        ("đến 10h10", lasting.TOO_SHORT),
        ("0 ngày", lasting.TOO_SHORT),
        ("61 ngày", lasting.TOO_LONG),
        ("đến 23/3", lasting.TOO_LONG),
        ("9999 tuần", lasting.TOO_LONG),
    ],
)
def test_a_length_that_cannot_be_used_is_said(text: str, message: str) -> None:
    with pytest.raises(UnreadableTime) as caught:
        read_lasting(text, NOW)
    assert caught.value.message == message


def test_days_are_counted_from_when_it_is_written() -> None:
    start = at("2026-11-24 07:30")
    assert read_lasting("hết ngày mai", start, NOW) == at("2026-11-24 23:59")
    assert read_lasting("hết ngày mai", start) == at("2026-11-25 23:59")
    with pytest.raises(UnreadableTime, match="before the announcement goes out"):
        read_lasting("hết hôm nay", start, NOW)


# --- said -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "vi", "en"),
    [
        (Once(None), "ngay bây giờ", "right away"),
        (Once(at("2026-11-23 07:30")), "7:30 thứ Hai, 23/11/2026", "Monday 23 November 2026, 07:30"),
        (Once(at("2027-01-03 19:05")), "19:05 Chủ Nhật, 3/1/2027", "Sunday 3 January 2027, 19:05"),
        (Repeat("30 7 * * mon"), "7:30 thứ Hai hằng tuần", "every Monday at 07:30"),
        (Repeat("0 7 * * mon,thu"), "7:00 thứ Hai và thứ Năm hằng tuần", "every Monday and Thursday at 07:00"),
        (Repeat("0 7 * * mon-fri"), "7:00 thứ Hai đến thứ Sáu hằng tuần", "every Monday to Friday at 07:00"),
        (Repeat("30 6 * * *"), "6:30 hằng ngày", "every day at 06:30"),
        (Repeat("0 8 15 * *"), "8:00 ngày 15 hằng tháng", "day 15 of every month at 08:00"),
        (Repeat("0 8 1,15 * *"), "8:00 ngày 1 và 15 hằng tháng", "days 1 and 15 of every month at 08:00"),
        (Repeat("0 17 last * *"), "17:00 ngày cuối tháng", "the last day of every month at 17:00"),
    ],
)
def test_a_time_is_said_as_people_say_it(when: Once | Repeat, vi: str, en: str) -> None:
    assert (format_schedule(when, VI), format_schedule(when, EN)) == (vi, en)


def test_a_moment_is_said_on_the_clock_of_vietnam() -> None:
    assert format_moment(datetime(2026, 11, 23, 0, 30, tzinfo=ZoneInfo("UTC")), EN) == "Monday 23 November 2026, 07:30"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_hour_of_the_week_that_is_said_is_read_back(words: Mapping[str, Words], lang: str) -> None:
    for hours in range(1, 7 * 24 + 1):
        once = Once(NOW + timedelta(hours=hours))
        assert read_when(format_schedule(once, words[lang]), NOW) == once
    for weekday in WEEKDAYS:
        for hour in range(24):
            weekly = Repeat(f"0 {hour} * * {weekday}")
            assert read_when(format_schedule(weekly, words[lang]), NOW) == weekly


CLOCKS = st.tuples(st.integers(0, 59), st.integers(0, 23)).map(lambda clock: f"{clock[0]} {clock[1]}")
SOME_WEEKDAYS = st.sets(st.sampled_from(WEEKDAYS), min_size=1, max_size=6).map(lambda days: sorted(days, key=WEEKDAYS.index))
SOME_DAYS = st.sets(st.integers(1, 28), min_size=1, max_size=4).map(sorted)
RULES = st.one_of(
    CLOCKS.map(lambda clock: f"{clock} * * *"),
    CLOCKS.map(lambda clock: f"{clock} last * *"),
    st.tuples(CLOCKS, SOME_WEEKDAYS).map(lambda parts: f"{parts[0]} * * {','.join(parts[1])}"),
    st.tuples(CLOCKS, SOME_DAYS).map(lambda parts: f"{parts[0]} {','.join(map(str, parts[1]))} * *"),
)


@given(RULES, st.sampled_from([VI, EN]))
def test_every_repetition_that_is_said_is_read_back(rule: str, words: Words) -> None:
    assert str(parse_rule(rule)) == rule
    assert read_when(format_schedule(Repeat(rule), words), NOW) == Repeat(rule)


@given(st.datetimes(datetime(2026, 11, 23, 10, 1), datetime(2027, 11, 23, 10, 0)), st.sampled_from([VI, EN]))
def test_every_minute_of_a_year_that_is_said_is_read_back(moment: datetime, words: Words) -> None:
    once = Once(moment.replace(second=0, microsecond=0, tzinfo=ZONE))
    assert read_when(format_schedule(once, words), NOW) == once


@pytest.mark.parametrize(
    ("seconds", "vi", "en"),
    [
        (0.0, "chưa đến một phút", "less than a minute"),
        (59.9, "chưa đến một phút", "less than a minute"),
        (60.0, None, "about 1 minute"),
        (600.0, "khoảng 10 phút", "about 10 minutes"),
        (3600.0, None, "about 1 hour"),
        (25920.0, "khoảng 7 giờ 12 phút", "about 7 hours 12 minutes"),
        (3599.0, None, "about 1 hour"),
        (90000.0, None, "about 1 day 1 hour"),
        (176400.0, None, "about 2 days 1 hour"),
    ],
)
def test_a_length_is_said_as_people_say_it(seconds: float, vi: str | None, en: str) -> None:
    assert format_duration(seconds, EN) == en
    if vi is not None:
        assert format_duration(seconds, VI) == vi


# --- quiet hours ------------------------------------------------------------------------------------------------------

NIGHT = (time(21), time(6, 30))
NAP = (time(12), time(13, 30))
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("clock", "quiet", "expected"),
    [
        ("20:59", NIGHT, False),
        ("21:00", NIGHT, True),
        ("00:00", NIGHT, True),
        ("06:29", NIGHT, True),
        ("06:30", NIGHT, False),
        ("11:59", NAP, False),
        ("12:00", NAP, True),
        ("13:30", NAP, False),
        ("00:00", (time(0), time(0)), False),
    ],
)
def test_quiet_hours_begin_with_their_first_minute_and_end_before_their_last(
    clock: str, quiet: tuple[time, time], expected: bool
) -> None:
    assert in_quiet_hours(at(f"2026-11-23 {clock}"), quiet) is expected
    assert in_quiet_hours(at(f"2026-11-23 {clock}").astimezone(ZoneInfo("UTC")), quiet) is expected


def test_quiet_hours_end_in_the_morning_after() -> None:
    assert end_of_quiet(at("2026-11-23 22:00"), NIGHT) == at("2026-11-24 06:30")
    assert end_of_quiet(at("2026-11-24 06:00"), NIGHT) == at("2026-11-24 06:30")
    assert end_of_quiet(at("2026-11-24 06:30"), NIGHT) == at("2026-11-25 06:30")


@given(MOMENTS, st.tuples(TIMES, TIMES))
def test_it_is_quiet_until_the_end_of_quiet_and_no_longer(moment: datetime, quiet: tuple[time, time]) -> None:
    end = end_of_quiet(moment, quiet)
    assert moment < end <= moment + timedelta(days=1)
    assert not in_quiet_hours(end, quiet)
    if in_quiet_hours(moment, quiet):
        assert in_quiet_hours(end - timedelta(microseconds=1), quiet)
        assert all(in_quiet_hours(moment + (end - moment) * part / 10, quiet) for part in range(10))


def test_quiet_hours_are_read() -> None:
    assert parse_quiet_hours("21:00-06:30") == NIGHT
    assert parse_quiet_hours(" 12:00 – 13:30 ") == NAP


@pytest.mark.parametrize("text", ["", "21:00", "21-6", "21:00-24:00", "21:60-06:00", "21:00-06:30-07:00", "đêm"])
def test_quiet_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_quiet_hours(text)
