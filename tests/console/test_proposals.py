"""*Đề xuất*: nobody edits live content; what one person writes is proved, and another takes it, as one commit or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from bot.authoring.proposals.child import prove
from bot.authoring.proposals.proposal import Proof, Proposal
from bot.authoring.proposals.proving import Stage, prove_in_child
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore
from tests.console.content_repository import DAY, LOSS, console_on, found, git, make_repository
from tests.console.house import Browser, ConsoleHouse
from tests.tiny import JOBS, LOAN

TEXT = "nhà tôi vay được mấy tiền"


@pytest.fixture
def repository(tiny_home: Path) -> Path:
    return make_repository(tiny_home)


@pytest.fixture
async def house(repository: Path, store: SqliteStore, database: Path) -> AsyncIterator[ConsoleHouse]:
    async with console_on(repository, store, database) as opened:
        yield opened


async def two_admins(house: ConsoleHouse) -> tuple[int, Browser, int, Browser]:
    author, taker = house.staff("admin"), house.staff("owner")
    return author, await house.signed_in(author), taker, await house.signed_in(taker)


async def proved(house: ConsoleHouse, proposal: Proposal) -> None:
    house.parts.proving.want(proposal)
    await house.parts.proving.idle()


async def test_a_second_person_takes_what_the_first_wrote_as_one_commit_of_both(house: ConsoleHouse, repository: Path) -> None:
    author, writing, taker, taking = await two_admins(house)
    await proved(house, house.proposal(author))
    assert TEXT not in (repository / LOAN).read_text("utf-8")
    page = await writing.open("/de-xuat/1")
    assert "ai viết đề xuất thì không tự đưa vào được" in page.words
    assert "/de-xuat/1/dua-vao" not in page.forms
    assert "Đề xuất 1 chờ người thứ hai: thêm cách hỏi cho loan-amount: 1" in (await taking.open("/")).words
    page = await taking.open("/de-xuat/1")
    assert f"+ - {TEXT}" in page.words
    page = await taking.sends("/de-xuat/1/dua-vao")
    assert "Đã đưa vào" in page.words
    assert TEXT in (repository / LOAN).read_text("utf-8")
    assert git(repository, "log", "--format=%an|%ae|%cn|%P", "-1").strip() == (
        f"staff {author}|staff-{author}@loaban.invalid|staff {taker}|{git(repository, 'rev-parse', 'HEAD~1').strip()}"
    )
    assert f"Cán bộ số {author} viết, cán bộ số {taker} đưa vào" in git(repository, "log", "--format=%b", "-1")
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "branch", "--list", "de-xuat/*") == ""
    assert not (repository.with_name("proposals") / "1").exists()
    assert house.log()[0] == (taker, "proposal taken", "proposal 1")
    assert "chờ người thứ hai" not in (await taking.open("/")).words


async def test_one_button_takes_it_back_also_when_something_else_was_taken_since(house: ConsoleHouse, repository: Path) -> None:
    author, _, taker, taking = await two_admins(house)
    await proved(house, house.proposal(author))
    await taking.open("/de-xuat/1")
    await taking.sends("/de-xuat/1/dua-vao")
    before = git(repository, "show", "HEAD~1:intents/loans/loan-amount.yaml")
    (repository / JOBS).write_text((repository / JOBS).read_text("utf-8").replace("year", "twelve months"), "utf-8")
    git(repository, "-c", "core.hooksPath=/dev/null", "commit", "-qam", "by hand")
    page = await taking.sends("/de-xuat/1/lui")
    assert "Đã hoàn lại" in page.words
    assert (repository / LOAN).read_text("utf-8") == before
    assert "twelve months" in (repository / JOBS).read_text("utf-8")
    assert git(repository, "status", "--porcelain") == ""
    assert house.log()[0] == (taker, "proposal taken back", "proposal 1")
    page = await taking.open("/de-xuat/1")
    assert "/de-xuat/1/lui" not in page.forms


async def test_no_hook_and_no_configuration_of_anybody_plays_a_part(
    house: ConsoleHouse, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured = tmp_path / "gitconfig"
    configured.write_text(
        f"[core]\nfsmonitor = touch {tmp_path}/monitored\npager = touch {tmp_path}/paged\n[commit]\ngpgSign = true\n", "utf-8"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(configured))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    author, _, _, taking = await two_admins(house)
    await proved(house, house.proposal(author))
    await taking.open("/de-xuat/1")
    await taking.sends("/de-xuat/1/dua-vao")
    page = await taking.sends("/de-xuat/1/lui")
    assert "Đã hoàn lại" in page.words
    assert not [name for name in ("hooked", "monitored", "paged") if (tmp_path / name).exists()]


async def test_the_hooks_of_these_tests_would_leave_a_trace(repository: Path) -> None:
    git(repository, "commit", "-q", "--allow-empty", "-m", "by hand")
    assert "pre-commit" in (repository.parent / "hooked").read_text("ascii")


async def test_what_changed_meanwhile_is_shown_and_done_anew(house: ConsoleHouse, repository: Path) -> None:
    author, writing, _, taking = await two_admins(house)
    await proved(house, house.proposal(author))
    await proved(house, house.proposal(author, "một nhà vay nhiều nhất là mấy"))
    await taking.open("/de-xuat/1")
    await taking.sends("/de-xuat/1/dua-vao")
    page = await writing.open("/de-xuat/2")
    assert "Nội dung đang dùng đã thay đổi" in page.words
    assert "/de-xuat/2/dua-vao" not in (await taking.open("/de-xuat/2")).forms
    page = await writing.sends("/de-xuat/2/lam-lai")
    await house.parts.proving.idle()
    await taking.open("/de-xuat/2")
    await taking.sends("/de-xuat/2/dua-vao")
    text = (repository / LOAN).read_text("utf-8")
    assert TEXT in text
    assert "một nhà vay nhiều nhất là mấy" in text
    assert [line[1] for line in house.log()[:3]] == ["proposal taken", "proposal changed", "proposal taken"]


async def test_nobody_takes_a_proposal_that_was_changed_since_they_saw_it(house: ConsoleHouse, repository: Path) -> None:
    author, writing, _, taking = await two_admins(house)
    await proved(house, house.proposal(author))
    await taking.open("/de-xuat/1")
    await edit(writing, LOAN, lambda text: text.replace("hạn mức vay vốn", "hạn mức được vay"), "1")
    await house.parts.proving.idle()
    page = await taking.sends("/de-xuat/1/dua-vao")
    assert (taking.status, "Đề xuất vừa được sửa" in page.words) == (409, True)
    assert git(repository, "rev-list", "--count", "HEAD").strip() == "1"
    await taking.sends("/de-xuat/1/dua-vao")
    assert "hạn mức được vay" in (repository / LOAN).read_text("utf-8")


async def test_who_wrote_a_part_of_it_cannot_take_it_either(house: ConsoleHouse) -> None:
    author, _, _, helping = await two_admins(house)
    await proved(house, house.proposal(author))
    token = (await helping.open("/de-xuat/1")).forms["/de-xuat/1/dua-vao"]
    await edit(helping, LOAN, lambda text: text.replace("hạn mức vay vốn", "hạn mức được vay"), "1")
    await house.parts.proving.idle()
    answer = await helping.post("/de-xuat/1/dua-vao", {**token, "thay": house.parts.bench.find(1).head})
    assert (answer.status_code, "ai viết đề xuất thì không tự" in answer.text) == (409, True)


async def test_a_double_click_takes_once(house: ConsoleHouse, repository: Path) -> None:
    author, _, _, taking = await two_admins(house)
    await proved(house, house.proposal(author))
    form = (await taking.open("/de-xuat/1")).forms["/de-xuat/1/dua-vao"]
    answers = await asyncio.gather(*(taking.post("/de-xuat/1/dua-vao", form) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409]
    assert git(repository, "rev-list", "--count", "HEAD").strip() == "2"
    assert [line[1] for line in house.log()].count("proposal taken") == 1


async def test_a_file_that_was_changed_by_hand_and_not_committed_is_not_written_over(
    house: ConsoleHouse, repository: Path
) -> None:
    author, _, _, taking = await two_admins(house)
    await proved(house, house.proposal(author))
    by_hand = (repository / LOAN).read_text("utf-8") + "# by hand\n"
    (repository / LOAN).write_text(by_hand, "utf-8")
    await taking.open("/de-xuat/1")
    page = await taking.sends("/de-xuat/1/dua-vao")
    assert (taking.status, "sửa tay" in page.words) == (409, True)
    assert (repository / LOAN).read_text("utf-8") == by_hand
    assert house.parts.bench.find(1).state == "open"
    assert "proposal taken" not in [line[1] for line in house.log()]


async def test_what_has_faults_cannot_be_taken_and_shows_file_and_line(
    repository: Path, store: SqliteStore, database: Path
) -> None:
    async with console_on(repository, store, database, found(problems=2)) as house:
        author, _, _, taking = await two_admins(house)
        await proved(house, house.proposal(author))
        page = await taking.open("/de-xuat/1")
        assert "Còn 2 lỗi nên chưa đưa vào được" in page.words
        assert f"{LOAN}:3 : lỗi số 0" in page.words
        form = {"the": page.forms["/thoat"]["the"], "thay": house.parts.bench.find(1).head, "ly_do": "cứ đưa vào"}
        answer = await taking.post("/de-xuat/1/dua-vao", form)
        assert answer.status_code == 409
        assert "chờ người thứ hai" not in (await taking.open("/")).words
    assert git(repository, "rev-list", "--count", "HEAD").strip() == "1"


async def test_a_loss_needs_a_reason_which_stands_in_the_commit(repository: Path, store: SqliteStore, database: Path) -> None:
    async with console_on(repository, store, database, found(gain=LOSS)) as house:
        author, _, taker, taking = await two_admins(house)
        await proved(house, house.proposal(author))
        page = await taking.open("/de-xuat/1")
        assert "Tốt lên 1 câu, kém đi 3 câu. Ghi lý do nếu vẫn đưa vào." in page.words
        assert "câu kém đi" in page.words
        page = await taking.sends("/de-xuat/1/dua-vao")
        assert (taking.status, page.title.startswith("Lỗi:")) == (409, True)
        page = await taking.sends("/de-xuat/1/dua-vao", ly_do="Hỏi thế này mới đúng ý bà con.")
        assert "Đã đưa vào" in page.words
        with house.store.viewing() as view:
            assert (view.log(1)[0].actor, view.log(1)[0].detail) == (taker, "Hỏi thế này mới đúng ý bà con.")
    assert "Hỏi thế này mới đúng ý bà con." in git(repository, "log", "--format=%b", "-1")


async def test_what_could_not_be_proved_is_not_taken_and_can_be_proved_again(
    repository: Path, store: SqliteStore, database: Path
) -> None:
    ways = [found(trouble="hết bộ nhớ"), found()]

    async def prove(proposal: Proposal, moved: Callable[[Stage], None]) -> Proof:
        return await ways.pop(0)(proposal, moved)

    async with console_on(repository, store, database, prove) as house:
        author, _, _, taking = await two_admins(house)
        await proved(house, house.proposal(author))
        page = await taking.open("/de-xuat/1")
        assert "hết bộ nhớ" in page.words
        assert "/de-xuat/1/dua-vao" not in page.forms
        await taking.sends("/de-xuat/1/thu-lai")
        await house.parts.proving.idle()
        assert "/de-xuat/1/dua-vao" in (await taking.open("/de-xuat/1")).forms


async def test_one_after_the_other_is_proved_and_the_page_tells_how_far_it_is(
    repository: Path, store: SqliteStore, database: Path
) -> None:
    moving, ending, at_once = asyncio.Event(), asyncio.Event(), 0

    async def prove(proposal: Proposal, moved: Callable[[Stage], None]) -> Proof:
        nonlocal at_once
        at_once += 1
        assert at_once == 1
        moved("evaluate")
        moving.set()
        await ending.wait()
        at_once -= 1
        return Proof(base=proposal.base, head=proposal.head)

    async with console_on(repository, store, database, prove) as house:
        author, writing, _, _ = await two_admins(house)
        mark = house.parts.proving.mark
        for text in ("câu một hay", "câu hai hay"):
            house.parts.proving.want(house.proposal(author, text))
        await moving.wait()
        assert "Bước 2/2: đang hỏi thử" in (await writing.open("/de-xuat/1")).words
        assert "Đang chờ kiểm tra xong một đề xuất khác" in (await writing.open("/de-xuat/2")).words
        assert house.parts.proving.mark != mark, "open pages would not hear of it"
        ending.set()
        await house.parts.proving.idle()
        assert "Không có lỗi" in (await writing.open("/de-xuat/2")).words


async def test_check_and_evaluate_run_in_a_process_of_their_own(repository: Path, store: SqliteStore, database: Path) -> None:
    stages: list[Stage] = []

    async def prove(proposal: Proposal, moved: Callable[[Stage], None]) -> Proof:
        return await prove_in_child(opened.parts.bench, opened.settings, lambda: DAY)(proposal, stages.append)

    async with console_on(repository, store, database, prove) as house:
        opened = house
        author, _, _, taking = await two_admins(house)
        await proved(house, house.proposal(author))
        assert stages == ["check", "evaluate"]
        page = await taking.open("/de-xuat/1")
        assert "Không có lỗi. Tốt lên 0 câu, kém đi 0 câu." in page.words
    assert not (repository.parent / "hooked").exists()


def test_a_fault_ends_proving_before_anything_is_measured(tiny_home: Path) -> None:
    loan = tiny_home / LOAN
    loan.write_text(loan.read_text("utf-8").replace("{loan-limit}", "{loan-limits}", 1), "utf-8")
    stages: list[str] = []
    proof = prove(tiny_home, "a", "b", None, [LOAN], Settings(home=tiny_home, cache=tiny_home), DAY, stages.append)
    assert (stages, proof.gain, proof.errors) == (["check"], None, 1)
    told = {lang: [one for one in rows if not one.warning] for lang, rows in proof.problems.items()}
    assert told.keys() == {"vi", "en"}
    assert (told["vi"][0].file, told["vi"][0].line, "loan-limits" in told["vi"][0].text) == (LOAN, 14, True)


async def test_where_there_is_no_git_a_patch_is_to_be_had(tiny_home: Path, store: SqliteStore, database: Path) -> None:
    async with console_on(tiny_home, store, database) as house:
        author, _, _, taking = await two_admins(house)
        await proved(house, house.proposal(author))
        page = await taking.open("/de-xuat/1")
        assert "không nằm trong git" in page.words
        assert "/de-xuat/1/dua-vao" not in page.forms
        answer = await taking.get("/de-xuat/1/patch")
        assert answer.headers["content-disposition"] == 'attachment; filename="de-xuat-1.patch"'
        form = {"the": page.forms["/thoat"]["the"], "thay": house.parts.bench.find(1).head}
        assert (await taking.post("/de-xuat/1/dua-vao", form)).status_code == 409
    make_repository(tiny_home)
    (tiny_home.parent / "x.patch").write_bytes(answer.content)
    git(tiny_home, "apply", "--check", str(tiny_home.parent / "x.patch"))


NO_NUMBERS = ("..%2f1", "%2e%2e", "-x", "1%00", "%00", "--help", "1.json", "１", "0x1", "9" * 12, "0", "2")


async def test_what_is_no_number_of_a_proposal_touches_no_path(house: ConsoleHouse) -> None:
    author, _, _, browser = await two_admins(house)
    house.proposal(author)
    token = browser.page.forms["/thoat"]["the"]
    for number in NO_NUMBERS:
        for path in ("", "/patch"):
            assert (number, (await browser.get(f"/de-xuat/{number}{path}")).status_code) == (number, 404)
        for path in ("dua-vao", "lui", "bo", "lam-lai", "thu-lai"):
            assert (number, (await browser.post(f"/de-xuat/{number}/{path}", {"the": token})).status_code) == (number, 404)
        assert (number, (await browser.get(f"/noi-dung/tep?ten={LOAN}&de_xuat={number}")).status_code) == (number, 404)
    assert house.parts.bench.find(1).state == "open"


async def test_a_dropped_proposal_leaves_nothing_behind_and_its_number_is_not_given_again(
    house: ConsoleHouse, repository: Path
) -> None:
    author, writing, _, _ = await two_admins(house)
    house.proposal(author)
    await writing.open("/de-xuat/1")
    page = await writing.sends("/de-xuat/1/bo")
    assert "Đã bỏ đề xuất" in page.words
    assert git(repository, "branch", "--list", "de-xuat/*") == ""
    assert git(repository, "worktree", "list", "--porcelain").count("worktree ") == 1
    assert house.proposal(author).number == 2


async def test_whoever_is_no_administrator_any_more_writes_and_takes_nothing(house: ConsoleHouse, repository: Path) -> None:
    author, _, taker, taking = await two_admins(house)
    await proved(house, house.proposal(author))
    form = (await taking.open("/de-xuat/1")).forms["/de-xuat/1/dua-vao"]
    with house.store.writing() as transaction:
        transaction.remove_staff(taker, house.now)
    assert (await taking.post("/de-xuat/1/dua-vao", form)).status_code == 403
    assert git(repository, "rev-list", "--count", "HEAD").strip() == "1"


# --- Sửa tệp ----------------------------------------------------------------------------------------------------------


async def edit(browser: Browser, name: str, change: Callable[[str], str], proposal: str = "", **fields: str) -> str:
    """Open a file, change it, save it; what the page then says."""
    page = await browser.open(f"/noi-dung/tep?ten={name}" + (f"&de_xuat={proposal}" if proposal else ""))
    text = page.forms["/noi-dung/tep"]["noi_dung"]
    return (await browser.sends("/noi-dung/tep", noi_dung=change(text), viec=fields.get("viec", "luu"))).words


async def test_an_edited_file_is_a_proposal_in_order_and_the_live_one_is_not_touched(
    house: ConsoleHouse, repository: Path
) -> None:
    author, writing, _, _ = await two_admins(house)
    before = (repository / LOAN).read_bytes()
    told = await edit(writing, LOAN, lambda text: text.replace("scope: How much", "scope:    How very much"))
    assert "Đã ghi thành đề xuất" in told
    assert "+scope: How very much a household can borrow." in told
    assert (repository / LOAN).read_bytes() == before
    assert house.log()[0] == (author, "proposal written", "proposal 1")


async def test_a_file_is_put_in_order_without_being_saved(house: ConsoleHouse) -> None:
    _, writing, _, _ = await two_admins(house)
    told = await edit(writing, LOAN, lambda text: text.replace("scope: How", "scope:    How"), viec="xep")
    assert "Chưa lưu gì cả" in told
    assert "scope: How much" in writing.page.forms["/noi-dung/tep"]["noi_dung"]
    assert house.parts.bench.all() == []


def instead(right: str, wrong: str) -> Callable[[str], str]:
    return lambda text: text.replace(right, wrong)


BAD_YAML: Mapping[str, tuple[str, str, str]] = {
    "alias": ("topic: loans", "topic: *loans", "dòng 2"),
    "anchor": ("id: loan-amount", "id: &a loan-amount", "dòng 1"),
    "broken": ("class: P", "class: [P", "dòng"),
    "twice": ("class: P", "class: P\ntopic: jobs", "dòng 4"),
}


async def test_what_is_no_good_yaml_is_said_with_its_line_and_kept(house: ConsoleHouse) -> None:
    _, writing, _, _ = await two_admins(house)
    for name, (right, wrong, line) in BAD_YAML.items():
        told = await edit(writing, LOAN, instead(right, wrong))
        assert (name, writing.status, line in told) == (name, 422, True)
        assert wrong in writing.page.forms["/noi-dung/tep"]["noi_dung"]
    assert house.parts.bench.all() == []


NO_FILES = (
    *("../secret.yaml", "intents/../../secret.yaml", "/etc/passwd", "intents/loans/../loans/loan-amount.yaml", "-x", "content"),
    *("intents/loans/loan-amount.yaml%00", ".git/config", "locales/vi/LC_MESSAGES/loaban.po", "tests/data/residents_tiny.tsv"),
)


async def test_only_content_files_are_read_or_written(house: ConsoleHouse, repository: Path) -> None:
    (repository.parent / "secret.yaml").write_text("topics: {}\n", "utf-8")
    _, writing, _, _ = await two_admins(house)
    token = writing.page.forms["/thoat"]["the"]
    for name in NO_FILES:
        assert (name, (await writing.get(f"/noi-dung/tep?ten={name}")).status_code) == (name, 404)
        answer = await writing.post("/noi-dung/tep", {"the": token, "ten": name, "noi_dung": "x: y", "viec": "luu"})
        assert (name, answer.status_code) == (name, 404)


async def test_a_link_that_leads_out_of_the_content_is_not_followed(house: ConsoleHouse, repository: Path) -> None:
    secret = repository.parent / "secret.yaml"
    secret.write_text("id: secret\n", "utf-8")
    (repository / "intents/loans/secret.yaml").symlink_to(secret)
    git(repository, "add", "-A")
    git(repository, "-c", "core.hooksPath=/dev/null", "commit", "-qm", "link")
    _, writing, _, _ = await two_admins(house)
    assert (await writing.get("/noi-dung/tep?ten=intents/loans/secret.yaml")).status_code == 404
    told = await edit(writing, LOAN, lambda text: text.replace("scope: How", "scope: Now"))
    assert "dẫn ra ngoài" in told
    assert secret.read_text("utf-8") == "id: secret\n"


async def test_a_file_that_changed_since_it_was_opened_is_not_written_over(house: ConsoleHouse, repository: Path) -> None:
    _, writing, _, _ = await two_admins(house)
    page = await writing.open(f"/noi-dung/tep?ten={LOAN}")
    mine = page.forms["/noi-dung/tep"]["noi_dung"].replace("scope: How", "scope: Now")
    (repository / LOAN).write_text((repository / LOAN).read_text("utf-8") + "# by hand\n", "utf-8")
    git(repository, "-c", "core.hooksPath=/dev/null", "commit", "-qam", "by hand")
    page = await writing.sends("/noi-dung/tep", noi_dung=mine, viec="luu")
    assert writing.status == 422
    assert "scope: Now" in page.forms["/noi-dung/tep"]["noi_dung"]
    assert house.parts.bench.all() == []
