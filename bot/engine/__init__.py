"""One version of the content, ready to answer: built from the files, or found in the cache."""

from bot.engine.build import build_engine
from bot.engine.engine import Engine

__all__ = ["Engine", "build_engine"]
