"""Recorded conversations, played through a Bot API server that nobody here wrote, with `loaban run` as a process.

`make standin` installs that server (telemelya) into an environment of its own and runs this. A turn has gone well when the
server's own record shows exactly the replies that the dialogue gives to it, and these are what the recording expects.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.authoring.recorded_conversations import ExpectedConversation, ExpectedTurn, _differences, _tapped, read_conversations
from bot.dialogue import respond
from bot.engine import Engine
from bot.model import Address, Button, Incoming, Session
from tests.standin.bridge import Bridge
from tests.standin.server import READY, StandIn, standin, until

ENVIRONMENT = Path(__file__).resolve().parent.parent.parent / ".venv-standin"
TOKEN = "987654321:AAstandinstandinstandinstandinstand"
ANSWER_SECONDS = 15.0
END_SECONDS = 5.0
PLAYED = {
    "vi/first-contact.yaml": "a greeting is answered by who this is and what can be asked",  # with a button pressed
    "vi/loans.yaml": "a poor household asks about a loan, without accents",
    "vi/language.yaml": "a question in English in between is answered in English",
    "vi/media.yaml": "a photo with words under it is answered by its words",
}

pytestmark = pytest.mark.skipif(
    not (ENVIRONMENT / READY).exists(), reason="the stand-in is not installed in .venv-standin: run `make standin`"
)


class Resident:
    """Somebody in a chat of the stand-in. Their turns are also given to the dialogue itself, and both answers compared."""

    def __init__(self, chat: int, server: StandIn, engine: Engine) -> None:
        self.chat = chat
        self.replies: list[dict[str, Any]] = []  # as the stand-in recorded them
        self._server = server
        self._mind = engine
        self._session = Session(Address("telegram", str(chat)))
        self._buttons: tuple[Button, ...] = ()

    def plays(self, turn: ExpectedTurn) -> None:
        choice = _tapped(turn.tap, self._buttons)
        assert (turn.tap is None) == (choice is None), f"there is no button “{turn.tap}”: {self._buttons}"
        incoming = Incoming("", self._session.address, turn.user or "", datetime.now(UTC), choice, turn.send or "text")
        expected = respond(incoming, self._session, self._mind)
        assert list(_differences(turn, expected.replies, expected.outcome)) == []
        self._act(turn)
        seen = self._wait_for_replies(len(expected.replies))
        assert [reply["text"] for reply in seen] == [reply.text for reply in expected.replies]
        for sent, reply in zip(seen, expected.replies, strict=True):
            shown = [button["text"].removesuffix("…") for button in keyboard(sent)]
            assert all(button.label.startswith(text) for button, text in zip(reply.buttons, shown, strict=True))
        self._session = expected.session
        self._buttons = expected.replies[-1].buttons if expected.replies else ()

    def _act(self, turn: ExpectedTurn) -> None:
        if turn.tap is not None:
            button = next(button for button in keyboard(self.replies[-1]) if turn.tap in button["text"])
            update = self._server.press(self.chat, self.replies[-1]["message_id"], button["callback_data"])
            until(lambda: update["callback_query"]["id"] in self._acknowledged(), ANSWER_SECONDS)
        elif turn.send == "photo":
            self._server.photo(self.chat, turn.user or "")
        else:
            assert turn.send is None, f"the stand-in's people cannot send this: {turn.send}"
            self._server.write(self.chat, turn.user or "")

    def _acknowledged(self) -> set[str]:
        return {call["callback_query_id"] for call in self._server.record(self.chat, "answerCallbackQuery")}

    def _wait_for_replies(self, count: int) -> list[dict[str, Any]]:
        before = len(self.replies)

        def arrived() -> bool:
            self.replies = self._server.record(self.chat, "sendMessage")
            return len(self.replies) >= before + count

        until(arrived, ANSWER_SECONDS)
        return self.replies[before:]


def keyboard(sent: dict[str, Any]) -> list[dict[str, str]]:
    """The buttons under a message in the stand-in's record."""
    return [button for row in (sent["reply_markup"] or {}).get("inline_keyboard", []) for button in row]


def recorded(home: Path, file: str, name: str) -> ExpectedConversation:
    conversations = read_conversations(home / "tests" / "conversations" / file)[0].conversations
    (found,) = [conversation for conversation in conversations if conversation.name == name]
    return found


@contextmanager
def loaban_run(home: Path, folder: Path, cache: Path, api: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONWARNINGS": "error",
        "LOABAN_TELEGRAM_TOKEN": TOKEN,
        "LOABAN_TELEGRAM_API": api,
        "LOABAN_TELEGRAM_POLL_SECONDS": "20",
        "LOABAN_DB": str(folder / "loaban.db"),
        "LOABAN_CACHE": str(cache),
        "LOABAN_LOG_FORMAT": "json",
    }
    command = [sys.executable, "-m", "bot", "--home", str(home), "run"]
    path = folder / "run.log"
    with path.open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        print(path.read_text("utf-8"))


def test_recorded_conversations_go_as_written_on_a_server_of_other_people(
    home: Path, engine: Engine, cache: Path, tmp_path: Path
) -> None:
    with (
        Bridge(TOKEN) as bridge,
        standin(ENVIRONMENT, tmp_path, bridge.place, TOKEN) as server,
    ):
        bridge.register(server.place)
        with loaban_run(home, tmp_path, cache, bridge.api) as process:
            residents = []
            for chat, (file, name) in enumerate(PLAYED.items(), start=1001):
                resident = Resident(chat, server, engine)
                residents.append(resident)
                for turn in recorded(home, file, name).turns:
                    resident.plays(turn)
            until(lambda: not bridge.updates.waiting, ANSWER_SECONDS)  # all of them confirmed

            begin = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(END_SECONDS) == 0
            assert time.monotonic() - begin < END_SECONDS / 2, "the poll under way holds up the end"

        for resident in residents:
            assert server.record(resident.chat, "sendMessage") == resident.replies, "something came later"
        assert set(bridge.passed) <= {"sendMessage", "sendChatAction", "answerCallbackQuery"}

    log = (tmp_path / "run.log").read_text("utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in lines if line["level"] != "info"] == []
    assert lines[-1]["event"] == "stopped"
    assert TOKEN not in log
