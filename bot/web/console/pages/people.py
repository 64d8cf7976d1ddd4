"""*Người dùng*: one's own devices; for owners who is staff, invitations, and ending a role. Who may is decided in staffing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

import segno
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from bot.announcements import entering, staffing
from bot.announcements.entering import BAD_CODE
from bot.announcements.notifier import UNKNOWN_DEVICE
from bot.announcements.times import format_moment
from bot.errors import Refusal
from bot.i18n import mark
from bot.model import Device, Role, Staff
from bot.ports import Transaction
from bot.text.folding import fold
from bot.web.chat.requests import PageRefused
from bot.web.console.asked import Asked
from bot.web.console.cookies import STAFF, cookie
from bot.web.console.rendering import short_moment
from bot.web.console.routes import ConsolePage, StaffRoute

INVITE_LASTS = timedelta(days=3)
LONGEST_OFFICE = 100
MOST_STOPPED = 1000

TITLE = mark("Users")
TEXTS: Mapping[str, str] = {
    "title": TITLE,
    "devices": mark("My devices"),
    "this": mark("this one"),
    "end": mark("Sign out there"),
    "end_all": mark("Sign out everywhere"),
    "staff": mark("Staff"),
    "invite": mark("Invite somebody"),
    "revoke": mark("End this role"),
    "role": mark("Role"),
    "communes": mark("Communes, for an officer"),
    "office": mark("What stands above their announcements, if not the commune's committee"),
    "fresh": mark("A new code, from /console in your chat"),
    "fresh_why": mark("Inviting and ending roles need one, in case somebody else has your browser."),
    "make": mark("Make the invitation"),
    "invited": mark("The invitation is ready"),
    "read_out": mark("To read out: in a private chat with Loa Bản, send"),
    "scan": mark("Or have this scanned:"),
    "back": mark("Back"),
    "stops": mark("What ends with it"),
    "confirm": mark("Yes, end it"),
    "done_thoat": mark("Signed out there."),
    "done_thoi": mark("The role has ended."),
}
ROLES: Mapping[Role, str] = {
    "officer": mark("Officer: for some communes"),
    "admin": mark("Administrator: for all communes"),
    "owner": mark("Owner: also invites, and ends roles"),
}
ONCE = mark("It is shown this once. It works once, until {time}.")
NO_ROLE = mark("Choose a role.")
NO_COMMUNE = mark("Choose at least one commune.")
OFFICE_TOO_LONG = mark("At most {limit} letters.")
TOO_FAST = mark("Too many wrong codes. Please wait ten minutes.")
STOPS_SENDING = mark("announcements that are paused: {numbers}")
STOPS_WAITING = mark("announcements that are cancelled, as they wait for approval: {numbers}")
STOPS_CASES = mark("cases that wait for somebody else: {numbers}")
STOPS_DEVICES = mark("devices that are signed out: {count}")
STOPS_NOTHING = mark("nothing that is under way")


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody, or one of their devices, in a list."""

    number: int
    name: str
    more: str
    here: bool = False


async def show(asked: Asked) -> Response:
    def work(view: Transaction) -> tuple[Sequence[Row], Sequence[Row]]:
        devices = [_device(asked, one) for one in entering.devices_of(view, asked.me, asked.parts.now())]
        return devices, [_person(asked, one) for one in view.all_staff()] if asked.may("admin") else ()

    devices, staff = await asked.look(work)
    return asked.page("people.html", TEXTS, devices=devices, staff=staff, owns=asked.may("owner"))


# --- devices ----------------------------------------------------------------------------------------------------------


async def leave(asked: Asked) -> Response:
    """This browser is out."""
    await asked.act(lambda transaction: entering.leave(transaction, asked.me, asked.device.number, asked.parts.now()))
    return _out(asked)


