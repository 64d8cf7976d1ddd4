"""What the bot knows: YAML files read into one immutable, versioned `Knowledge`."""

from bot.knowledge.load import Knowledge, content_files, load_knowledge

__all__ = ["Knowledge", "content_files", "load_knowledge"]
