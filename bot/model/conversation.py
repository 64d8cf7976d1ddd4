"""The nouns of a conversation: who wrote, what was said, what is remembered. Frozen values; time is always an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.model.well_known import CHOICE_PREFIX

CHOICE_LASTS = timedelta(days=30)
ORDER_LASTS = timedelta(days=1)  # whoever gives an order should see what it is about

IncomingKind = Literal["text", "voice", "photo", "sticker", "location", "file", "other", "left"]
Household = Literal["poor", "near-poor", "escaped", "not-poor"]
OutcomeKind = Literal["answer", "clarify", "unknown", "menu", "command", "handoff"]

# What a person can ask of the bot itself: /start and so on, or the words for it in content/vocabulary.yaml.
COMMANDS = (
    "start",
    "menu",
    "help",
    "language",
    "privacy",
    "mydata",
    "subscribe",
    "stop",
    "check",
    "forget",
    "sources",
    "about",
)
StaffCommandName = Literal["announce", "announcements", "join", "cancel", "cases", "link", "unlink", "console"]
STAFF_COMMANDS: tuple[StaffCommandName, ...] = (
    *("announce", "announcements", "join", "cancel", "cases", "link", "unlink"),
    "console",
)


@dataclass(frozen=True, slots=True)
class Address:
    """A person on a channel; `user` is the vendor's id of the private chat."""

    channel: str
    user: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message or button press. `id` is the vendor's update id, unique on its channel.

    `choice` is a button's token as a channel reads it; the application puts the token's meaning there, "" for an old one.
    `photo` is a picture that came along, `file` anything else that did: an https address, or `<channel>:<id>` and
    `<channel>:<document|voice|audio|video|...>:<id>` for what lies at a vendor. The kind `left` says that the person blocked
    the bot or left. `way`: a message that was forwarded, or changed after it was sent, has no authority.

    In a group `sender` is the group and `author` the private chat of whoever wrote. `reply_to` is the vendor's id of the
    message of ours that this one answers. `more`: a further part, such as another photo of an album, of what came before.
    `topic` is the part of a group in which it was written. `moved_to`: the vendor gave this chat a new id, and nobody wrote.
    `place` and `lang`: the commune (its code) and the language for which a page of ours was opened, "" for none.
    """

    id: str
    sender: Address
    text: str
    at: datetime
    choice: str | None = None
    kind: IncomingKind = "text"
    photo: str | None = None
    way: Literal["private", "forwarded", "edited", "group"] = "private"
    file: str | None = None
    author: Address | None = None
    reply_to: str | None = None
    more: bool = False
    topic: str = ""
    moved_to: Address | None = None
    place: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A thing to tap. `choice` is its meaning: `intent:<id>`, `more:<id>`, `hear:<id>/<language>`, `topic:<id>`, `lang:<code>`,
    `place:<code>`, `menu`, `none`.

    On its way out of the store it is the token that stands for the meaning. What begins with CHOICE_PREFIX is an order of
    somebody who may give it. `beside`: it may stand on the line of the one before.
    """

    label: str
    choice: str
    beside: bool = False

    @property
    def lasts(self) -> timedelta:
        """How long the token that stands for the meaning can be used."""
        return ORDER_LASTS if self.choice.startswith(CHOICE_PREFIX) else CHOICE_LASTS


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to a person. Its buttons are also answered by their number, or by their words.

    `photo` stands above the text, see `Plan.photo`; `file` comes with it, see `Incoming.file`. `case` is the number of the
    case that it belongs to: who answers this message in the app writes to that case. `topic`: see `Incoming.topic`.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    photo: str | None = None
    file: str | None = None
    case: int | None = None
    topic: str = ""


@dataclass(frozen=True, slots=True)
class MatchReasons:
    """Why a candidate stands where it stands; what each feature adds to the score is in `Matcher.explain`.

    score     what the features and the closest phrasing add up to
    covered   share of the question's word weight that the intent's phrasings contain, 0 to 1
    likeness  of the question and the closest phrasing, 0 to 1
    repairs   words that were read as other words than typed
    """

    score: float
    covered: float
    likeness: float
    repairs: int


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate. `probability` that it is right, 0 to 1; `example` is the closest phrasing, "" where nothing was matched.

    `reasons` is None there, too.
    """

    intent: str
    probability: float
    example: str
    reasons: MatchReasons | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody has told while asking. The values are names of content/conversation.yaml; the newest come first.

    `age` is in years, of whoever was spoken of last; `abroad` is where somebody already is.
    """

    household: Household | None = None
    people: tuple[str, ...] = ()
    age: int | None = None
    work: tuple[str, ...] = ()
    abroad: str | None = None


