"""One request of the console: who sends it, what they may call, and how it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from bot.announcements.display_names import DisplayNames
from bot.errors import Refusal
from bot.i18n import Words, words_for
from bot.model import Device, Role, Staff
from bot.ports import Transaction
from bot.web.chat.requests import SCRIPT_HEADER, PageRefused, client_of
from bot.web.console.forms import Form, form_token, own_path, whole_number
from bot.web.console.parts import ConsoleParts
from bot.web.console.rendering import Templates
from bot.web.console.routes import ConsolePage, may
from bot.web.console.texts import FAULTS

DONE = "da"  # in an address: the key of what was done, said once on the page that follows

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a page: where somebody can go, who they are, and what their forms carry."""

    pages: Sequence[tuple[str, str, bool]]  # title, path, whether it is this one
    who: str
    token: str
    path: str
    languages: Sequence[str]


@dataclass(frozen=True)
class Visit:
    """A request of anybody. `form` is empty for one that only looks."""

    parts: ConsoleParts
    templates: Templates
    request: Request
    form: Form

    @cached_property
    def client(self) -> str:
        return client_of(self.request, self.parts.site)

    @property
    def by_script(self) -> bool:
        return SCRIPT_HEADER in self.request.headers

    @cached_property
    def catalogues(self) -> Mapping[str, Words]:
        return self.parts.desk().engine.knowledge.words

    @cached_property
    def words(self) -> Words:
        return self.words_in(self.form.get("lang"), self.request.query_params.get("lang"))

    def words_in(self, *langs: str | None) -> Words:
        """Of the first of these languages that is spoken here, else of the house's."""
        known = [lang for lang in langs if lang in self.catalogues]
        return words_for(known[0] if known and known[0] else self.parts.desk().engine.lang, self.catalogues)

    def fault(self, status: int, fault: str) -> Response:
        """A page that says what is wrong, with what was written: nobody has to write that again."""
        if self.by_script:
            return PlainTextResponse(self.words.say(FAULTS[fault]), status)
        html = self.templates.fault(fault, [self.words], frame=self.frame, written=self.form.longest())
        return HTMLResponse(html, status)

    @property
    def frame(self) -> Frame | None:
        """What stands around a page; None for somebody who is not in."""
        return None

    async def look(self, work: Callable[[Transaction], T]) -> T:
        """What `work` finds in one view of the store, in a thread; nobody who writes waits for it."""

        def looked() -> T:
            with self.parts.store.viewing() as view:
                return work(view)

        return await asyncio.to_thread(looked)

    async def act(self, work: Callable[[Transaction], T]) -> T:
        """The effect of `work` in one transaction, in a thread. Raises whatever it raises, and then nothing is stored."""

        def acted() -> T:
            with self.parts.store.writing() as transaction:
                return work(transaction)

        found = await asyncio.to_thread(acted)
        self.parts.wake()
        return found


@dataclass(frozen=True)
class Asked(Visit):
    """A request of somebody of the staff, as the store knew them when it came. `secret` is what their browser keeps."""

    staff: Staff
    device: Device
    secret: str
    pages: Sequence[ConsolePage]
    chat_lang: str | None

    @cached_property
    def words(self) -> Words:
        return self.words_in(self.device.lang, self.chat_lang)

    @property
    def me(self) -> int:
        return self.staff.number

    @property
    def names(self) -> DisplayNames:
        return self.parts.desk().actions.names

    def say(self, message: str, /, **values: object) -> str:
        return self.words.say(message, **values)

    def may(self, least: Role) -> bool:
        return may(self.staff.role, least)

    def number(self, name: str = "number") -> int:
        """A number of the path. Raises PageRefused for what cannot be one."""
        found = whole_number(str(self.request.path_params[name]))
        if found is None:
            raise PageRefused(404, "not_found")
        return found

    def person(self, number: int, records: Transaction) -> str:
        """By role, communes and number."""
        return self.names.person(number, records.staff_number(number), self.words)

    def explain(self, refusal: Refusal, records: Transaction) -> str:
        """Who has something is told by role."""
        who = refusal.values.get("who")
        told = {"who": self.person(who, records)} if isinstance(who, int) else {}
        return self.say(refusal.message, **refusal.values | told)

    # --- answers ---

    def page(self, template: str, texts: Mapping[str, str], *, status: int = 200, **given: Any) -> Response:
        """`texts` are those of the page; what was done before is said where they have its key, behind "done_"."""
        done = texts.get(f"done_{self.request.query_params.get(DONE, '')}")
        html = self.templates.page(
            template, self.words, texts, **{"frame": self.frame, "done": self.say(done) if done else "", **given}
        )
        return HTMLResponse(html, status)

    def back(self, path: str, done: str = "") -> Response:
        """To another page, which says what was done."""
        return RedirectResponse(f"{path}?{DONE}={done}" if done else path, 303)

    @property
    def frame(self) -> Frame:
        path = str(self.request.scope["path"])
        return Frame(
            [(self.say(one.title), one.path, _is_within(path, one.path)) for one in self.pages if self.may(one.least)],
            self.names.person(self.me, self.staff, self.words),
            form_token(self.secret),
            own_path(path),
            tuple(self.catalogues),
        )


def _is_within(path: str, page: str) -> bool:
    return path == page or (page != "/" and path.startswith(f"{page}/"))
