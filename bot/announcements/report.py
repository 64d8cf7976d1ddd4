"""What became of an announcement, in words: the same at the desk and on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from bot.announcements.display_names import DisplayNames
from bot.announcements.policy import AnnouncementPolicy
from bot.announcements.times import Repeat, end_of_quiet, format_moment, format_schedule
from bot.i18n import Words, mark
from bot.model import OPEN_STATES, Announcement, AnnouncementState, DeliveryReport, DeliveryState

PLANNED = mark("planned")
STATES: Mapping[AnnouncementState, str] = {
    "waiting": mark("waits for a second person"),
    "sending": mark("being sent"),
    "repeating": mark("repeated"),
    "paused": mark("paused"),
    "done": mark("finished"),
    "cancelled": mark("cancelled"),
    "expired": mark("not sent"),
}
REASONS: Mapping[str, str] = {
    # of recipients
    "stopped": mark("they stopped announcements"),
    "cancelled": mark("the announcement was cancelled"),
    "blocked": mark("they blocked Loa Bản"),
    "not found": mark("the chat no longer exists"),
    "refused": mark("the app refused the message"),
    "unreachable": mark("the app could not be reached"),
    "bug": mark("an error in Loa Bản"),
    "moved": mark("the chat moved"),
    "moved again": mark("the chat moved"),
    "interrupted": mark("Loa Bản was interrupted while sending"),
    "window": mark("they did not write in that time"),
    # of announcements
    "by staff": mark("by somebody of the staff"),
    "author left": mark("whoever wrote it is no longer staff"),
    "text refused": mark("the app refuses its text"),
    "turned down": mark("the second person turned it down"),
    "not approved": mark("nobody approved it in time"),
    "too late": mark("its time was over"),
    "partly too late": mark("its time was over before everybody had it"),
    "missed": mark("Loa Bản was not running at that time"),
    "restored": mark("restored from a backup"),
}
UNSETTLED: tuple[tuple[DeliveryState, str], ...] = (
    ("gone", mark("No longer reached: {count}")),
    ("failed", mark("Failed: {count}")),
    ("expired", mark("Too late: {count}")),
    ("unknown", mark("Not known whether it arrived: {count}")),
    ("cancelled", mark("Left out: {count}")),
)


def state_word(announcement: Announcement, words: Words, now: datetime | None = None) -> str:
    """The state as it is said in a list; with `now`, one whose time is still to come is planned."""
    if announcement.state == "sending" and now is not None and announcement.due > now:
        return words.say(PLANNED)
    return words.say(STATES[announcement.state])


def reason_word(reason: str, words: Words) -> str:
    """Why, in words; a reason that has none stands as it is."""
    return words.say(REASONS[reason]) if reason in REASONS else reason


def report_lines(
    announcement: Announcement, report: DeliveryReport, names: DisplayNames, words: Words, now: datetime | None = None
) -> list[str]:
    """What became of it, a line each: its state (see `state_word`), and the recipients where there were any."""
    lines = [_state(announcement, words, now)]
    if report.recipients == 0:
        return lines
    sent = report.states.get("sent", 0)
    lines.append(words.say("Sent: {count} of {total}", count=_figure(sent, words), total=_figure(report.recipients, words)))
    if len(report.channels) > 1:
        parts = (f"{names.app(name, words)} {_figure(count, words)}" for name, count in sorted(report.channels.items()))
        lines.append(words.say("By app: {parts}", parts=", ".join(parts)))
    if left := report.recipients - report.finished - report.held:
        lines.append(words.say("Still to send: {count}", count=_figure(left, words)))
    if report.held:
        lines.append(words.say("Get it when they next write: {count}", count=_figure(report.held, words)))
    for state, message in UNSETTLED:
        if count := report.states.get(state, 0):
            lines.append(words.say(message, count=_figure(count, words)) + why(report, state, words))
    if report.ambiguous:
        uncertain = mark("Uncertain: {count} (interrupted; perhaps twice, perhaps not at all)")
        lines.append(words.say(uncertain, count=_figure(report.ambiguous, words)))
    return [*lines, *_span(report, words)]


def time_lines(announcement: Announcement, rules: AnnouncementPolicy, words: Words, now: datetime) -> list[str]:
    """When it goes out and until when it is true; of a repeated one, how often, and when next."""
    due = format_moment(announcement.due, words)
    if announcement.plan.rule is None or announcement.parent is not None:
        until = words.say("True until {time}.", time=format_moment(announcement.expires, words))
        return [words.say("When: {when}", when=due), *_night(announcement, rules, words, now), until]
    lines = [words.say("When: {when}", when=format_schedule(Repeat(announcement.plan.rule), words))]
    if announcement.state in OPEN_STATES:
        lines.append(words.say("Next time: {time}", time=due))
    return lines


def _night(announcement: Announcement, rules: AnnouncementPolicy, words: Words, now: datetime) -> list[str]:
    """Whether it is not going out only because it is night."""
    if announcement.state != "sending" or announcement.plan.urgent or announcement.due > now or not rules.is_quiet(now):
        return []
    return [words.say("At night it waits, until {time}.", time=format_moment(end_of_quiet(now, rules.quiet), words))]


def held_lines(held: Mapping[str, int], names: DisplayNames, words: Words) -> list[str]:
    """How many have to write before they get it, a line for each channel that asks for that."""
    message = mark("{count} of them get it when they next write ({app} allows no earlier message).")
    return [
        words.say(message, count=_figure(count, words), app=names.app(channel, words))
        for channel, count in sorted(held.items())
    ]


def _state(announcement: Announcement, words: Words, now: datetime | None) -> str:
    state = state_word(announcement, words, now)
    if announcement.reason:
        state = words.say("{state} ({reason})", state=state, reason=reason_word(announcement.reason, words))
    return words.say("State: {state}", state=state)


def why(report: DeliveryReport, state: DeliveryState, words: Words) -> str:
    """The reasons of the recipients in this state, the most frequent first, in brackets; "" for none."""
    counts: dict[str, int] = {}
    for (of, reason), count in report.reasons.items():
        if of == state:
            said = reason_word(reason, words)
            counts[said] = counts.get(said, 0) + count
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if len(ordered) == 1:
        return f" ({ordered[0][0]})"
    return f" ({', '.join(f'{said}: {_figure(count, words)}' for said, count in ordered)})" if ordered else ""


def _span(report: DeliveryReport, words: Words) -> list[str]:
    if report.first is None or report.last is None:
        return []
    lines = [words.say("First: {time}", time=format_moment(report.first, words))]
    if report.last > report.first:
        lines.append(words.say("Last: {time}", time=format_moment(report.last, words)))
    if report.rate:
        lines.append(words.say("Rate: {rate} a second", rate=words.number(Decimal(f"{report.rate:.1f}"))))
    return lines


def _figure(count: int, words: Words) -> str:
    return words.number(Decimal(count))
