"""The console, put together: every route of the table behind the same door, where it is asked who comes, and what they may."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from bot.announcements import entering
from bot.announcements.authority import NOT_STAFF
from bot.errors import Refusal, StoreError
from bot.i18n import Words
from bot.model import Device
from bot.ports import Transaction
from bot.web.chat.requests import PageRefused
from bot.web.console.asked import Asked, Visit
from bot.web.console.cookies import DOOR, STAFF, kept
from bot.web.console.forms import Form, check_token, own_path, read_form
from bot.web.console.guard import ConsoleGuard
from bot.web.console.pages import OPEN, PAGES
from bot.web.console.parts import ConsoleParts
from bot.web.console.rendering import Templates
from bot.web.console.routes import ConsolePage, OpenRoute, StaffRoute, may

USED_AGAIN = timedelta(minutes=1)  # after which it is noted that somebody is still there

Endpoint = Callable[[Request], Awaitable[ASGIApp]]


def console_application(given: ConsoleParts) -> ASGIApp:
    templates = Templates()
    router = Router(_routes(given, templates), redirect_slashes=False)
    compressed = GZipMiddleware(router, minimum_size=500, compresslevel=6)

    def catalogues() -> Sequence[Words]:
        return tuple(given.desk().engine.knowledge.words.values())

    return ConsoleGuard(compressed, given.site, templates, catalogues, given.counted)


def staff_routes(pages: Sequence[ConsolePage] = PAGES) -> Iterator[StaffRoute]:
    """The table."""
    for page in pages:
        yield from page.routes


def _routes(given: ConsoleParts, templates: Templates) -> list[Route]:
    doors = [Route(one.path, _open(one, given, templates), methods=[one.method]) for one in OPEN]
    return doors + [Route(one.path, _staffed(one, given, templates), methods=[one.method]) for one in staff_routes()]


def _open(route: OpenRoute, given: ConsoleParts, templates: Templates) -> Endpoint:
    async def answer(request: Request) -> ASGIApp:
        form = await read_form(request) if route.method == "POST" else Form()
        if route.method == "POST":
            check_token(form, kept(request, given.site, DOOR))
        return await route.answer(Visit(given, templates, request, form))

    return answer


def _staffed(route: StaffRoute, given: ConsoleParts, templates: Templates) -> Endpoint:
    """Raises PageRefused for a form that cannot be read, and ClientDisconnect, which the guard answers."""

    async def answer(request: Request) -> ASGIApp:
        secret = kept(request, given.site, STAFF)
        visit = Visit(given, templates, request, await read_form(request) if route.method == "POST" else Form())
        try:
            asked = await _who_asks(visit, secret) if secret else None
            return await _answered(asked, route) if asked is not None else _to_the_door(visit, route)
        except StoreError:
            return visit.fault(503, "busy")

    return answer


async def _who_asks(visit: Visit, secret: str) -> Asked | None:
    """As the store knows them at this moment; None where nobody is in, or not any more."""
    now = visit.parts.now()

    def look(view: Transaction) -> Asked | None:
        found = entering.who_is_in(view, secret, now)
        if found is None:
            return None
        staff, device = found
        session = view.session(staff.address) if staff.address else None
        lang = session.lang if session else None
        return Asked(visit.parts, visit.templates, visit.request, visit.form, staff, device, secret, PAGES, lang)

    asked = await visit.look(look)
    if asked is not None and not visit.by_script and now - asked.device.used >= USED_AGAIN:
        await _note_use(visit, asked.device)
    return asked


async def _note_use(visit: Visit, device: Device) -> None:
    """What our script fetches by itself is no use."""

    def note() -> None:
        with visit.parts.store.writing(()) as transaction:
            transaction.use_device(device.number, visit.parts.now())

    with suppress(StoreError):  # whoever only looks need not wait for the disk
        await asyncio.to_thread(note)


def _to_the_door(visit: Visit, route: StaffRoute) -> ASGIApp:
    if route.method != "GET" or visit.by_script:
        return visit.fault(403, "signed_out")
    path = own_path(visit.request.scope["path"])
    return RedirectResponse(f"/vao?tiep={path}" if path != "/" else "/vao", 303)


async def _answered(asked: Asked, route: StaffRoute) -> ASGIApp:
    try:
        if not may(asked.staff.role, route.least):
            raise PageRefused(404, "not_found")
        if route.method == "POST":
            check_token(asked.form, asked.secret)
        return await route.answer(asked)
    except PageRefused as why:
        return asked.fault(why.status, why.fault)
    except Refusal as refusal:  # of something that changed between page and click
        if refusal.message == NOT_STAFF:
            return asked.fault(403, "signed_out")
        return await _refused(asked, refusal)


async def _refused(asked: Asked, refusal: Refusal) -> ASGIApp:
    told = await asked.look(lambda view: asked.explain(refusal, view))
    return asked.page("refused.html", {}, status=409, told=told)
