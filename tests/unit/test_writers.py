"""Phrasings of independent writers: what is new joins the content, once, with a note of who wrote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import writers
from benchmarks.likeness import Texts
from bot.authoring.checking import check
from bot.knowledge.load import load_knowledge
from tests.tiny import TODAY

FIRST = [
    "loan-amount\tvi\tnhà cháu muốn mượn thì được mấy đồng",
    "loan-amount\tvi\tHan muc, vay von?",
    "loan-amount\ten\tcan one farmer get a big sum here",
    "loan-amount\tvi\tgọi cháu số 0912 345 678 để vay",
    "job-numbers\tvi\tđược bao nhiêu",
    "out-of-scope\tvi\tsố nhà một năm có mấy",
    "unclear-fallback\tvi\tcái ấy thế nào nhỉ",
]
SECOND = [
    "unclear-fallback\tvi\tđược bao nhiêu",
    "loan-amount\tvi\tnha chau muon muon thi duoc may dong a",
    "loan-amount\tvi\tĐược bao nhiêu?",
    "job-numbers\tvi\tông hàng xóm hỏi ở đây mấy người đi làm",
    "loan-amount\tvi\tsố người có việc mỗi năm đâu nhỉ",
    "out-of-scope\ten\twhat can you say of the number of families",
    "out-of-scope\tvi\tasdkjh qwe vay",
]
QUESTION = "Ông hàng xóm hỏi ở đây mấy người đi làm ạ"


@pytest.fixture
def folder(tmp_path: Path, tiny_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two writers' files; the second is called so that a plain sorting would put it first."""
    found = tmp_path / "brought"
    found.mkdir()
    (found / "w9.tsv").write_text("\n".join(FIRST), "utf-8")
    (found / "w10.tsv").write_text("\n".join(SECOND), "utf-8")
    data = tiny_home / "tests/data"
    data.mkdir(parents=True)
    (data / "residents_dev.tsv").write_text(f"text\tintent\n{QUESTION}\tjob-numbers\n", "utf-8")
    monkeypatch.setattr(writers, "WRITERS", tmp_path / "writers.tsv")
    return found


def run(folder: Path, home: Path, *more: str) -> None:
    writers.main([str(folder), "--home", str(home), *more])


def test_what_each_writer_brought_is_counted_and_no_question_is_shown(
    folder: Path, tiny_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in tiny_home.rglob("*.yaml")}
    run(folder, tiny_home)
    shown = capsys.readouterr().out
    assert shown.splitlines()[2:] == [
        "| 1 | 7 | 5 | 1 | 0 | 0 | 0 | 1 | 0 | 0 | 0 |",
        "| 2 | 7 | 1 | 2 | 1 | 0 | 1 | 0 | 1 | 0 | 1 |",
        "| all | 14 | 6 | 3 | 1 | 0 | 1 | 1 | 1 | 0 | 1 |",
    ]
    assert "hàng xóm" not in shown
    assert {path: path.read_bytes() for path in tiny_home.rglob("*.yaml")} == before
    assert not writers.WRITERS.exists()


def test_what_is_new_is_written_where_it_belongs_with_its_writer(folder: Path, tiny_home: Path) -> None:
    further = tiny_home / "intents/loans/phrasings/loan-amount.yaml"
    further.parent.mkdir()
    further.write_text("intent: loan-amount\nexamples:\n  vi:\n    - vay mấy đồng\n", "utf-8")
    run(folder, tiny_home, "--write")
    knowledge = load_knowledge(tiny_home)
    assert knowledge.intents["loan-amount"].examples["vi"][-1] == "nhà cháu muốn mượn thì được mấy đồng"
    assert "nhà cháu" in further.read_text("utf-8")
    assert knowledge.intents["job-numbers"].examples["vi"][-1] == "được bao nhiêu"
    assert knowledge.foreign["various-1"] == {"vi": ("số nhà một năm có mấy",)}
    assert knowledge.foreign["various-2"] == {"en": ("what can you say of the number of families",)}
    assert not [problem for problem in check(tiny_home, "en", TODAY).problems if not problem.warning]
    noted = writers.written_by()
    assert noted[writers.phrasing_hash("NHA CHAU muon muon thi duoc may dong?")] == 1
    assert noted[writers.phrasing_hash("what can you say of the number of families")] == 2
    assert len(noted) == 6


def test_a_second_run_adds_nothing_and_forgets_nobody(folder: Path, tiny_home: Path) -> None:
    run(folder, tiny_home, "--write")
    noted, version = writers.written_by(), load_knowledge(tiny_home).version
    run(folder, tiny_home, "--write")
    assert (writers.written_by(), load_knowledge(tiny_home).version) == (noted, version)


def test_a_fragment_that_somebody_else_means_by_a_subject_is_left_out(tiny_home: Path) -> None:
    found = [
        writers.Phrasing(1, "unclear-fallback", "vi", "được bao nhiêu"),
        writers.Phrasing(2, "loan-amount", "vi", "Được bao nhiêu?"),
    ]
    verdicts = [verdict for _, verdict in writers.sorted_out(found, load_knowledge(tiny_home), Texts())]
    assert verdicts == [writers.ELSEWHERE, writers.NEW]


def test_a_narrower_case_without_its_evidence_is_left_out(tiny_home: Path) -> None:
    path = tiny_home / "intents/loans/loan-amount.yaml"
    path.write_text(path.read_text("utf-8") + "needs_evidence: [thoát nghèo]\n", "utf-8")
    texts = ("nhà cháu vừa thoát nghèo thì sao", "nhà cháu thì sao")
    found = [writers.Phrasing(1, "loan-amount", "vi", text) for text in texts]
    verdicts = [verdict for _, verdict in writers.sorted_out(found, load_knowledge(tiny_home), Texts())]
    assert verdicts == [writers.NEW, writers.UNPROVEN]


def test_an_intent_that_does_not_exist_is_told(folder: Path, tiny_home: Path) -> None:
    (folder / "w1.tsv").write_text("loan-amuont\tvi\tvay\n", "utf-8")
    with pytest.raises(SystemExit, match="writer 1: no intent or language loan-amuont, vi"):
        run(folder, tiny_home)
