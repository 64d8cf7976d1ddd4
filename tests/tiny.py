"""The smallest content that is valid, for tests that break one thing in it. It loads in a few milliseconds."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date
from pathlib import Path

TODAY = date(2026, 11, 23)  # long before every day of review below, as is the day on which somebody runs the tests
NAME = "Lường Văn Thử"  # nobody; the list of names holds its hash
LOAN = "intents/loans/loan-amount.yaml"
JOBS = "intents/jobs/job-numbers.yaml"

_FILES = {
    "content/sources.yaml": """\
sources:
  article-one:
    kind: article
    name: {vi: Báo Điện Biên Phủ, en: Điện Biên Phủ Newspaper}
    title: One article
    date: 2025-11
    date_is: estimate
    address: https://example.org/one
  decree-one:
    kind: decree
    name: {vi: Nghị định số một, en: Decree one}
    title: One decree
    date: 2025-12-26
    date_is: exact
    address: https://example.org/decree
""",
    "content/facts/loans.yaml": """\
facts:
  loan-limit:
    kind: money
    value: 100000000
    qualifier: up-to
    period: 2024
    sources: [article-one]
    review: "2099-06-30"
    note: What one household can borrow.
  loan-rate:
    kind: percent
    value: 6.6
    per: year
    period: 2024-10
    sources: [decree-one]
    review: "2099-06-30"
    note: Interest.
  loan-groups:
    kind: text
    value: {vi: hộ nghèo có từ 2 con, en: poor households with 2 children or more}
    period: 2021/2025
    sources: [article-one]
    review: "2099-06-30"
    note: Who may borrow.
""",
    "content/facts/jobs.yaml": """\
facts:
  jobs-count:
    kind: count
    value: 10000
    to: 12000
    period: 2021/2025
    sources: [article-one]
    review: "2099-06-30"
    note: Jobs a year.
  jobs-countries:
    kind: list
    value:
      vi: [Nhật Bản, Hàn Quốc]
      en: [Japan, South Korea]
    period: 2024
    sources: [article-one]
    review: "2099-06-30"
    note: Where to.
""",
    "content/facts/contacts.yaml": """\
facts:
  ext-admin-1661:
    kind: period
    value: 2025-07-01
    period: 2025-07-01
    sources: [decree-one]
    review: "2099-06-30"
    note: Since when there are no districts.
  ext-emergency:
    kind: list
    value: {vi: ["113", "115"], en: ["113", "115"]}
    period: 2025
    sources: [decree-one]
    review: "2099-06-30"
    note: Whom to call.
""",
    "content/referrals.yaml": """\
referrals:
  bank:
    vi: Bà con hỏi tổ vay vốn ở bản.
    en: Ask the savings group in your village.
""",
    "content/topics.yaml": """\
topics:
  loans: {vi: Vay vốn, en: Loans}
  jobs: {vi: Việc làm, en: Jobs}
""",
    "content/places.yaml": """\
places:
  "03301":
    name: Búng Lao
    kind: xã
    formed_from:
      - {kind: xã, names: [Búng Lao, Ẳng Tở, Chiềng Đông]}
    former_districts: [Mường Ảng, Tuần Giáo]
    zone: III
    checked: "-"
  "03352":
    name: Thanh An
    kind: xã
    formed_from:
      - {kind: xã, names: [Thanh An, Noong Hẹt, Sam Mứn]}
    former_districts: [Điện Biên]
    zone: II
    checked: "-"
    trap:
      vi: Xã Sam Mứn cũ nay thuộc xã Thanh An.
      en: The old Sam Mứn commune is in Thanh An.
""",
    "content/vocabulary.yaml": """\
abbreviations:
  nhcs: ngân hàng chính sách
filler: [ạ, please]
concepts:
  how-much: [bao nhiêu, how much]
commands:
  start: [bắt đầu]
  menu: [menu]
  help: [trợ giúp]
  language: [đổi tiếng]
  privacy: [riêng tư]
  mydata: [dữ liệu của tôi]
  stop: [dừng]
  forget: [xóa hết]
  sources: [nguồn tin]
""",
    "content/conversation.yaml": """\
aspects:
  overview:
    name: {vi: nói chung, en: in general}
    asked: {vi: [là gì], en: [what is it]}
  amount:
    name: {vi: được bao nhiêu, en: how much}
    asked: {vi: [bao nhiêu, mấy triệu], en: [how much]}
  numbers:
    name: {vi: con số, en: figures}
    asked: {vi: [bao nhiêu người], en: [how many]}
