"""Which language a person asks to speak."""

from __future__ import annotations

from bot.folding import fold

_NAMES = {
    "vi": ("tieng viet", "vietnamese", "viet nam", "tieng kinh"),
    "en": ("tieng anh", "english", "anh ngu"),
}


def wanted_language(text: str, spoken: tuple[str, ...]) -> str | None:
    """The one spoken language that the text names; None when it names none, two, or one that is not spoken."""
    folded = f" {fold(text)} "
    named = [lang for lang in spoken if any(f" {name} " in folded for name in _NAMES.get(lang, (lang,)))]
    return named[0] if len(named) == 1 else None
