"""What the audit log notes, in words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.i18n import mark

FINGERPRINT = 64  # digits; the first few are shown
SHOWN = 12
ACTIONS: Mapping[str, str] = {
    "invited": mark("invited"),
    "joined": mark("joined"),
    "revoked": mark("revoked"),
    "left": mark("left"),
    "confirmed": mark("confirmed"),
    "approved": mark("approved"),
    "turned down": mark("turned down"),
    "turned down because": mark("said why it was turned down"),
    "paused": mark("paused"),
    "resumed": mark("resumed"),
    "cancelled": mark("cancelled"),
    "restored": mark("restored from a backup"),
    "case taken": mark("took a case"),
    "case closed": mark("closed a case"),
    "case given back": mark("gave a case back"),
    "case muted": mark("muted a case"),
    "case unmuted": mark("ended the muting of a case"),
    "console code": mark("printed a code for the console"),
    "console opened": mark("opened the console"),
    "console closed": mark("closed the console"),
    "console closed everywhere": mark("closed the console everywhere"),
    "proposal written": mark("proposed a change of the content"),
    "proposal changed": mark("changed a proposal"),
    "proposal dropped": mark("dropped a proposal"),
    "proposal taken": mark("took a proposal in"),
    "proposal taken back": mark("took a proposal back"),
    "group linked": mark("linked a group"),
    "group unlinked": mark("unlinked a group"),
}


def shortened(detail: str) -> str:
    """A fingerprint by its beginning, anything else as it is."""
    return detail[:SHOWN] if len(detail) == FINGERPRINT else detail
