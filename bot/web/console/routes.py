"""What a page of the console is made of, as data: the table that the tests walk by role and commune."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starlette.types import ASGIApp

from bot.model import Role
from bot.ports import Transaction

if TYPE_CHECKING:
    from bot.web.console.asked import Asked, Visit

Method = Literal["GET", "POST"]

RANK: Mapping[Role, int] = {"officer": 0, "admin": 1, "owner": 2}


def may(role: Role, least: Role) -> bool:
    return RANK[role] >= RANK[least]


@dataclass(frozen=True, slots=True)
class OpenRoute:
    """What is there before anybody has signed in."""

    name: str
    method: Method
    path: str
    answer: Callable[[Visit], Awaitable[ASGIApp]]


@dataclass(frozen=True, slots=True)
class StaffRoute:
    """`least` is the least role for which it is there at all. `bound`: the path names something that belongs to a commune, and
    to an officer of another one it is not there either.
    """

    name: str
    method: Method
    path: str
    least: Role
    answer: Callable[[Asked], Awaitable[ASGIApp]]
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for whoever looks: a sentence, and where it is dealt with."""

    text: str
    href: str


def nothing_waits(asked: Asked, view: Transaction) -> Sequence[Waiting]:
    return ()


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """`title` is a message; it stands in the navigation of whoever may see `path`. `waits` is asked for *Hôm nay*."""

    title: str
    path: str
    least: Role
    routes: Sequence[StaffRoute]
    waits: Callable[[Asked, Transaction], Sequence[Waiting]] = nothing_waits
