"""Zalo OA as documented: recorded events, signatures, every refusal, and tokens that end, against a strict stub on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.channels.webhook import WebhookChannel, WebhookRejected
from bot.channels.zalo_oa import client, errors, events, webhook
from bot.channels.zalo_oa.channel import ZaloOaChannel
from bot.channels.zalo_oa.errors import zalo_oa_error
from bot.channels.zalo_oa.events import read_event
from bot.channels.zalo_oa.tokens import TokenRefresher
from bot.cli.root import cli
from bot.delivery.pause import Pause
from bot.delivery.replies import ReplySender
from bot.engine import Engine
from bot.errors import SendError, SendReason
from bot.model import Address, Button, Incoming, IncomingKind, Reply, TokenPair
from bot.ports import Channel, Outgoing, Store
from bot.service.app import App
from bot.service.current import CurrentEngine
from bot.stores.sqlite.store import SqliteStore
from bot.text.splitting import utf16_units
from tests.stubs.zalo_oa import APP_ID, MESSAGES, OA_ID, TOKENS, ZaloOa

pytestmark = pytest.mark.usefixtures("hasty")

RECORDED = Path(__file__).parent.parent / "recorded" / "zalo_oa"
SENT_AT = datetime(2026, 1, 9, 9, 20, tzinfo=UTC)
RESIDENT = "84001"
MAI = Address("zalo-oa", "5550001112223334445")


def wall() -> datetime:
    return datetime.now(UTC)


def keep(store: Store, zalo: ZaloOa, *, hours: float = 25.0) -> None:
    """What `loaban zalo-oa login` leaves behind."""
    with store.writing() as transaction:
        transaction.save_tokens("zalo-oa", TokenPair(zalo.access, zalo.refresh, wall() + timedelta(hours=hours)))


def keeper_on(zalo: ZaloOa, store: Store) -> TokenRefresher:
    return TokenRefresher(store, app_id=zalo.app_id, app_secret=zalo.app_secret, oauth=zalo.address)


def channel_on(zalo: ZaloOa, store: Store, /, **more: Any) -> ZaloOaChannel:
    given: dict[str, Any] = {
        "app_id": zalo.app_id,
        "oa_secret": zalo.oa_secret,
        "signed_id": "app",
        "api": zalo.address,
        "tokens": keeper_on(zalo, store),
        "pause": Pause(store, "zalo-oa", wall),
    }
    return ZaloOaChannel(**{**given, **more})


@pytest.fixture
async def zalo() -> AsyncIterator[ZaloOa]:
    async with ZaloOa() as running:
        yield running


@pytest.fixture
async def channel(zalo: ZaloOa, store: SqliteStore) -> AsyncIterator[ZaloOaChannel]:
    keep(store, zalo)
    opened = channel_on(zalo, store)
    yield opened
    await opened.close()


def reply(text: str, *buttons: Button, user: str = RESIDENT, id_: int = 1, photo: str | None = None, **more: Any) -> Outgoing:
    return Outgoing(id_, Address("zalo-oa", user), Reply(text, buttons, photo, **more), 0, SENT_AT)


async def refused(channel: ZaloOaChannel, outgoing: Outgoing) -> SendError:
    with pytest.raises(SendError) as caught:
        await channel.send(outgoing)
    return caught.value


def test_it_is_a_channel_that_takes_webhooks(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    as_channel: Channel = channel
    as_webhook: WebhookChannel = channel
    assert (as_channel.name, as_webhook.name) == ("zalo-oa", "zalo-oa")
    assert as_webhook.in_response(reply("chào")) is None


# --- events -----------------------------------------------------------------------------------------------------------


def said(text: str, kind: IncomingKind = "text") -> Incoming:
    return Incoming("", MAI, text, SENT_AT, kind=kind)


EXPECTED: dict[str, Incoming | None] = {
    "text": said("muon vay von giai quyet viec lam"),
    "text_quoting_us": replace(said("thế còn lãi suất?"), reply_to="2f7ad8e0c1a1b0cd0001"),
    "link": said("https://dienbien.gov.vn có đúng không"),
    "image": replace(said("", "photo"), photo="https://b-f1.zdn.vn/full.jpg"),
    "image_with_text": replace(said("giấy này nộp ở đâu", "photo"), photo="https://b-f1.zdn.vn/full.jpg"),
    "image_quoting_us": replace(said("", "photo"), photo="https://b-f1.zdn.vn/full.jpg", reply_to="2f7ad8e0c1a1b0cd0001"),
    "image_without_address": said("", "photo"),
    "gif": replace(said("", "sticker"), file="https://b-f1.zdn.vn/g.gif"),
    "sticker": said("", "sticker"),
    "location": said("", "location"),
    "audio": replace(said("", "voice"), file="https://voice-aac.zdn.vn/a.aac"),
    "video": replace(said("", "file"), file="https://video.zdn.vn/v.mp4"),
    "file": replace(said("", "file"), file="https://f1.zdn.vn/don.docx"),
    "business_card": said("", "other"),
    "follow": said("/start"),
    "unfollow": said("", "left"),
    "oa_send_text": None,
    "user_received_message": None,
    "user_seen_message": None,
    "anonymous_send_text": None,
    "text_in_group": None,
    "kind_of_the_future": None,
    "text_without_message": None,
    "text_without_sender": None,
}


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    return event


def test_every_recorded_event_is_expected_here() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("signed_id", ["app", "oa"])
def test_a_recorded_event_is_read_as(zalo: ZaloOa, store: SqliteStore, name: str, signed_id: Literal["app", "oa"]) -> None:
    event, expected = recorded(name), EXPECTED[name]
    channel = channel_on(zalo, store, signed_id=signed_id, now=lambda: SENT_AT + timedelta(hours=1))
    headers, body = zalo.signed(event, by=APP_ID if signed_id == "app" else OA_ID)
    read = channel.receive(headers, body)
    if expected is None:
        assert read == []
    else:
        id_ = event["message"]["msg_id"] if "message" in event else f"{name}-{event['timestamp']}-{MAI.user}"
        assert read == [replace(expected, id=id_)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "msg_id", "message"]), inner),
    max_leaves=8,
)


@given(
    name=st.sampled_from([*events.KINDS, "follow", "unfollow", "?"]),
    parts=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("sender", "recipient", "follower", "message", "oa_id", "app_id"), json_values)
    ),
)
def test_no_event_however_odd_stops_the_reading(name: str, parts: dict[str, Any]) -> None:
    read = read_event({**parts, "event_name": name, "timestamp": "1767950400000"}, SENT_AT)
    if read is not None:
        assert read.id
        assert read.sender.user
        read.text.encode()


def test_an_event_that_nobody_foresaw_is_taken_from_zalo_and_not_brought_again(
    zalo: ZaloOa, channel: ZaloOaChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(event: object, at: datetime) -> Incoming | None:
        raise KeyError("xã Búng Lao")

    headers, body = zalo.signed(zalo.text(RESIDENT, "chào"))
    monkeypatch.setattr(webhook, "read_event", stumbles)
    with capture_logs() as logs:
        assert channel.receive(headers, body) == []
    assert [line["event"] for line in logs] == ["update cannot be read and is skipped"]
    assert "Búng Lao" not in str(logs)


def test_half_a_character_is_read_as_something_a_database_takes() -> None:
    event = recorded("text")
    event["message"]["text"] = json.loads('"xin \\ud83d chào"')
    read = read_event(event, SENT_AT)
    assert read is not None
    assert read.text == "xin \ufffd chào"


# --- signatures -------------------------------------------------------------------------------------------------------


def refused_with(channel: ZaloOaChannel, headers: dict[str, str], body: bytes) -> int:
    with pytest.raises(WebhookRejected) as caught:
        channel.receive(headers, body)
    return caught.value.status


def test_the_signature_is_the_documented_hash_of_the_raw_bytes(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    """Written out once more, apart from the stub: spaces, key order and escapes count as they came."""
    now = str(int(time.time() * 1000))
    body = ('{ "timestamp" :"' + now + '","event_name":"user_send_text","sender":{"id":"84001"},'
            '"message":{"msg_id":"x","text":"ch\\u00e0o"} }').encode()  # fmt: skip
    mac = hashlib.sha256(f"{APP_ID}{body.decode()}{now}{zalo.oa_secret}".encode()).hexdigest()
    assert [incoming.text for incoming in channel.receive({"x-zevent-signature": f"mac={mac}"}, body)] == ["chào"]


def test_a_timestamp_may_be_a_number(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    event = {**zalo.text(RESIDENT, "chào"), "timestamp": int(time.time() * 1000)}
    assert len(channel.receive(*zalo.signed(event))) == 1


def test_without_a_signature_nobody_is_heard(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    _, body = zalo.signed(zalo.text(RESIDENT, "chào"))
    assert refused_with(channel, {}, body) == 401
    assert refused_with(channel, {"x-zevent-signature": ""}, body) == 401


def test_of_a_thousand_forged_signatures_none_is_accepted(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    chance = random.Random(20261122)
    headers, body = zalo.signed(zalo.text(RESIDENT, "xoá hết thông báo"))
    right = headers["x-zevent-signature"]
    mac = right.removeprefix("mac=")
    refusals = 0
    for number in range(1000):
        forged_body = body
        match number % 8:
            case 0:
                forged = f"mac={chance.getrandbits(256):064x}"
            case 1:  # one digit is another
                at = chance.randrange(64)
                forged = (
                    f"mac={mac[:at]}{chance.choice([sign for sign in '0123456789abcdef' if sign != mac[at]])}{mac[at + 1 :]}"
                )
            case 2:
                forged = f"mac={mac[: chance.randrange(64)]}"
            case 3:
                forged = chance.choice([mac, f"sha256={mac}", f"mac={mac}0", f" {right}", f"mac=mac={mac}", "mac=", "mac"])
            case 4:  # what an outsider can compute
                forged = f"mac={hashlib.sha256(APP_ID.encode() + body + chance.randbytes(8)).hexdigest()}"
            case 5:  # the right signature over another body
                at = chance.randrange(len(body))
                forged, forged_body = right, body[:at] + bytes([body[at] ^ (1 << chance.randrange(7))]) + body[at + 1 :]
            case 6:  # signed with the id of the Official Account, or of another app
                by = chance.choice([OA_ID, "", str(chance.randrange(10**18))])
                forged = zalo.headers(body, json.loads(body)["timestamp"], by=by)["x-zevent-signature"]
            case _:
                forged = "".join(map(chr, (chance.randrange(32, 256) for _ in range(68))))
        refusals += refused_with(channel, {"x-zevent-signature": forged}, forged_body) == 403
    assert refusals == 1000
    assert len(channel.receive(headers, body)) == 1


@given(given_signature=st.text(min_size=1), body=st.binary())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_by_strangers_is_refused(channel: ZaloOaChannel, given_signature: str, body: bytes) -> None:
    assert refused_with(channel, {"x-zevent-signature": given_signature}, body) == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"timestamp": ' + b"9" * 5000 + b"}",
        b"{}",
        b'{"timestamp": null}',
        b'{"timestamp": true}',
        b'{"timestamp": "1e12"}',
        b'{"timestamp": "\xd9\xa1"}',
        b'{"timestamp": ""}',
    ],
)
def test_a_body_without_a_timestamp_cannot_be_signed(zalo: ZaloOa, channel: ZaloOaChannel, body: bytes) -> None:
    for timestamp in ("", "None", "True", "1e12"):
        assert refused_with(channel, zalo.headers(body, timestamp), body) == 403


def test_an_event_of_long_ago_is_not_played_again(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    def at(hours: float) -> dict[str, Any]:
        return {**zalo.text(RESIDENT, "chào"), "timestamp": str(int((time.time() - hours * 3600) * 1000))}

    assert len(channel.receive(*zalo.signed(at(1.5)))) == 1  # Zalo tries again for nearly an hour
    assert refused_with(channel, *zalo.signed(at(49))) == 403
    assert refused_with(channel, *zalo.signed({**at(0), "timestamp": "0"})) == 403


def test_the_account_id_does_not_count_where_the_app_id_is_set(zalo: ZaloOa, store: SqliteStore) -> None:
    by_oa = zalo.signed(zalo.text(RESIDENT, "chào"), by=OA_ID)
    assert refused_with(channel_on(zalo, store), *by_oa) == 403
    assert len(channel_on(zalo, store, signed_id="oa").receive(*by_oa)) == 1


async def test_registering_says_what_to_do_by_hand(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    with capture_logs() as logs:
        await channel.register("https://loaban.example/zalo-oa")
    assert [entry["url"] for entry in logs] == ["https://loaban.example/zalo-oa"]
    assert zalo.calls == []


# --- replies ----------------------------------------------------------------------------------------------------------


async def test_a_reply_arrives_and_its_id_is_returned(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    assert await channel.send(reply("Chào bà con 🌾 ễ")) == zalo.sent[0].message_id
    assert zalo.texts(RESIDENT) == ["Chào bà con 🌾 ễ"]


async def test_choices_are_numbered(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    await channel.send(reply("Bà con hỏi gì?", Button("Vay vốn", "t1"), Button("Học nghề", "t2")))
    assert zalo.texts(RESIDENT) == ["Bà con hỏi gì?\n\n  1. Vay vốn\n  2. Học nghề"]


async def test_a_long_text_is_split_and_nothing_of_it_is_lost(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    text = " ".join(f"Câu số {number} 🌾." for number in range(600))
    assert await channel.send(reply(text)) == zalo.sent[-1].message_id
    assert len(zalo.sent) > 1
    assert all(utf16_units(part) <= 2000 for part in zalo.texts(RESIDENT))
    assert " ".join(zalo.texts(RESIDENT)) == text


async def test_a_retry_goes_on_with_the_part_that_failed(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    text = " ".join(f"Câu số {number}." for number in range(400))
    zalo.fail(skip=1, drop="before")
    assert (await refused(channel, reply(text))).reason == "unreachable"
    await channel.send(reply(text))
    assert " ".join(zalo.texts(RESIDENT)) == text


async def test_of_a_photo_its_address_is_sent(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    await channel.send(reply("Họp bản", Button("Bao giờ?", "t1"), photo="https://dienbien.gov.vn/hop.jpg"))
    await channel.send(reply("Họp bản", photo="telegram:AgACAgp3AAIB"))
    await channel.send(reply("", photo="https://dienbien.gov.vn/hop.jpg"))
    assert zalo.texts(RESIDENT) == [
        "Họp bản\nhttps://dienbien.gov.vn/hop.jpg\n\n  1. Bao giờ?",
        "Họp bản",
        "https://dienbien.gov.vn/hop.jpg",
    ]


async def test_photos_and_files_of_a_case_are_sent_as_addresses(zalo: ZaloOa, store: SqliteStore) -> None:
    keep(store, zalo)
    channel = channel_on(zalo, store, link=lambda media: f"https://bot.example.vn/media/{media[-4:]}")
    both = reply("đây", Button("Xong", "t1"), photo="telegram:AgACphoto", file="telegram:document:AgACfile", case=12)
    await channel.send(both)
    await channel.send(reply("đơn", file="https://f1.zdn.vn/don.docx", case=12))
    await channel.send(reply("Họp bản", photo="telegram:AgACphoto", id_=0))
    assert zalo.texts(RESIDENT) == [
        "đây\nhttps://bot.example.vn/media/hoto\n\nhttps://bot.example.vn/media/file\n\n  1. Xong",
        "đơn\n\nhttps://f1.zdn.vn/don.docx",
        "Họp bản",
    ]
    await channel.close()


async def test_an_empty_reply_is_refused_before_it_is_sent(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    assert (await refused(channel, reply(" \n"))).reason == "refused-text"
    assert zalo.calls == []


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_text_is_spelled_so_that_it_arrives_as_it_was(text: str) -> None:
    async def sent() -> list[str]:
        async with ZaloOa() as zalo:
            store = SqliteStore(":memory:")
            keep(store, zalo)
            channel = channel_on(zalo, store)
            await channel.send(reply(f"a{text}"))
            await channel.close()
            store.close()
            return zalo.texts(RESIDENT)

    with asyncio.Runner() as runner:
        assert runner.run(sent()) == [f"a{text}"]


# --- refusals ---------------------------------------------------------------------------------------------------------

REASONS: dict[int, tuple[SendReason, bool]] = {
    -32: ("throttled", False),
    -201: ("refused", False),
    -210: ("refused", False),
    -211: ("setup", False),
    -213: ("refused-person", True),
    -216: ("token", False),
    -217: ("refused-person", True),
    -218: ("setup", False),
    -220: ("token", False),
    -221: ("setup", False),
    -224: ("setup", False),
    -227: ("refused-person", True),
    -230: ("window", False),
    -244: ("refused-person", True),
    -99999: ("refused", False),
}


def test_every_number_that_is_known_is_expected_here() -> None:
    groups = (errors.EXPIRED, errors.TOO_FAST, errors.GONE, errors.WINDOW, errors.SETUP, errors.PARAMETERS)
    known = [error for group in groups for error in group]
    assert sorted(known) == sorted(set(REASONS) - {-99999})


@pytest.mark.parametrize("error", REASONS)
async def test_a_refusal_becomes(zalo: ZaloOa, channel: ZaloOaChannel, error: int) -> None:
    zalo.fail(error, times=2)
    failure = await refused(channel, reply("chào"))
    assert (failure.reason, failure.gone) == REASONS[error]
    assert failure.retry_after is None
    assert len(zalo.calls_of(MESSAGES)) == (2 if error in (-216, -220) else 1)


async def test_a_number_may_be_spelled_as_text(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    zalo.fail(raw=b'{"error": "-230", "message": "out of window"}')
    assert (await refused(channel, reply("chào"))).reason == "window"


@pytest.mark.parametrize("message", ["text is empty", "Text exceeds the max length", "content is invalid"])
@pytest.mark.parametrize("error", [-201, -210])
def test_a_fault_of_the_text_says_that_nobody_can_get_it(error: int, message: str) -> None:
    assert zalo_oa_error(error, message).reason == "refused-text"


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_server_in_trouble_is_unreachable(zalo: ZaloOa, channel: ZaloOaChannel, status: int) -> None:
    zalo.fail(0, status=status)
    assert (await refused(channel, reply("chào"))).reason == "unreachable"


@pytest.mark.parametrize(
    "raw",
    [b"", b"<html>", b"[]", b"null", b"{}", b'{"error": null}', b'{"error": true}', b'{"error": ', b"\xff", b"[" * 50_000],
)
async def test_an_answer_that_is_none_is_unreachable(zalo: ZaloOa, channel: ZaloOaChannel, raw: bytes) -> None:
    zalo.fail(raw=raw)
    assert (await refused(channel, reply("chào"))).reason == "unreachable"


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_cut_connection_is_unreachable(zalo: ZaloOa, channel: ZaloOaChannel, drop: Literal["before", "after"]) -> None:
    zalo.fail(drop=drop)
    assert (await refused(channel, reply("chào"))).reason == "unreachable"


async def test_a_server_that_does_not_answer_is_unreachable(
    zalo: ZaloOa, channel: ZaloOaChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SEND_SECONDS", 0.05)
    zalo.fail(delay=30)
    assert (await refused(channel, reply("chào"))).reason == "unreachable"


async def test_nothing_is_sent_while_the_channel_pauses(zalo: ZaloOa, store: SqliteStore) -> None:
    keep(store, zalo)
    pause = Pause(store, "zalo-oa", wall)
    channel = channel_on(zalo, store, pause=pause)
    await pause.ask(60)
    failure = await refused(channel, reply("chào"))
    assert failure.reason == "throttled"
    assert failure.retry_after is not None
    assert zalo.calls == []
    await channel.close()


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", ["told", "unknown"])
async def test_an_access_token_that_ended_is_renewed_once_and_the_reply_arrives(
    zalo: ZaloOa, channel: ZaloOaChannel, store: SqliteStore, ended: str
) -> None:
    if ended == "told":
        zalo.expire()
    else:
        zalo.fail(-216)
    await channel.send(reply("chào"))
    assert zalo.texts(RESIDENT) == ["chào"]
    assert zalo.renewals == 1
    with store.writing() as transaction:
        stored = transaction.tokens("zalo-oa")
    assert stored is not None
    assert (stored.access, stored.refresh) == (zalo.access, zalo.refresh)


async def test_many_replies_renew_an_ended_token_once(zalo: ZaloOa, channel: ZaloOaChannel) -> None:
    zalo.expire()
    await asyncio.gather(*(channel.send(reply(f"câu {number}", id_=number)) for number in range(1, 20)))
    assert len(zalo.sent) == 19
    assert zalo.renewals == 1


async def test_without_a_login_it_says_how_to_log_in(zalo: ZaloOa, store: SqliteStore) -> None:
    channel = channel_on(zalo, store)
    failure = await refused(channel, reply("chào"))
    assert (failure.reason, failure.temporary) == ("token", True)
    assert "loaban zalo-oa login" in str(failure)
    keep(store, zalo)  # and somebody does, while the bot runs
    await channel.send(reply("chào"))
    assert zalo.texts(RESIDENT) == ["chào"]
    await channel.close()


async def test_no_secret_stands_in_a_log_line_or_an_exception(
    zalo: ZaloOa, store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)  # also httpx, which logs addresses
    keep(store, zalo)
    channel = channel_on(zalo, store)
    texts = [repr(TokenPair(zalo.access, zalo.refresh, SENT_AT))]

    async def failing() -> None:
        error: BaseException | None = await refused(channel, reply("chào"))
        while error is not None:
            texts.append(repr(error) + str(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)

    with capture_logs() as logs:
        zalo.fail(-201, f"bad access_token {zalo.access}")
        await failing()
        zalo.fail(-216, f"invalid {zalo.access}", times=2)
        await failing()
        zalo.fail(drop="before")
        await failing()
        with store.writing() as transaction:  # a refresh token that was spent; the stub's refusal quotes it
            transaction.save_tokens("zalo-oa", TokenPair("access-of-old", "refresh-0-pL2xZ6", wall() + timedelta(minutes=1)))
        other = channel_on(zalo, store)
        channel, opened = other, channel
        await failing()
        with pytest.raises(WebhookRejected) as caught:
            channel.receive({"x-zevent-signature": "mac=0"}, zalo.signed(zalo.text(RESIDENT, "x"))[1])
        texts.append(repr(caught.value))
    await opened.close()
    await other.close()
    everything = "\n".join([*texts, *map(str, logs), caplog.text])
    assert [secret for secret in [*zalo.secrets, "access-of-old"] if secret in everything] == []
    assert "-201" in everything


# --- the whole way ----------------------------------------------------------------------------------------------------


class Line:
    """The real application behind the webhook."""

    def __init__(self, zalo: ZaloOa, store: SqliteStore, engine: Engine) -> None:
        self.zalo = zalo
        self.store = store
        self.app = App(CurrentEngine(engine), store)
        pause = Pause(store, "zalo-oa", wall)
        self.channel = channel_on(zalo, store, pause=pause)
        self.sender = ReplySender(self.channel, store, now=wall, pause=pause)

    def bring(self, event: dict[str, Any]) -> None:
        self.app.handle(self.channel.receive(*self.zalo.signed(event)))
        self.sender.wake()

    def says(self, text: str, user: str = RESIDENT) -> None:
        self.bring(self.zalo.text(user, text))

    async def answered(self, count: int, user: str = RESIDENT) -> list[str]:
        """All that this person has received, once nothing waits any more."""
        await self.zalo.until(lambda: len(self.zalo.texts(user)) >= count and not self.store.due_replies("zalo-oa"))
        return self.zalo.texts(user)


@pytest.fixture
async def line(zalo: ZaloOa, store: SqliteStore, engine: Engine) -> AsyncIterator[Line]:
    keep(store, zalo)
    async with running(Line(zalo, store, engine)) as opened:
        yield opened


@asynccontextmanager
async def running(line: Line) -> AsyncIterator[Line]:
    task = asyncio.create_task(line.sender.run())
    try:
        yield line
    finally:
        await line.sender.stop()
        await asyncio.wait({task})
        await line.channel.close()


def offered(text: str) -> dict[str, str]:
    """Number → label of the choices under a text."""
    lines = [one.strip().partition(". ") for one in text.splitlines()]
    return {number: label for number, dot, label in lines if dot and number.isdigit()}


async def test_a_question_is_answered(line: Line) -> None:
    line.says("xin chào")
    assert (await line.answered(1))[0].strip()


async def test_a_choice_is_made_by_its_number_or_its_words(line: Line) -> None:
    answers = []
    for user, by_number in (("84001", True), ("84002", False)):
        line.bring(line.zalo.follows(user, "follow"))
        greeting = await line.answered(1, user)
        choices = offered(greeting[-1])
        line.says("3" if by_number else choices["3"], user)
        answers.append((await line.answered(len(greeting) + 1, user))[len(greeting) :])
        assert offered(answers[-1][-1]) != choices
    assert answers[0] == answers[1]


async def test_media_is_answered_with_words(line: Line) -> None:
    line.bring(line.zalo.follows(RESIDENT, "follow"))
    count = len(await line.answered(1))
    for kind in ("user_send_image", "user_send_sticker", "user_send_location", "user_send_audio", "user_send_file"):
        line.bring(line.zalo.said(RESIDENT, kind, attachments=[{"type": "x", "payload": {}}]))
        received = await line.answered(count + 1)
        assert len(received) > count
        count = len(received)


async def test_whoever_unfollows_hears_nothing_more(line: Line) -> None:
    line.says("xin chào")
    count = len(await line.answered(1))
    line.bring(line.zalo.follows(RESIDENT, "unfollow"))
    assert len(await line.answered(count)) == count


async def test_events_that_come_three_times_in_any_order_have_one_effect(line: Line) -> None:
    users = sorted(line.zalo.people)
    events = [line.zalo.follows(user, "follow") for user in users]
    events += [line.zalo.said(user, "user_send_sticker") for user in users]
    for event in events:
        line.bring(event)
    once = [await line.answered(2, user) for user in users]
    again = events * 3
    random.Random(7).shuffle(again)
    for event in again:
        line.bring(event)
    line.says("xin chào", users[0])  # by the time this is answered, an answer to a repetition would have come, too
    assert len(await line.answered(len(once[0]) + 1, users[0])) > len(once[0])
    assert [line.zalo.texts(user) for user in users[1:]] == once[1:]


async def test_an_event_nobody_knows_has_no_effect(line: Line) -> None:
    line.bring({**line.zalo.text(RESIDENT, "chào"), "event_name": "user_dreamt"})
    assert line.store.due_replies("zalo-oa") == []


async def test_a_throttled_reply_arrives_later(line: Line) -> None:
    line.zalo.fail(-32, times=2)
    line.says("xin chào")
    assert len(await line.answered(1)) >= 1
    assert len(line.zalo.calls_of(MESSAGES)) >= 3


async def test_trouble_on_the_way_delays_a_reply_and_loses_nothing(line: Line) -> None:
    line.zalo.fail(0, status=503)
    line.zalo.fail(raw=b"<html>")
    line.zalo.fail(drop="before")
    line.says("xin chào")
    assert len(await line.answered(1)) >= 1


@pytest.mark.parametrize("error", [-213, -217, -227, -244])
async def test_somebody_who_cannot_be_reached_is_tried_once(line: Line, error: int) -> None:
    line.zalo.fail(error, user=RESIDENT, times=99)
    line.says("xin chào")
    line.says("xin chào", "84002")
    await line.answered(1, "84002")
    await line.zalo.until(lambda: not line.store.due_replies("zalo-oa"))
    tries = [call for call in line.zalo.calls_of(MESSAGES) if call["recipient"]["user_id"] == RESIDENT]
    assert len(tries) == 1


async def test_a_text_that_is_refused_is_dropped_and_the_next_arrives(line: Line) -> None:
    line.zalo.fail(-210, "text exceeds the max length", user=RESIDENT)
    line.says("xin chào")
    await line.zalo.until(lambda: not line.store.due_replies("zalo-oa"))
    count = len(line.zalo.texts(RESIDENT))
    line.says("menu")
    assert len(await line.answered(count + 1)) > count


async def test_an_ended_token_is_not_seen_by_residents(line: Line) -> None:
    line.zalo.expire()
    line.says("xin chào")
    assert len(await line.answered(1)) >= 1
    assert line.zalo.renewals == 1


# --- logging in -------------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(zalo: ZaloOa, tmp_path: Path) -> dict[str, str | None]:
    return {
        "LOABAN_DB": str(tmp_path / "loaban.db"),
        "LOABAN_ZALO_OA_APP_ID": zalo.app_id,
        "LOABAN_ZALO_OA_APP_SECRET": zalo.app_secret,
        "LOABAN_ZALO_OA_OAUTH": zalo.address,
    }


async def loaban(environment: dict[str, str | None], *words: str, typed: str = "") -> tuple[int, str]:
    arguments = ["--lang", "en", "zalo-oa", "login", *words]
    result = await asyncio.to_thread(CliRunner().invoke, cli, arguments, env=environment, input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("typed", ["{code}", " {code} ", "https://loaban.example/zalo?oa_id=388613280878808645&code={code}"])
async def test_a_login_stores_tokens_that_work(
    zalo: ZaloOa, store: SqliteStore, environment: dict[str, str | None], typed: str
) -> None:
    (code,) = zalo.codes
    exit_code, output = await loaban(
        environment, "--redirect-uri", "https://loaban.example/zalo?a=b", typed=typed.format(code=code) + "\n"
    )
    assert exit_code == 0, output
    assert f"app_id={zalo.app_id}&redirect_uri=https%3A%2F%2Floaban.example%2Fzalo%3Fa%3Db" in output
    assert [secret for secret in zalo.secrets if secret in output] == []
    channel = channel_on(zalo, store)
    await channel.send(reply("chào"))
    assert zalo.texts(RESIDENT) == ["chào"]
    assert zalo.renewals == 0
    await channel.close()


async def test_a_code_works_once_and_the_second_time_it_is_said_why(zalo: ZaloOa, environment: dict[str, str | None]) -> None:
    (code,) = zalo.codes
    assert (await loaban(environment, "--code", code))[0] == 0
    exit_code, output = await loaban(environment, "--code", code)
    assert exit_code == 1
    assert "-14012" in output
    assert [secret for secret in zalo.secrets if secret in output] == []


async def test_an_input_that_ends_before_the_code_ends_the_login_with_a_sentence(environment: dict[str, str | None]) -> None:
    exit_code, output = await loaban(environment, "--redirect-uri", "https://loaban.example/zalo")
    assert exit_code == 1
    assert "\nStopped: nothing was answered, so nothing was done.\n" in output
    assert "Aborted" not in output


async def test_a_login_that_does_not_reach_zalo_keeps_the_tokens_there_are(
    zalo: ZaloOa, store: SqliteStore, environment: dict[str, str | None]
) -> None:
    keep(store, zalo)
    zalo.fail(path=TOKENS, drop="before")
    exit_code, output = await loaban(environment, "--code", "x")
    assert exit_code == 1
    assert "could not be reached" in output
    with store.writing() as transaction:
        stored = transaction.tokens("zalo-oa")
    assert stored is not None
    assert stored.refresh == zalo.refresh


async def test_a_login_needs_the_app(environment: dict[str, str | None]) -> None:
    exit_code, output = await loaban({**environment, "LOABAN_ZALO_OA_APP_SECRET": None}, "--code", "x")
    assert exit_code == 1
    assert "LOABAN_ZALO_OA_APP_SECRET" in output
    exit_code, output = await loaban(environment)
    assert exit_code == 1
    assert "--redirect-uri" in output