async def end_device(asked: Asked) -> Response:
    """One of one's own; there is none of others."""
    number = asked.number()
    if not await asked.act(lambda transaction: entering.leave(transaction, asked.me, number, asked.parts.now())):
        raise PageRefused(404, "not_found")
    return _out(asked) if number == asked.device.number else asked.back("/nguoi-dung", "thoat")


async def leave_everywhere(asked: Asked) -> Response:
    await asked.act(lambda transaction: entering.leave_everywhere(transaction, asked.me, asked.parts.now()))
    return _out(asked)


def _out(asked: Asked) -> Response:
    answer = RedirectResponse("/vao", 303)
    answer.headers.append("set-cookie", cookie(asked.parts.site, STAFF, ""))
    return answer


# --- invitations ------------------------------------------------------------------------------------------------------


async def show_invite(asked: Asked) -> Response:
    return _invite_form(asked, {})


async def invite(asked: Asked) -> Response:
    """A new code is used up, and the invitation is shown once."""
    form, expires = asked.form, asked.parts.now() + INVITE_LASTS
    role = next((one for one in ROLES if one == form.get("vai")), None)
    places = tuple(code for code in dict.fromkeys(form.all("xa")) if code in asked.names.places)
    errors = _errors(asked, role, places)
    if errors or role is None:
        return _invite_form(asked, errors, 422)

    def work(transaction: Transaction) -> str:
        entering.confirm(transaction, asked.me, form.get("ma"), asked.parts.now())
        return staffing.invite(transaction, asked.me, role, places, form.get("co_quan"), asked.parts.now(), expires)

    if not asked.parts.limits.may_try(asked.client):
        return _invite_form(asked, {"ma": asked.say(TOO_FAST)}, 429)
    try:
        code = await asked.act(work)
    except Refusal as refusal:
        return _invite_form(asked, {"ma": _explained(asked, refusal)}, 422)
    asked.parts.limits.right(asked.client)
    once = asked.say(ONCE, time=format_moment(expires, asked.words))
    return asked.page("invited.html", TEXTS, code=code, once=once, qr=_qr(asked, code))


def _errors(asked: Asked, role: Role | None, places: Sequence[str]) -> dict[str, str]:
    errors = {}
    if role is None:
        errors["vai"] = asked.say(NO_ROLE)
    if role == "officer" and not places:
        errors["xa"] = asked.say(NO_COMMUNE)
    if len(asked.form.get("co_quan")) > LONGEST_OFFICE:
        errors["co_quan"] = asked.say(OFFICE_TOO_LONG, limit=LONGEST_OFFICE)
    if not asked.form.get("ma"):
        errors["ma"] = asked.say(BAD_CODE)
    return errors


def _invite_form(asked: Asked, errors: Mapping[str, str], status: int = 200) -> Response:
    form = asked.form
    values = {name: form.get(name) for name in ("vai", "co_quan")} | {"xa": form.all("xa"), "ma": ""}
    communes = sorted((fold(place.name), code) for code, place in asked.names.places.items())
    return asked.page(
        "invite.html",
        TEXTS,
        status=status,
        errors=errors,
        values=values,
        roles=[(role, asked.say(said)) for role, said in ROLES.items()],
        communes=[(code, asked.names.place(code, asked.words)) for _, code in communes],
    )


def _qr(asked: Asked, code: str) -> Markup:
    """What a phone makes of it: the chat with the invitation in it, or the words to send."""
    name = asked.parts.bot_name
    drawn = BytesIO()
    content = f"https://t.me/{name}?start=join-{code}" if name else f"/join {code}"
    segno.make(content, micro=False).save(drawn, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, light="#fff")
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn by us


# --- ending a role ----------------------------------------------------------------------------------------------------


async def show_revoke(asked: Asked) -> Response:
    return await _revoke_form(asked, {})


