"""A channel written by docs/add-a-channel.md alone: notes that a post office carries. It stands in no registry but here."""

from tests.contract.paper.descriptor import PAPER

__all__ = ["PAPER"]
