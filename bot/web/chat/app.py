"""The routes of the page. A form has one effect however often it is sent, and what it led to is read from the store.

The paths are what people see in the address bar, so they are Vietnamese; each stands a second time below FRAMED, where other
sites may frame it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from bot.channels.web_chat import form as fields
from bot.channels.web_chat.form import ChatForm, UnreadableForm, read_form
from bot.channels.web_chat.person import address_of, is_token, new_token
from bot.dialogue import opening_buttons, page_notice
from bot.errors import StoreError
from bot.i18n import Words, language_name
from bot.model import Address, Session
from bot.ports import Shown
from bot.web.chat.answering import Answering, ChatParts
from bot.web.chat.guard import Guard
from bot.web.chat.limits import Recent
from bot.web.chat.public import Public
from bot.web.chat.rendering import FRAMED, ChatPage, Hidden, Pages
from bot.web.chat.requests import SCRIPT_HEADER, PageRefused, Visitor, cookie, read_fields
from bot.web.chat.streams import Begun, EventStream
from bot.web.chat.texts import said

EVERYTHING = 10**15  # no message has so high a number
LAST_SHOWN = 30  # messages of a talk that a page begins with
NONCE_BYTES = 18
RESET = 205  # to our script: all was deleted


def chat_application(given: ChatParts) -> ASGIApp:
    pages = Pages(given.home, given.link)
    router = Router(chat_routes(given, pages), redirect_slashes=False)
    compressed = GZipMiddleware(router, minimum_size=500, compresslevel=6)

    def catalogues() -> Sequence[Words]:
        return tuple(given.engine().knowledge.words.values())

    return Guard(compressed, given.site, pages, catalogues, given.counted)


def chat_routes(given: ChatParts, pages: Pages) -> list[Route]:
    """All there are. What changes something is a POST; the guard lets none of another site through."""
    chat, public = _Chat(given, pages), Public(given, pages)
    routes = [
        Route("/chat.js", public.script),
        Route("/nhung.js", public.embedding),
        Route("/favicon.ico", public.nothing),
        Route("/nghe/{lang}/{name}", public.recording),
    ]
    for base in ("", FRAMED):
        routes += [
            Route(f"{base}/", chat.show, methods=["GET"]),
            Route(f"{base}/", chat.write, methods=["POST"]),
            Route(f"{base}/moi", chat.catch_up, methods=["POST"]),
            Route(f"{base}/dong", chat.stream, methods=["GET"]),
            Route(f"{base}/xoa", chat.delete, methods=["POST"]),
            Route(f"{base}/da-xoa", chat.deleted, methods=["GET"]),
            Route(f"{base}/kiem-tra", public.check, methods=["GET"]),
            Route(f"{base}/kiem-tra/{{code}}", public.check, methods=["GET"]),
        ]
    return [*routes, Route(FRAMED, chat.show, methods=["GET"])]


@dataclass(frozen=True, slots=True)
class _Talk:
    """What is known of somebody who asks: whose page it is, and what stands there. `session` is None for somebody new."""

    person: Address
    session: Session | None
    shown: Sequence[Shown]


class _Chat(Answering):
    """The talk of one person: each method answers one kind of request."""

    def __init__(self, given: ChatParts, pages: Pages) -> None:
        super().__init__(given, pages)
        self._known: Recent[bool] = Recent()

    # --- the talk -----------------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        visitor = self.looking(request)
        hidden = Hidden(_nonces(), place=fields.fitting(fields.PLACE_FORM, request.query_params.get("x")))
        if not visitor.token:
            return self._page(visitor, None, request.query_params, replace(hidden, token=new_token()))
        talk = await self._talk(address_of(visitor.token), seen=EVERYTHING)
        return self._page(visitor, talk, request.query_params, hidden)

    async def write(self, request: Request) -> Response:
        """A message: stored with all it leads to when this answers, so that whoever hears nothing sends it again."""
        visitor, sent = self.visitor(request), await read_fields(request)
        token = visitor.token or sent.get(fields.TOKEN, "")
        if not is_token(token):
            token = new_token()
        person, form = address_of(token), _read(sent)
        try:
            talk = await self._taken(person, form, visitor)
        except PageRefused as why:
            return await self._refused(visitor, token, form, why.status, why.fault)
        if talk.session is None and not talk.shown:
            return self._gone(visitor, person, form.lang)
        answer = self._written(visitor, token, form, talk)
        answer.headers.append("set-cookie", cookie(token, self._given.site, framed=visitor.framed))
        return answer

    async def _taken(self, person: Address, form: ChatForm, visitor: Visitor) -> _Talk:
        """What is there when its effect is stored. Raises PageRefused."""
        if not self._given.limits.may_write(person, visitor.client, known=await self._is_known(person, form, visitor)):
            raise PageRefused(429, "too_fast")
        incoming = form.incoming(person, self._given.now(), self._label(form))
        talks: list[_Talk] = []
        try:
            # Read at once: later it would have to wait for what others wrote meanwhile.
            await self._given.intake.put([incoming], stored=lambda: talks.append(self._read_talk(person, form.after)))
        except StoreError:
            raise PageRefused(503, "busy") from None
        self._known.put(person.user, True)
        if visitor.by_script and talks[0].shown:
            self._given.feed.given(person.user, form.tab, talks[0].shown[-1].id)
        self._given.wake()
        if incoming.id in self._given.failed:
            raise PageRefused(422, "failed")
        return talks[0]

    async def _is_known(self, person: Address, form: ChatForm, visitor: Visitor) -> bool:
        """Whether they have a talk already. Who comes with the first form of a page and without a cookie has none."""
        if person.user in self._known:
            return True
        if not visitor.token and not form.returned:
            return False
        return await asyncio.to_thread(self._given.store.session, person) is not None

    def _label(self, form: ChatForm) -> str:
        """The words of a choice that everybody has; "" for one with a token."""
        engine = self._given.engine()
        if form.choice is None:
            return ""
        lang = form.lang if form.lang in engine.knowledge.words else engine.lang
        labels = {button.choice: button.label for button in opening_buttons(engine, lang)}
        labels |= {f"lang:{code}": language_name(code) for code in engine.knowledge.words}
        labels["menu"] = said(engine.words(lang))["menu"]
        return labels.get(form.choice, "")

    def _written(self, visitor: Visitor, token: str, form: ChatForm, talk: _Talk) -> Response:
        if visitor.by_script:
            return self._fragment(visitor, talk, form.after)
        if visitor.token:
            mine = [shown.id for shown in talk.shown if shown.mine]
            return RedirectResponse(f"{visitor.base}/#m{mine[-1]}" if mine else f"{visitor.base}/", 303)
        # Whether the browser keeps cookies shows only with the next request, so this one answers with the page itself.
        hidden = Hidden(_nonces(), token=token, returned=True)
        return self._page(visitor, talk, {}, hidden, no_cookies=form.returned)

    async def _refused(self, visitor: Visitor, token: str, form: ChatForm, status: int, fault: str) -> Response:
        """The page once more, with the same form and what was written: sent again, it is the same message."""
        if visitor.by_script or form.choice is not None:
            raise PageRefused(status, fault)
        try:
            talk: _Talk | None = await self._talk(address_of(token))
        except StoreError:
            talk = None
        hidden = Hidden(
            (_nonce(), form.nonce), "" if visitor.token else token, form.after, form.place, form.lang, form.returned
        )
        return self._page(visitor, talk, {"lang": form.lang}, hidden, status=status, fault=fault, draft=form.text)

    async def catch_up(self, request: Request) -> Response:
        """What is new, for those whose browser keeps nothing: the form says whose page it is."""
        visitor, sent = self.looking(request), await read_fields(request)
        token = visitor.token or sent.get(fields.TOKEN, "")
        if not is_token(token):
            raise PageRefused(400, "unreadable")
        after = fields.number(sent.get(fields.AFTER))
        talk = await self._talk(address_of(token), seen=after if visitor.by_script else EVERYTHING)
        if visitor.by_script:
            return self._fragment(visitor, talk, after)
        hidden = Hidden(_nonces(), token="" if visitor.token else token, returned=True)
        return self._page(visitor, talk, {}, hidden, no_cookies=not visitor.token)

    async def stream(self, request: Request) -> EventStream:
        """Not counted as a look: after a restart all the pages of a network that shares one address come back at once."""
        visitor, given = self.visitor(request), self._given
        if request.method != "GET":
            raise PageRefused(405, "not_allowed")
        if not visitor.token:
            raise PageRefused(403, "unreadable")
        person, base = address_of(visitor.token), visitor.base
        last = request.headers.get("last-event-id") or request.query_params.get(fields.AFTER)
        after, lang = fields.number(last), self.lang(request.query_params.get("lang"), None)

        def render(shown: Shown) -> str:
            words = given.engine().words(lang)
            return self.pages.messages([self.pages.message(shown, words)], words, base)

        begin, look = partial(self._begin, person), partial(given.store.transcript, person)
        tab = fields.fitting(fields.TAB_FORM, request.query_params.get(fields.TAB))
        emptied = (lambda: not given.store.transcript(person)) if given.store.replicated else None
        return EventStream(
            given.feed, person, visitor.client, tab, after, begin=begin, look=look, render=render, emptied=emptied
        )

    def _begin(self, person: Address, after: int) -> Begun:
        """In a thread: what a page misses that shows everything up to this number."""
        shown, store = self._read_shown(person, after), self._given.store
        anew = (not shown or shown[-1].id < after) and store.last_shown() < after
        return Begun([one for one in shown if one.id > after], anew)

    # --- deleting -----------------------------------------------------------------------------------------------------

    async def delete(self, request: Request) -> Response:
        """First asks, for phones are shared and tapped by children; then all is gone, as by /forget."""
        visitor, sent = self.looking(request), await read_fields(request)
        token = visitor.token or sent.get(fields.TOKEN, "")
        if not is_token(token):
            return self._gone(visitor, None, "")
        person = address_of(token)
        words = self._given.engine().words(self.lang(None, (await self._talk(person)).session))
        if sent.get("chac") != "1":
            return HTMLResponse(self.pages.confirm_deletion(words, "" if visitor.token else token, visitor.base))
        forget = ChatForm("/forget", None, _nonce()).incoming(person, self._given.now())
        await self._given.intake.put([forget])
        self._given.wake()
        left = await self._talk(person)
        if left.session is not None or left.shown:  # nobody is told that something was deleted which was not
            raise PageRefused(503, "busy")
        return self._gone(visitor, person, words.lang)

    def _gone(self, visitor: Visitor, person: Address | None, lang: str) -> Response:
        if person is not None:
            self._given.feed.deleted(person.user)
            self._known.drop(person.user)
        where = f"{visitor.base}/da-xoa" + (f"?lang={lang}" if lang else "")
        answer = Response(status_code=RESET) if visitor.by_script else RedirectResponse(where, 303)
        answer.headers.append("set-cookie", cookie("", self._given.site, framed=visitor.framed))
        return answer

    async def deleted(self, request: Request) -> Response:
        visitor = self.looking(request)
        words = self._given.engine().words(self.lang(request.query_params.get("lang"), None))
        return HTMLResponse(self.pages.deleted(words, visitor.base))

    # --- the pieces ---------------------------------------------------------------------------------------------------

    async def _talk(self, person: Address, seen: int = 0) -> _Talk:
        return await asyncio.to_thread(self._read_talk, person, seen)

    def _read_talk(self, person: Address, seen: int) -> _Talk:
        return _Talk(person, self._given.store.session(person), self._read_shown(person, seen))

    def _read_shown(self, person: Address, seen: int) -> Sequence[Shown]:
        """All of it; the browser has shown it up to `seen`: an officer's word among that need not wait for them any longer."""
        store = self._given.store
        shown = store.transcript(person)
        if any(one.unseen and one.id <= seen for one in shown):
            store.seen(person, min(seen, shown[-1].id), self._given.now())
        return shown

    def _fragment(self, visitor: Visitor, talk: _Talk, after: int) -> Response:
        """What is new, for our script, in which language the talk goes on, and whether the browser keeps its cookie."""
        lang = self.lang(None, talk.session)
        words = self._given.engine().words(lang)
        new = [self.pages.message(shown, words) for shown in talk.shown if shown.id > after]
        told = {"content-language": lang} | ({SCRIPT_HEADER: "cookie"} if visitor.token else {})
        return HTMLResponse(self.pages.messages(new, words, visitor.base), headers=told)

    def _page(
        self,
        visitor: Visitor,
        talk: _Talk | None,
        asked: Mapping[str, str],
        hidden: Hidden,
        *,
        status: int = 200,
        no_cookies: bool = False,
        fault: str = "",
        draft: str = "",
    ) -> Response:
        """`asked` are the parts of the address: which language, and whether all of the talk."""
        engine, session = self._given.engine(), talk.session if talk else None
        chosen = asked.get("lang") or ""
        lang = self.lang(chosen, session)
        shown = talk.shown if talk else ()
        last = shown if asked.get("het") == "1" else shown[-LAST_SHOWN:]
        page = ChatPage(
            words=engine.words(lang),
            languages=tuple(engine.knowledge.words),
            notice=page_notice(engine.words(lang), self._given.site.hours),
            hidden=replace(
                hidden,
                after=shown[-1].id if shown else hidden.after,
                lang=lang if chosen == lang and chosen != (session.lang if session else None) else "",
            ),
            messages=[self.pages.message(one, engine.words(lang)) for one in last],
            topics=opening_buttons(engine, lang) if not shown else (),
            known=session is not None,
            over=session is not None and not shown,
            no_cookies=no_cookies,
            earlier=len(last) < len(shown),
            fault=fault,
            draft=draft,
            base=visitor.base,
        )
        return HTMLResponse(self.pages.chat(page), status)


def _read(sent: Mapping[str, str]) -> ChatForm:
    """Raises PageRefused."""
    try:
        return read_form(sent)
    except UnreadableForm as error:
        raise PageRefused(413 if error.too_long else 400, "too_large" if error.too_long else "unreadable") from None


def _nonce() -> str:
    return secrets.token_urlsafe(NONCE_BYTES)


def _nonces() -> tuple[str, str]:
    return _nonce(), _nonce()
