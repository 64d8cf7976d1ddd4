"""Whether a text names the offices that its referral line would name again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.text.folding import fold

Offices = Sequence[Sequence[str]]  # for each office the phrases that name it


def names_all(text: str, offices: Offices) -> bool:
    """Whether the text names every one of the offices, of which there is one at least."""
    return bool(offices) and all(_named(text, office) for office in offices)


def named_in(text: str, offices: Offices) -> list[str]:
    """Of each office that the text names the phrase by which it does."""
    return [next(_found(text, office)) for office in offices if _named(text, office)]


def missing_in(text: str, offices: Offices) -> list[str]:
    """Of each office that the text does not name the first phrase that would."""
    return [office[0] for office in offices if not _named(text, office)]


def _named(text: str, office: Iterable[str]) -> bool:
    return any(True for _ in _found(text, office))


def _found(text: str, office: Iterable[str]) -> Iterator[str]:
    """The phrases that stand in the text, however it is written."""
    folded = f" {fold(text)} "
    return (one for one in office if f" {fold(one)} " in folded)
