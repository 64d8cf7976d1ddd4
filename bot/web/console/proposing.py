"""How a change of the content is written from any page: the proposal, and one line of the audit log for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bot.announcements.authority import NOT_STAFF, current_staff
from bot.authoring.proposals.proposal import Proposal
from bot.authoring.proposals.steps import Step
from bot.errors import Refusal
from bot.model import AuditEntry
from bot.ports import Transaction
from bot.web.console.asked import Asked
from bot.web.console.routes import may


async def begin(asked: Asked, steps: Sequence[Step], group: str = "") -> Proposal:
    """A new proposal of whoever asks; it is proved from now on. Raises Refusal, and then there is none."""
    bench, now = asked.parts.bench, asked.parts.now()
    found = await asyncio.to_thread(bench.begin, asked.me, steps, now, group)
    try:
        await asked.act(lambda transaction: note(asked, transaction, "proposal written", found.number))
    except BaseException:
        await asyncio.to_thread(bench.drop, found.number)
        raise
    asked.parts.proving.want(found)
    return found


async def change(asked: Asked, number: int, action: str, work: Callable[[], Proposal]) -> Proposal:
    """Something else that is done to a proposal apart from what is live. Raises Refusal."""
    await asked.look(lambda view: check_role(asked, view))
    found = await asyncio.to_thread(work)
    await asked.act(lambda transaction: note(asked, transaction, action, number))
    asked.parts.proving.want(found)
    return found


def check_role(asked: Asked, records: Transaction) -> None:
    """Who writes, as the store knows them now: a role may have ended since the page was opened. Raises Refusal."""
    if not may(current_staff(records, asked.me).role, "admin"):
        raise Refusal(NOT_STAFF)


def note(asked: Asked, transaction: Transaction, action: str, number: int, detail: str = "") -> None:
    """Raises Refusal for somebody who may not any more."""
    check_role(asked, transaction)
    transaction.note(AuditEntry(asked.parts.now(), asked.me, action, f"proposal {number}", detail))
