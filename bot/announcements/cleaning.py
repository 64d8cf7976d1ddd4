"""A text that staff typed, cleaned: plain, as residents will read it.

Nothing in it is interpreted: "{name}", "<b>" and "*x*" reach people as they were typed.
"""

from __future__ import annotations

import re
import unicodedata

from bot.text.folding import visible

_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")  # a soft line break of Word is a \v
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
# What `visible` leaves: fillers and blanks that show nothing, annotation marks, tags, and the variation selectors other
# than the two that say whether a sign is a picture.
_UNSEEN = re.compile("[\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0d\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]")
_EMPTY_LINES = re.compile("\n{3,}")


def clean(text: str) -> str:
    """The text as it will be sent: composed letters, nothing invisible, no more than one empty line in a row.

    Cleaning twice changes nothing. Lines end with "\\n", a tab is a space, and no line ends with spaces.
    """
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text).replace("\t", " "))
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", visible(text)))
    return _EMPTY_LINES.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()
