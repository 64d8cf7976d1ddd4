"""The door: a code of one's own chat opens the console. To look spends nothing, for apps look at addresses by themselves."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.announcements import entering
from bot.announcements.entering import TOKEN_BYTES, Entered
from bot.errors import Refusal
from bot.i18n import mark
from bot.ports import Transaction
from bot.web.console.asked import Visit
from bot.web.console.cookies import DOOR, STAFF, cookie, kept
from bot.web.console.forms import form_token, own_path
from bot.web.console.routes import OpenRoute

YEAR = "public, max-age=31536000, immutable"
DAY = "public, max-age=86400"
CODE = re.compile(r"[A-Z2-9 ]{0,12}")

TEXTS: Mapping[str, str] = {
    "title": mark("Sign in"),
    "how": mark("Send /console to Loa Bản on Zalo or Telegram, then type the code of 8 signs here. Never give it to anybody."),
    "code": mark("Code"),
    "enter": mark("Enter"),
}
TOO_FAST = mark("Too many wrong codes. Please wait ten minutes.")

# What a browser calls itself → what people call it; the first that is found.
BROWSERS = (
    *(("Zalo", "Zalo"), ("coc_coc", "Cốc Cốc"), ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet")),
    *(("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac")),
    ("Linux", "Linux"),
)


async def show(visit: Visit) -> Response:
    site = visit.parts.site
    if secret := kept(visit.request, site, STAFF):
        now = visit.parts.now()
        if await visit.look(lambda view: entering.who_is_in(view, secret, now)) is not None:
            return RedirectResponse(own_path(visit.request.query_params.get("tiep", "")), 303)
    code = visit.request.query_params.get("ma", "").upper()
    return _form(visit, code if CODE.fullmatch(code) else "", visit.request.query_params.get("tiep", ""))


async def enter(visit: Visit) -> Response:
    """The code is used up, and the browser gets a number of its own, whatever it had before."""
    form, parts = visit.form, visit.parts
    code, onward = form.get("ma"), own_path(form.get("tiep"))
    if not parts.limits.may_try(visit.client):
        return _form(visit, code, onward, 429, TOO_FAST)
    old, name = kept(visit.request, parts.site, STAFF), device_name(visit.request.headers.get("user-agent", ""))
    now, notifier = parts.now(), parts.desk().actions.notifier

    def work(transaction: Transaction) -> Entered:
        before = entering.who_is_in(transaction, old, now) if old else None
        if before is not None:
            transaction.end_devices(before[0].number, before[1].number)
        return entering.enter(transaction, code, name, notifier, now)

    try:
        entered = await visit.act(work)
    except Refusal as refusal:
        return _form(visit, "", onward, 422, refusal.message)
    parts.limits.right(visit.client)
    answer = RedirectResponse(onward, 303)
    answer.headers.append("set-cookie", cookie(parts.site, STAFF, entered.token))
    answer.headers.append("set-cookie", cookie(parts.site, DOOR, ""))
    return answer


def _form(visit: Visit, code: str, onward: str, status: int = 200, wrong: str = "") -> Response:
    site = visit.parts.site
    door = kept(visit.request, site, DOOR)
    fresh = door or secrets.token_urlsafe(TOKEN_BYTES)
    html = visit.templates.page(
        "entrance.html",
        visit.words,
        TEXTS,
        token=form_token(fresh),
        values={"ma": code},
        errors={"ma": visit.words.say(wrong)} if wrong else {},
        onward=own_path(onward),
        languages=tuple(visit.catalogues),
    )
    answer = HTMLResponse(html, status)
    if not door:
        answer.headers.append("set-cookie", cookie(site, DOOR, fresh))
    return answer


def device_name(agent: str) -> str:
    """What somebody would call it: "Chrome, Android"; "" for what nobody knows."""
    found = (next((name for sign, name in known if sign in agent), "") for known in (BROWSERS, SYSTEMS))
    return ", ".join(name for name in found if name)


async def script(visit: Visit) -> Response:
    """Ours, under an address that changes with it."""
    return Response(visit.templates.script, media_type="text/javascript; charset=utf-8", headers={"cache-control": YEAR})


async def nothing(visit: Visit) -> Response:
    """Browsers ask for a picture of every site."""
    return Response(status_code=204, headers={"cache-control": DAY})


OPEN = (
    OpenRoute("entrance", "GET", "/vao", show),
    OpenRoute("entrance.enter", "POST", "/vao", enter),
    OpenRoute("script", "GET", "/console.js", script),
    OpenRoute("icon", "GET", "/favicon.ico", nothing),
)
