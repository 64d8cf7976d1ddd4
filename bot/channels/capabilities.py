"""What each channel can do, apart from the channel itself, so that nobody has to load a vendor's library to know.

Where the figures come from and of which day they are stands in docs/channels.md.
"""

from __future__ import annotations

from bot.ports import Capabilities

TELEGRAM = Capabilities(
    max_text=4096, max_photo=1024, buttons=True, edits=True, voice=True, proactive="any", rate=25.0, groups=True
)
ZALO_BOT = Capabilities(
    max_text=2000, max_photo=2000, buttons=False, edits=False, voice=False, proactive="any", rate=5.0, groups=False
)
ZALO_OA = Capabilities(
    max_text=2000, max_photo=0, buttons=False, edits=False, voice=False, proactive="window", rate=10.0, groups=False
)


def can_carry(channel: str, media: str, linked: bool) -> bool:
    """Whether a photo or a file of a case, as `Incoming` names it, reaches somebody on this channel, shown or as an address.

    `linked`: LOABAN_PUBLIC_URL is set and Telegram, too, so that there are links to what lies at Telegram.
    """
    vendor = media.partition(":")[0]
    return vendor in ("https", channel) or (vendor == "telegram" and linked)
