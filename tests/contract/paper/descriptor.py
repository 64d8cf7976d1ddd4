"""Paper, as a registry lists it."""

from __future__ import annotations

from bot.channels.descriptor import BuiltChannel, ChannelContext, ChannelDescriptor
from bot.ports import Capabilities

NAME = "paper"


def _build(context: ChannelContext) -> BuiltChannel:
    from tests.contract.paper.channel import PaperChannel
    from tests.contract.paper.client import PostOffice

    return PaperChannel(PostOffice(), context.pause, context.secret, context.link)


PAPER = ChannelDescriptor(
    name=NAME,
    app="Paper",
    capabilities=Capabilities(
        max_text=500, max_photo=0, buttons=False, edits=False, voice=False, proactive="any", rate=1.0, groups=False
    ),
    needs=("webhook_secret",),
    build=_build,
)
