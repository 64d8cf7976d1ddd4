"""A reply that goes out in the response to the update that led to it, instead of by a call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.model import Incoming
from bot.ports import Outgoing, Transaction


def answer_here(
    transaction: Transaction, incoming: Incoming, at: datetime, fits: Callable[[Outgoing], bool]
) -> Outgoing | None:
    """The one reply that waits for whoever sent this, to be delivered in the response to it, if it `fits`.

    To be asked in the transaction that stored the reply, before any sender can have it. None, and it is sent by a call,
    where more than one waits, for these keep their order, and where it belongs to a case, for then the vendor's id of the
    message is needed.
    """
    if transaction.channel_state(incoming.sender.channel).quiet_left(at):  # another process may have been asked for silence
        return None
    match transaction.waiting(incoming.sender):
        case [only] if only.reply.case is None and fits(only):
            transaction.answer_in_response(only, incoming.id, at)
            return only
    return None
