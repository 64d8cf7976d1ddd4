"""What the bot knows: YAML files read into one immutable, versioned `Knowledge`."""

from bot.knowledge.load import Knowledge, load_knowledge
from bot.knowledge.reading import content_files

__all__ = ["Knowledge", "content_files", "load_knowledge"]
