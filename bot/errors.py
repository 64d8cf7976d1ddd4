"""The error tree: every exception that one module of ours raises for another.

LoabanError
├── ContentError            intents, content or locales cannot be used; carries the problems with file and line
├── StoreError              the database cannot be opened, read or written: bring it again
├── StoreFault              what was asked of the database is wrong: bringing it again changes nothing
├── Sentence                said in the language of the person
│   ├── SettingsError       a setting is missing or wrong
│   │   └── WrongSetting    the value of one setting
│   ├── TaskEnded           a part of `loaban run` ended again and again, and the process with it
│   └── Refusal             an action that cannot be done or is not allowed
│       ├── UnreadableTime  what was typed is no time that can be used (bot/announcements/times.py)
│       ├── UnfitText       a text that cannot be sent, with all that is wrong with it (bot/announcements/text_faults.py)
│       └── InvalidInput    what staff wrote at a step cannot be used; says why (bot/desk/staff_context.py)
├── TouchesMore             a transaction touches more than was said; it is done anew, alone (bot/ports/touching.py)
├── NotUnderstood           a word that names no time; said as UnreadableTime (bot/announcements/named_time.py)
├── SendError               a channel could not deliver; a value that says what to do next
│   └── UnreadableUpdates   what the vendor sent cannot be read whole (bot/channels/telegram/client.py)
├── NotLeadingError         another process has the lead, and sends the announcements (bot/delivery/recipient_queue.py)
├── WebhookRejected         a request that is not from the vendor (bot/channels/webhook.py)
├── PageRefused             a request of a browser that is answered with an error page (bot/web/chat/requests.py)
├── UnreadableForm          a form that no page of ours has (bot/channels/web_chat/form.py)
├── UnknownFact             an answer names a fact that does not exist (bot/knowledge/render.py)
├── UnreadableBuild         what the process that builds content gave is not whole (bot/service/reloading/build_result.py)
└── Unformattable           a content file that cannot be put in order by itself (bot/authoring/editing/canonical.py)

What a library raises becomes one of these where it is called: sqlite3's errors in bot/stores, Telegram's and httpx's in
bot/channels, OSError where the database, the port and the content are opened. An OSError about a file that somebody named is
left as it is: it says which file, and the command line shows that. A private exception is a jump within its module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.model import Problem

SendReason = Literal["refused-person", "refused-text", "refused", "throttled", "unreachable", "token", "setup", "window"]


class LoabanError(Exception):
    """Root of everything this project raises on purpose; its text is fit to be shown to a person."""


class ContentError(LoabanError):
    """The content cannot be used.

    `problems` holds every problem found, each with file and line.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class StoreError(LoabanError):
    """The database cannot be opened, read or written at this moment; what was asked may be asked again."""


class StoreFault(LoabanError):
    """The database works and refuses what was asked of it: a statement that is wrong, a value that must not be.

    Whatever set it off is set aside, since repeating cannot mend it. `where` is the line that asked, for a log; neither it nor
    the text holds anything of a person.
    """

    def __init__(self, text: str, where: str = "") -> None:
        super().__init__(text)
        self.where = where


class Sentence(LoabanError):
    """`message` is of the catalogue and is said with `values` in the language of who reads it: `words.say(message, **values)`.

    As text it is English.
    """

    def __init__(self, message: str, /, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.values = values


class SettingsError(Sentence):
    """A setting is missing or wrong; the text names it and says what it should be."""


class WrongSetting(SettingsError):
    """The value of one setting is wrong. `kind` says how, for a sentence with `values` in the language of the command line."""

    def __init__(self, text: str, kind: str, values: dict[str, object]) -> None:
        super().__init__("{text}", text=text)
        self.kind = kind
        self.values = values


class Refusal(Sentence):
    """What a person asked for cannot be done, or not by this person; nothing was changed."""


class TaskEnded(Sentence):
    """A part of `loaban run` ended again and again, so that the process ends."""


class SendError(LoabanError):
    """A message did not go out, and what to do about it.

    reason       refused-person: this person cannot be reached · refused-text: the text or the picture itself is refused,
                 whoever it is for · refused: this message to this person is refused for another reason; it says nothing
                 about others · throttled: too fast, wait `retry_after` · unreachable: network or server trouble, try
                 again · token: the channel's credentials are refused · setup: any other refusal that needs an administrator
                 · window: too long since this person wrote; wait until they write again
    retry_after  seconds to wait before the next call on this channel, where the vendor said so
    gone         the person blocked us or left: stop writing to them
    moved_to     the vendor's new id of the chat, where it moved
    one_chat     of what is throttled: only this person has to wait, not the channel
    never_left   of what is unreachable: no connection could be made, so it cannot have arrived nevertheless
    """

    def __init__(
        self,
        reason: SendReason,
        detail: str = "",
        *,
        retry_after: float | None = None,
        gone: bool = False,
        moved_to: str | None = None,
        never_left: bool = False,
        one_chat: bool = False,
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.retry_after = retry_after
        self.gone = gone
        self.moved_to = moved_to
        self.never_left = never_left
        self.one_chat = one_chat

    @property
    def temporary(self) -> bool:
        """Whether the same message may go through later."""
        return self.reason in ("throttled", "unreachable", "token", "setup")