async def revoke(asked: Asked) -> Response:
    number, now = asked.number(), asked.parts.now()

    def work(transaction: Transaction) -> None:
        entering.confirm(transaction, asked.me, asked.form.get("ma"), now)
        staffing.revoke(transaction, asked.me, number, now)

    if not asked.parts.limits.may_try(asked.client):
        return await _revoke_form(asked, {"ma": asked.say(TOO_FAST)}, 429)
    try:
        await asked.act(work)
    except Refusal as refusal:
        return await _revoke_form(asked, {"ma": _explained(asked, refusal)}, 422)
    asked.parts.limits.right(asked.client)
    return _out(asked) if number == asked.me else asked.back("/nguoi-dung", "thoi")


async def _revoke_form(asked: Asked, errors: Mapping[str, str], status: int = 200) -> Response:
    number = asked.number()

    def work(view: Transaction) -> tuple[str, Sequence[str]]:
        staff = view.staff_number(number)
        if staff is None:
            raise PageRefused(404, "not_found")
        return asked.person(number, view), _stops(asked, view, staff)

    person, stops = await asked.look(work)
    return asked.page("revoke.html", TEXTS, status=status, errors=errors, values={"ma": ""}, person=person, stops=stops)


def _stops(asked: Asked, view: Transaction, staff: Staff) -> Sequence[str]:
    """What this person has under way, and what becomes of it."""
    sending = view.announcements(None, states=("sending", "repeating"), author=staff.number, limit=MOST_STOPPED)
    waiting = view.announcements(None, states=("waiting",), author=staff.number, limit=MOST_STOPPED)
    cases = view.cases(None, states=("owned",), owner=staff.number, limit=MOST_STOPPED)
    found = [
        (STOPS_SENDING, [one.id for one in sending]),
        (STOPS_WAITING, [one.id for one in waiting]),
        (STOPS_CASES, [one.number for one in cases]),
    ]
    told = [asked.say(message, numbers=", ".join(map(str, sorted(numbers)))) for message, numbers in found if numbers]
    if devices := entering.devices_of(view, staff.number, asked.parts.now()):
        told.append(asked.say(STOPS_DEVICES, count=len(devices)))
    return told or [asked.say(STOPS_NOTHING)]


# --- the pieces -------------------------------------------------------------------------------------------------------


def _explained(asked: Asked, refusal: Refusal) -> str:
    """Whatever it is but a wrong code, it was no guess."""
    if refusal.message != BAD_CODE:
        asked.parts.limits.right(asked.client)
    return asked.say(refusal.message, **refusal.values)


def _device(asked: Asked, device: Device) -> Row:
    now = asked.parts.now()
    began, used = (short_moment(at, now, asked.words) for at in (device.began, device.used))
    more = asked.say("since {began}, last used {used}", began=began, used=used)
    return Row(device.number, device.name or asked.say(UNKNOWN_DEVICE), more, device.number == asked.device.number)


def _person(asked: Asked, staff: Staff) -> Row:
    app = asked.names.app(staff.address.channel, asked.words) if staff.address else ""
    since = asked.say("since {when}", when=short_moment(staff.since, asked.parts.now(), asked.words))
    more = ", ".join(one for one in (app, since) if one)
    return Row(staff.number, asked.names.person(staff.number, staff, asked.words), more, staff.number == asked.me)


PAGE = ConsolePage(
    TITLE,
    "/nguoi-dung",
    "officer",
    (
        StaffRoute("people", "GET", "/nguoi-dung", "officer", show),
        StaffRoute("leave", "POST", "/thoat", "officer", leave),
        StaffRoute("leave.everywhere", "POST", "/nguoi-dung/thoat-het", "officer", leave_everywhere),
        StaffRoute("device.end", "POST", "/nguoi-dung/may/{number}/thoat", "officer", end_device),
        StaffRoute("invite", "GET", "/nguoi-dung/moi", "owner", show_invite),
        StaffRoute("invite.make", "POST", "/nguoi-dung/moi", "owner", invite),
        StaffRoute("revoke", "GET", "/nguoi-dung/{number}/thoi", "owner", show_revoke),
        StaffRoute("revoke.do", "POST", "/nguoi-dung/{number}/thoi", "owner", revoke),
    ),
)
