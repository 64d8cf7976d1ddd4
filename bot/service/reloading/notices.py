"""What owners and admins are told of new content."""

from __future__ import annotations

from decimal import Decimal

from bot.i18n import Words
from bot.service.reloading.build_result import RejectedContent

SHOWN = 5  # problems in a message
LONGEST = 400  # characters of one


def refusal(refused: RejectedContent, words: Words) -> str:
    """Which files and lines are wrong; in the language of `words` where the content is checked in it."""
    problems = refused.problems_in(words.lang)
    if not problems:
        return words.say(
            "The new content could not be read. Residents get the answers they got before, and Loa Bản tries again by itself. "
            "The reason, for whoever looks after the server: {why}",
            why=refused.trouble[:LONGEST],
        )
    count = words.number(Decimal(len(problems)))
    lines = [
        words.say("Errors in the new content: {count}. Residents get the answers they got before.", count=count),
        *(str(problem)[:LONGEST] for problem in problems[:SHOWN]),
    ]
    if len(problems) > SHOWN:
        lines.append(words.say("And {count} more.", count=words.number(Decimal(len(problems) - SHOWN))))
    lines.append(words.say("Please mend the files and save them; Loa Bản sees it by itself."))
    return "\n".join(lines)


def good_again(version: str, words: Words) -> str:
    return words.say("The content is good again and in use: version {version}.", version=version)
