"""Transactions that run beside those of other people, and alone where they turn out to touch more."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from bot.errors import LoabanError
from bot.model import Address
from bot.ports.store import Store, Transaction

T = TypeVar("T")


class TouchesMore(LoabanError):
    """A transaction touches more than was said when it was begun. Nothing of it is stored."""


def stored(store: Store, touching: Collection[Address] | None, work: Callable[[Transaction], T]) -> T:
    """The effect of `work` in one transaction that touches these people and no others; see `Store.writing`.

    Where it touches more, it is begun anew, alone. So `work` may run twice, and only the second time is stored.
    """
    try:
        with store.writing(touching) as transaction:
            return work(transaction)
    except TouchesMore:
        with store.writing() as transaction:
            return work(transaction)
