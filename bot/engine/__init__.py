"""One version of the content, ready to answer: built from the files, or found in the cache."""

from bot.engine.build import build_engine
from bot.engine.engine import Engine
from bot.engine.lexicon import CodeWords, Lexicon, NumberWords

__all__ = ["CodeWords", "Engine", "Lexicon", "NumberWords", "build_engine"]