NOTHING_TOLD = Told()


@dataclass(frozen=True, slots=True)
class Session:
    """What is remembered of a conversation between two messages.

    `offered` are the choices a bare number refers to, `topic` and `intent` what was answered last, `asked` an open
    question of ours (`place`, `subscribe`, `person`), `tokens` and `tokens_at` the bucket that slows a flood, `slowed`
    whether that was said.

    `question` is what was asked last, masked, for a day at most: to be passed on to a person, or kept without the person
    where the answer was no good. `kept` is its number among the unanswered ones. `others` are the intents that came next
    after the answer, `rated` whether it was found good or not, `unknowns` how many questions in a row were not understood,
    `place` the commune somebody named, `version` the content that the last answer came from.

    `subjects` are the intents spoken about, the newest first, without those about the bot itself: thanks or a detour wipe
    none. `emergency` is `<intent>/<need>` while something urgent holds the conversation, "" else; `left`: something calm was
    asked since, and only what plainly asks on ("which number") is still read inside it. `told` is what the person
    has told of themselves, for as long as the conversation goes on. `full`: this person wants answers with all that
    there is, until they say otherwise. `listed` are the intents that were asked back about last, in their order, and
    `listed_for` how many replies ago: they stay choosable for a few.
    """

    address: Address
    lang: str | None = None
    greeted: bool = False
    offered: tuple[Button, ...] = ()
    topic: str | None = None
    intent: str | None = None
    asked: str | None = None
    at: datetime | None = None
    tokens: float = 20.0
    tokens_at: datetime | None = None
    slowed: bool = False
    question: str = ""
    kept: int | None = None
    others: tuple[str, ...] = ()
    rated: bool = False
    unknowns: int = 0
    place: str | None = None
    version: str = ""
    subjects: tuple[str, ...] = ()
    emergency: str = ""
    left: bool = False
    told: Told = NOTHING_TOLD
    full: bool = False
    listed: tuple[Button, ...] = ()
    listed_for: int = 0

    @property
    def in_danger(self) -> bool:
        """Whether something urgent holds the conversation, and nothing calm was asked since."""
        return bool(self.emergency) and not self.left


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message; `intent` is set whenever one was recognised, `candidates` are at most three, best first.

    `further` are the intents that were answered, too, where a message asked several things.
    """

    kind: OutcomeKind
    intent: str | None
    probability: float
    lang: str
    candidates: tuple[Match, ...] = ()
    further: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What a person wants to hear: announcements of one commune, on some topics or (empty) all, in which language."""

    place: str
    topics: tuple[str, ...]
    lang: str


@dataclass(frozen=True, slots=True)
class HandoffRequest:
    """A question that somebody agreed to have passed on to the officers of a commune. `topic` is None where none is known."""

    place: str
    topic: str | None
    lang: str
    question: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """Whether the answer of an intent was what somebody wanted."""

    intent: str
    good: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """The effect of one message: what to say, what to remember, what to count. `outcome` is None for a silent turn.

    forget     deletes all that is kept of the person
    stop       ends the announcements, `subscribe` begins or changes them
    handoff    opens a case, or adds the question to the one that waits
    passes_on  the message goes to the officer who owns the conversation
    ends_case  the person wants to speak with the bot again
    verdict    on the last answer
    settled    the question that was asked back about is answered, so it is not kept as unanswered
    urgent_notice  the numbers to call stand above a question back
    """

    replies: tuple[Reply, ...]
    session: Session
    outcome: Outcome | None
    forget: bool = False
    stop: bool = False
    subscribe: SubscriptionRequest | None = None
    handoff: HandoffRequest | None = None
    passes_on: bool = False
    ends_case: bool = False
    verdict: Feedback | None = None
    settled: bool = False
    urgent_notice: bool = False
