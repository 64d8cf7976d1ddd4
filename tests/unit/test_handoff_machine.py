"""Residents, officers, a clock and crashes in any order: what must hold, whatever they do.

Every message has a word of its own. So it can be told who ever got it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bot.engine import Engine
from bot.model import Case, Session
from bot.stores.sqlite.store import SqliteStore
from tests.at_the_desk import MUONG_ANG
from tests.talking import Person, Town

RESIDENTS = {"a": ("849120001", "zalo-bot"), "b": ("555000222", "telegram")}
PICKS = st.integers(0, 3)
RESIDENT = st.sampled_from(list(RESIDENTS))
OFFICER = st.sampled_from(["first", "second", "elsewhere", "boss"])
SENT = "Sent to the resident"


@dataclass
class Written:
    """A word that somebody wrote in a case that was open and had an owner."""

    word: str
    case: int


class Machine(RuleBasedStateMachine):
    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.town = Town(self.engine)
        town = self.town
        self.staff = {
            "first": town.officer("1001"),
            "second": town.officer("1002", channel="zalo-bot"),
            "elsewhere": town.officer("1003", MUONG_ANG),
            "boss": town.officer("1004", role="owner"),
        }
        self.group = town.linked(self.staff["boss"])
        self.residents = {name: town.person(user, channel) for name, (user, channel) in RESIDENTS.items()}
        self.revoked: dict[str, int] = {}  # and how much they had got by then
        self.words = 0
        self.questions: list[str] = []  # words of residents
        self.to_officers: list[Written] = []
        self.sent: list[Written] = []  # and where the officer was told that it was
        self.refused: list[str] = []
        self.forgotten: set[int] = set()  # cases
        self.lost_officers = False  # whether something for an officer may have been dropped

    # --- what can be seen ---

    def word(self) -> str:
        self.words += 1
        return f"qzx{self.words}vw"

    def texts(self, person: Person) -> list[str]:
        """What came, and what is on its way."""
        queued = [out.reply.text for out in self.town.waiting() if out.to == person.address]
        return [reply.text for _, reply in person.got] + queued

    def new(self, person: Person, act: Callable[[], object]) -> str:
        before = len(self.texts(person))
        act()
        return "\n".join(self.texts(person)[before:])

    def case_of(self, name: str) -> Case | None:
        with self.town.store.writing() as transaction:
            return transaction.case_of(self.residents[name].address)

    def cases(self) -> list[Case]:
        with self.town.store.writing() as transaction:
            return transaction.cases(None, states=("waiting", "owned", "closed"))

    def pick(self, pick: int) -> int:
        """An open case, mostly."""
        cases = sorted(self.cases(), key=lambda case: (case.state == "closed", case.number))
        return cases[min(pick, len(cases) - 1)].number if cases else 1

    def owner(self, case: Case | None) -> str | None:
        if case is None or case.state != "owned":
            return None
        return next((name for name, one in self.staff.items() if one.number == case.owner and name not in self.revoked), None)

    def writing(self, person: Person) -> Person:
        """Who writes has let the bot in again."""
        self.town.undeliverable.pop(person.address, None)
        return person

    def tick(self, **span: float) -> None:
        self.town.wait(**span)
        assert all(self.owner(case) is not None for case in self.cases() if case.state == "owned")

    # --- residents ---

    @rule(name=RESIDENT)
    def ask(self, name: str) -> None:
        """Has a question passed on, or adds one, where the bot answers."""
        resident = self.writing(self.residents[name])
        if self.owner(self.case_of(name)) is not None:
            return
        self.carry()
        self.tick(seconds=60)
        if self.case_of(name) is not None and self.owner(self.case_of(name)) is not None:
            return
        word = self.word()
        self.questions.append(word)
        resident.write(word)
        resident.tap("Pass it on to an officer")
        if "Which commune" in resident.last:
            resident.write("Búng Lao")
        resident.tap("Yes, pass it on")
        case = self.case_of(name)
        assert case is not None
        with self.town.store.writing() as transaction:
            assert word in case.question or any(word in message.text for message in transaction.messages(case.number))

    @rule(name=RESIDENT)
    def write(self, name: str) -> None:
        resident, case = self.writing(self.residents[name]), self.case_of(name)
        word = self.word()
        self.questions.append(word)
        told = self.new(resident, lambda: resident.write(word))
        if case is not None and case.state == "owned":
            assert told == "" or "on to a colleague" in told  # the officer could not be reached
            self.to_officers.append(Written(word, case.number))
        else:
            assert told != ""

    @rule(name=RESIDENT, how=st.sampled_from(["end", "forget", "block", "block_unnoticed"]))
    def leave(self, name: str, how: str) -> None:
        getattr(self, how)(name)

    def end(self, name: str) -> None:
        resident, case = self.writing(self.residents[name]), self.case_of(name)
        resident.write("end")
        if case is not None and case.state == "owned":
            assert self.case_of(name) is None

    def forget(self, name: str) -> None:
        resident, case = self.writing(self.residents[name]), self.case_of(name)
        self.forgotten.update(one.number for one in self.cases() if one.resident == resident.address)
        resident.write("/forget")
        with self.town.store.writing() as transaction:
            if case is not None:
                assert transaction.case(case.number) is None
                assert transaction.messages(case.number) == []
            transaction.save_session(Session(resident.address, lang="en", greeted=True, at=self.town.now))

    def block(self, name: str) -> None:
        resident = self.residents[name]
        self.town.undeliverable[resident.address] = "refused-person"
        resident.write("", kind="left")
        assert self.case_of(name) is None

    def block_unnoticed(self, name: str) -> None:
        self.town.undeliverable[self.residents[name].address] = "refused-person"

    # --- officers ---

    @initialize()
    def begin(self) -> None:
        """With a talk, so that not every run is about how to come to one."""
        self.ask("a")
        self.order("first", 0, "take", grouped=False)

    @rule(name=RESIDENT, officer=st.sampled_from(["first", "second", "boss"]), grouped=st.booleans())
    def begin_again(self, name: str, officer: str, grouped: bool) -> None:
        self.ask(name)
        self.order(officer, len(self.cases()) - 1, "take", grouped=grouped)

    @rule(name=RESIDENT, officer=st.sampled_from(["first", "second", "boss"]), pick=PICKS)
    def talk(self, name: str, officer: str, pick: int) -> None:
        self.write(name)
        self.answer(officer, pick)

    @rule(name=OFFICER, pick=PICKS, order=st.sampled_from(["take", "done", "return", "show"]), grouped=st.booleans())
    def order(self, name: str, pick: int, order: str, grouped: bool) -> None:
        officer, number = self.writing(self.staff[name]), self.pick(pick)
        if grouped and officer.address.channel == "telegram":
            officer.write_in(self.group, f"{order} {number}")
        else:
            officer.write(f"{order} {number}")

    @rule(name=OFFICER, pick=PICKS)
    def answer(self, name: str, pick: int) -> None:
        officer, word, number = self.writing(self.staff[name]), self.word(), self.pick(pick)
        told = self.new(officer, lambda: officer.write(f"{number}: {word}"))
        if SENT in told:
            assert name not in self.revoked
            self.sent.append(Written(word, number))
        else:
            self.refused.append(word)
            assert told != ""

    @precondition(lambda self: len(self.revoked) < 2)
    @rule(name=st.sampled_from(["first", "second"]))
    def revoke(self, name: str) -> None:
        if name not in self.revoked:
            self.carry()
            self.town.revoke(self.staff[name])
            self.revoked[name] = len(self.staff[name].got)
            self.lost_officers = True

    @rule(name=st.sampled_from(["first", "second"]))
    def officer_blocks(self, name: str) -> None:
        self.town.undeliverable[self.staff[name].address] = "refused-person"
        self.lost_officers = True

    # --- the rest of the world ---

    @rule()
    def restart(self) -> None:
        self.town.restart()

    @rule()
    def stall(self) -> None:
        self.town.carrying = False

    @rule()
    def carry(self) -> None:
        self.town.carrying = True
        self.town.deliver()

    @rule(minutes=st.sampled_from([0, 5, 31, 100, 60 * 14, 60 * 49]))
    def wait(self, minutes: int) -> None:
        self.tick(minutes=minutes)

    # --- what must hold ---

    @invariant()
    def nobody_has_two_open_cases(self) -> None:
        residents = [case.resident for case in self.cases() if case.state != "closed"]
        assert len(residents) == len(set(residents))

    @invariant()
    def what_was_sent_is_with_the_resident_or_on_its_way_or_its_writer_knows(self) -> None:
        cases = {case.number: case for case in self.cases()}
        for written in self.sent:
            if written.case in self.forgotten:
                continue
            case = cases[written.case]
            resident = next(one for one in self.residents.values() if one.address == case.resident)
            arrived = any(written.word in text for text in self.texts(resident))
            told = "\n".join(text for one in self.staff.values() for text in self.texts(one))
            assert arrived or f"Case {written.case} is over:" in told or self.lost_officers

    @invariant()
    def what_residents_wrote_is_kept_for_whoever_answers(self) -> None:
        with self.town.store.writing() as transaction:
            for written in self.to_officers:
                if written.case not in self.forgotten:
                    assert any(written.word in message.text for message in transaction.messages(written.case))

    @invariant()
    def what_was_refused_never_reaches_a_resident(self) -> None:
        got = "\n".join(text for resident in self.residents.values() for text in self.texts(resident))
        assert not any(word in got for word in self.refused)

    @invariant()
    def residents_read_nothing_of_each_other(self) -> None:
        cases = {case.number: case.resident for case in self.cases()}
        for resident in self.residents.values():
            got = "\n".join(self.texts(resident))
            others = [one for one in self.sent if one.case not in self.forgotten and cases[one.case] != resident.address]
            assert not any(written.word in got for written in others)

    @invariant()
    def nobody_outside_the_commune_reads_a_word(self) -> None:
        got = "\n".join(self.texts(self.staff["elsewhere"]))
        assert not any(word in got for word in self.questions)

    @invariant()
    def who_is_no_longer_staff_reads_no_more(self) -> None:
        for name, before in self.revoked.items():
            after = "\n".join(reply.text for _, reply in self.staff[name].got[before:])
            assert not any(word in after for word in self.questions)

    @invariant()
    def officers_never_see_who_asks(self) -> None:
        got = "\n".join(text for one in (*self.staff.values(), self.group) for text in self.texts(one))
        assert not any(user in got for user, _ in RESIDENTS.values())
        assert "zalo" not in got.lower()

    @invariant()
    def what_is_counted_names_nobody(self) -> None:
        assert isinstance(self.town.store, SqliteStore)
        for table in ("counts", "verdicts", "unanswered", "audit"):
            rows = str([tuple(row) for row in self.town.rows(f"SELECT * FROM {table}")])
            assert not any(user in rows for user, _ in RESIDENTS.values())

    def teardown(self) -> None:
        """In the end everything can still be carried, and every open case can be finished."""
        self.town.undeliverable.clear()
        self.carry()
        boss = self.staff["boss"]
        for case in self.cases():
            if case.state != "closed":
                boss.write(f"take {case.number}")
                boss.write(f"done {case.number}")
        assert all(case.state == "closed" for case in self.cases())
        for resident in self.residents.values():
            assert resident.write("can I get a loan for a house") != ""
        assert self.town.waiting() == []
        self.town.store.close()


def test_whatever_residents_officers_and_crashes_do_nothing_is_lost_or_told_to_the_wrong_person(engine: Engine) -> None:
    class Here(Machine):
        pass

    Here.engine = engine
    run_state_machine_as_test(Here, settings=settings(max_examples=40, stateful_step_count=30))
