"""The page, as the registry lists it."""

from __future__ import annotations

from bot.channels.descriptor import PageDescriptor
from bot.i18n import mark
from bot.model.well_known import WEB
from bot.ports import Capabilities

LONGEST = 2_000  # characters of one message; who needs more writes two

WEB_CHAT = PageDescriptor(
    name=WEB,
    app=mark("Web page"),
    capabilities=Capabilities(
        max_text=LONGEST, max_photo=0, buttons=True, edits=False, voice=True, proactive="none", rate=0.0, groups=False
    ),
    listen="web_listen",
)