told:
  household:
    escaped:
      name: {vi: hộ mới thoát nghèo, en: newly escaped}
      said: {vi: [mới thoát nghèo], en: [left poverty]}
  negations: {vi: [không phải], en: [not]}
""",
    LOAN: """\
id: loan-amount
topic: loans
class: P
urgency: normal
scope: How much a household can borrow.
review: "2099-06-30"
referral: bank
related: [job-numbers]
facts: []
question:
  vi: Được vay tối đa bao nhiêu tiền?
  en: How much can I borrow at most?
short:
  vi: |
    Bà con vay được {loan-limit}, lãi suất {loan-rate}, cho {loan-groups}.
    Số này là của năm {loan-limit.period}, theo {loan-limit.source}.
  en: |
    You can borrow {loan-limit} at {loan-rate}, for {loan-groups}.
    This holds for {loan-limit.period}, says {loan-limit.source}.
examples:
  vi:
    - vay được tối đa bao nhiêu
    - một nhà vay nhiều nhất mấy triệu
    - hạn mức vay vốn
  en:
    - how much can I borrow
    - what is the loan limit
    - maximum loan for one family
aspect: amount
""",
    JOBS: """\
id: job-numbers
topic: jobs
class: A
urgency: normal
scope: How many jobs there are.
review: "2099-06-30"
facts: []
question:
  vi: Mỗi năm có bao nhiêu việc làm?
  en: How many jobs are there in a year?
short:
  vi: Mỗi năm có {jobs-count} người có việc, nhiều người đi {jobs-countries} ({jobs-count.period}).
  en: Each year {jobs-count} people find work, many in {jobs-countries} ({jobs-count.period}).
more:
  vi: Xã nào có bao nhiêu người thì chưa có số.
  en: There are no figures of single communes.
examples:
  vi:
    - có bao nhiêu việc làm
    - số người có việc mỗi năm
  en:
    - how many jobs are there
    - number of people in work
aspect: numbers
""",
    "intents/system/foreign.yaml": """\
foreign:
  land:
    vi:
      - xin cấp sổ đỏ thế nào
    en:
      - how do I get a land title
""",
}

_SYSTEM = {
    "greeting": ("xin chào", "hello there"),
    "what-can-you-do": ("loa bản giúp được gì", "what can you do for me"),
    "language-switch": ("nói tiếng anh đi", "switch to vietnamese"),
    "privacy-data": ("có lưu tên tôi không", "do you store my name"),
    "info-source-date": ("tin này lấy ở báo nào", "where is this news from"),
    "admin-merger-commune": ("xã cũ giờ thuộc xã nào", "which commune is my old one in"),
    "announcements-manage": ("tắt thông báo", "stop the announcements"),
    "contact-official": ("muốn gặp cán bộ", "talk to an official"),
    "out-of-scope": None,
    "unclear-fallback": ("cái kia ấy mà", "you know that thing"),
}


_FACTS = {"admin-merger-commune": ["ext-admin-1661"], "greeting": ["ext-emergency"]}


def make_tiny_home(folder: Path, locales: Path) -> Path:
    """Write the content into `folder`, with a copy of the real catalogues, and return it."""
    for name, text in (_FILES | {f"intents/system/{one}.yaml": _system(one) for one in _SYSTEM}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    shutil.copytree(locales, folder / "locales")
    folded_name = "luong van thu"
    (folder / "content/names.sha256").write_text(f"# names\n{hashlib.sha256(folded_name.encode()).hexdigest()}\n", "ascii")
    return folder


def _system(intent: str) -> str:
    phrasings = _SYSTEM[intent]
    examples = f"{{vi: [{phrasings[0]}], en: [{phrasings[1]}]}}" if phrasings else "{vi: [], en: []}"
    return f"""\
id: {intent}
topic: system
aspect: overview
class: S
urgency: normal
scope: The intent {intent}.
review: "2099-06-30"
question:
  vi: Câu hỏi của {intent}
  en: The question of {intent}
short:
  vi: Câu trả lời của {intent}.
  en: The answer of {intent}.
examples: {examples}
facts: [{", ".join(_FACTS.get(intent, ()))}]
"""
