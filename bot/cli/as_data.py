"""Staff, announcements and reports as data for other programs. The keys stay as they are; new ones may come."""

from __future__ import annotations

from collections.abc import Mapping

from bot.announcements.actions import NEVER
from bot.cli.command_context import CommandContext
from bot.cli.output import iso
from bot.model import Announcement, AuditEntry, DeliveryReport, Staff

Data = Mapping[str, object]

LISTED = ("number", "code", "state", "reason", "created", "due", "expires", "rule", "places", "topics", "urgent", "must",
          "author", "approver", "parent", "text")  # fmt: skip
REPORTED = ("number", "code", "state", "reason", "due", "expires", "recipients", "finished", "sent", "gone", "failed",
            "unknown", "expired", "cancelled", "pending", "held", "sending", "ambiguous", "first", "last", "rate")  # fmt: skip


def staff_data(person: Staff, context: CommandContext) -> Data:
    """Without the id of the person's chat, which is nobody's business."""
    return {
        "number": person.number,
        "role": person.role,
        "places": [{"code": code, "name": _name(code, context)} for code in person.places],
        "office": person.office,
        "channel": person.address.channel if person.address else None,
        "since": iso(person.since),
    }


def _name(code: str, context: CommandContext) -> str | None:
    """A commune's Vietnamese name, whatever language the command line speaks."""
    known = context.gazetteer.by_code.get(code)
    return known.full_name if known else None


def entry_data(entry: AuditEntry) -> Data:
    return {
        "at": iso(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }


def listed_data(announcement: Announcement) -> Data:
    """The keys of LISTED. `due` is the next time of a repeated one, which has no `expires`; `text` is the Vietnamese one."""
    plan = announcement.plan
    return {
        "number": announcement.id,
        "code": plan.code,
        "state": announcement.state,
        "reason": announcement.reason,
        "created": iso(announcement.created),
        "due": iso(announcement.due),
        "expires": iso(announcement.expires) if announcement.expires < NEVER else None,
        "rule": plan.rule,
        "places": list(plan.audience.places),
        "topics": list(plan.audience.topics),
        "urgent": plan.urgent,
        "must": plan.must,
        "author": announcement.author,
        "approver": announcement.approver,
        "parent": announcement.parent,
        "text": plan.texts["vi"],
    }


def shown_data(announcement: Announcement) -> Data:
    """As `listed_data`, and texts and office per language, photo, and how long it stays true in seconds."""
    plan = announcement.plan
    return {
        **listed_data(announcement),
        "texts": dict(plan.texts),
        "office": dict(plan.office),
        "photo": plan.photo,
        "lasts": plan.lasts.total_seconds(),
    }


def report_data(announcement: Announcement, report: DeliveryReport) -> Data:
    """The keys of REPORTED, and channels (channel → recipients) and reasons (objects with state, reason and count)."""
    listed = listed_data(announcement)
    return {
        **{key: listed[key] for key in ("number", "code", "state", "reason", "due", "expires")},
        "recipients": report.recipients,
        "finished": report.finished,
        "sent": report.states.get("sent", 0),
        "gone": report.states.get("gone", 0),
        "failed": report.states.get("failed", 0),
        "unknown": report.states.get("unknown", 0),
        "expired": report.states.get("expired", 0),
        "cancelled": report.states.get("cancelled", 0),
        "pending": report.states.get("pending", 0),
        "held": report.held,
        "sending": report.states.get("sending", 0),
        "ambiguous": report.ambiguous,
        "first": iso(report.first),
        "last": iso(report.last),
        "rate": round(report.rate, 3),
        "channels": dict(report.channels),
        "reasons": [
            {"state": state, "reason": reason, "count": count} for (state, reason), count in sorted(report.reasons.items())
        ],
    }
