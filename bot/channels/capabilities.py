"""What each channel can do, apart from the channel itself, so that nobody has to load a vendor's library to know.

Where the figures come from and of which day they are stands in docs/channels.md.
"""

from __future__ import annotations

from bot.ports import Capabilities

TELEGRAM = Capabilities(
    max_text=4096, max_photo=1024, buttons=True, edits=True, voice=True, proactive="any", rate=25.0, groups=False
)
ZALO_BOT = Capabilities(
    max_text=2000, max_photo=2000, buttons=False, edits=False, voice=False, proactive="any", rate=5.0, groups=False
)
ZALO_OA = Capabilities(
    max_text=2000, max_photo=0, buttons=False, edits=False, voice=False, proactive="window", rate=10.0, groups=False
)
