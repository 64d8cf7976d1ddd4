"""A chat with the desk, as the application leads it: sessions, tokens of buttons and replies lie in a real store."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from bot.desk.chat_draft import ChatDraft, load
from bot.engine import Engine
from bot.model import Address, Announcement, Button, Incoming, Reply, Role, Session, Subscription, Turn
from bot.ports import Store
from bot.service.wiring import staff_chat
from bot.settings import Settings
from bot.stores.sqlite.store import SqliteStore

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # Monday, 8:00 in Điện Biên
BUNG_LAO, MUONG_ANG, SIN_THAU = "03301", "03256", "03158"
LIMIT = 3  # above it a second person approves
TEXT = "Sáng mai có lớp dạy may ở nhà văn hóa."
ANSWERS = {
    "text": TEXT,
    "text-en": "Skip",
    "places": "Búng Lao",
    "topics": "Everybody",
    "when": "Now",
    "lasts": "3 days",
    "kind": "Ordinary",
}


@lru_cache
def usual(**different: object) -> Settings:
    """The usual settings with a small limit, on Telegram with a public address; nothing of it from the environment."""
    channels: dict[str, object] = {
        "telegram_token": "1:x",
        "zalo_bot_token": None,
        "zalo_oa_app_id": "",
        "public_url": "https://loaban.example",
    }
    return Settings(approval_above=LIMIT, allowed_links="gov.vn", **{**channels, **different})  # type: ignore[arg-type]


@dataclass
class Village:
    """A store with residents and staff, the desk, and a clock."""

    engine: Engine
    store: Store = field(default_factory=lambda: SqliteStore(":memory:"))
    now: datetime = MORNING
    updates: int = 0
    settings: Settings = field(default_factory=usual)

    def __post_init__(self) -> None:
        self.desk = staff_chat(self.settings, self.engine)
        self.actions = self.desk.actions

    def close(self) -> None:
        self.store.close()

    def subscribers(self, count: int, place: str = BUNG_LAO, *, first: int = 1000, channel: str = "telegram") -> None:
        with self.store.writing() as transaction:
            for number in range(first, first + count):
                transaction.subscribe(Subscription(Address(channel, str(number)), place, (), "vi", MORNING))

    def staff(self, user: str, role: Role, *places: str, lang: str = "en", channel: str = "telegram") -> Chat:
        """Somebody of the staff who was greeted before."""
        chat = self.chat(user, lang=lang, channel=channel)
        with self.store.writing() as transaction:
            chat.number = transaction.add_staff(role, places, "", chat.address, self.now).number
        return chat

    def chat(self, user: str, *, lang: str = "en", channel: str = "telegram") -> Chat:
        chat = Chat(self, Address(channel, user))
        with self.store.writing() as transaction:
            transaction.save_session(Session(chat.address, lang=lang, greeted=True, at=self.now))
        return chat

    def announcements(self) -> list[Announcement]:
        with self.store.writing() as transaction:
            return transaction.announcements(None)

    def found(self, number: int) -> Announcement:
        with self.store.writing() as transaction:
            found = transaction.announcement(number)
        assert found is not None
        return found

    def revoke(self, chat: Chat) -> None:
        with self.store.writing() as transaction:
            transaction.remove_staff(chat.number, self.now)


@dataclass
class Chat:
    """One person's chat. `replies` are those to the last message, [] where it was no business of the desk."""

    village: Village
    address: Address
    number: int = 0
    replies: list[Reply] = field(default_factory=list)
    turn: Turn | None = None

    def write(self, text: str, **details: object) -> str:
        """Send a message; returns what is answered, the replies with empty lines between them."""
        return self.receive(Incoming(self._update(), self.address, text, self.village.now, **details))  # type: ignore[arg-type]

    def tap(self, label: str) -> str:
        """Tap a button of the last replies, through the token that the channel would send back."""
        choices = [button.choice for reply in self.replies for button in reply.buttons if button.label == label]
        assert choices, f"no button {label!r} among {self.labels()}"
        return self.press(self.token(choices[-1]))

    def order(self, choice: str) -> str:
        """Tap a button with this meaning that hung on some earlier reply."""
        with self.village.store.writing() as transaction:
            transaction.queue(self.address, [Reply("…", (Button("…", choice),))], self.village.now)
        return self.press(self.token(choice))

    def press(self, token: str) -> str:
        incoming = Incoming(self._update(), self.address, "", self.village.now, choice=token)
        with self.village.store.writing() as transaction:
            meant = transaction.chosen(self.address, token, self.village.now) or ""
        return self.receive(replace(incoming, choice=meant))

    def token(self, choice: str) -> str:
        """The newest token that stands for a choice in this chat."""
        with self.village.store.writing() as transaction:
            queued = [
                button.choice
                for outgoing in self.village.store.due_replies(self.address.channel)
                for button in outgoing.reply.buttons
                if outgoing.to == self.address
            ]
            found = [token for token in queued if transaction.chosen(self.address, token, self.village.now) == choice]
        return found[-1]

    def receive(self, incoming: Incoming) -> str:
        with self.village.store.writing() as transaction:
            session = transaction.session(self.address) or Session(self.address)
            self.turn = self.village.desk.turn(incoming, session, transaction, transaction.staff(incoming.sender))
            if self.turn is not None:
                transaction.save_session(self.turn.session)
                transaction.queue(self.address, self.turn.replies, incoming.at)
        self.replies = list(self.turn.replies) if self.turn else []
        return "\n\n".join(reply.text for reply in self.replies)

    def labels(self) -> list[str]:
        return [button.label for reply in self.replies for button in reply.buttons]

    def told(self) -> list[Reply]:
        """What lies in the store for this person, the last first."""
        return [out.reply for out in self.village.store.due_replies(self.address.channel) if out.to == self.address][::-1]

    def _update(self) -> str:
        self.village.now += timedelta(seconds=5)
        self.village.updates += 1
        return str(self.village.updates)


def compose(chat: Chat, **different: str) -> str:
    """Write an announcement up to the preview; returns the last answer."""
    answer = chat.write("/announce")
    while step_of(chat) != "preview":
        step = step_of(chat)
        answer = chat.write((ANSWERS | different)[step])
        assert step_of(chat) != step, answer
    return answer


def step_of(chat: Chat) -> str:
    """The step that is being asked; "" where nothing is being written."""
    draft = _draft(chat)
    return draft.step if draft else ""


def draft_of(chat: Chat) -> ChatDraft:
    draft = _draft(chat)
    assert draft is not None
    return draft


def _draft(chat: Chat) -> ChatDraft | None:
    with chat.village.store.writing() as transaction:
        data = transaction.draft(chat.address)
    return load(data) if data else None
