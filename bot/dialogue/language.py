"""Which language a person asks to speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.text.folding import fold


def wanted_language(text: str, names: Mapping[str, Sequence[str]]) -> str | None:
    """The one language that the text names; None for none or several. `names`: language → what people call it, folded."""
    folded = f" {fold(text)} "
    named = [lang for lang, called in names.items() if any(f" {name} " in folded for name in called)]
    return named[0] if len(named) == 1 else None
