"""What each channel can do, apart from the channel itself, so that nobody has to load a vendor's library to know."""

from __future__ import annotations

from bot.ports import Capabilities

TELEGRAM = Capabilities(
    max_text=4096, max_photo=1024, buttons=True, edits=True, voice=True, proactive="any", rate=25.0, groups=False
)
