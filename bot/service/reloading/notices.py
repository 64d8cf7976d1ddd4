"""What owners and admins are told of new content."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bot.i18n import Words
from bot.knowledge.known import Knowledge
from bot.knowledge.review_dates import NEAR_DAYS, due_counts
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


def dates_due(knowledge: Knowledge, today: date, words: Words) -> str:
    """How much is to be compared with its sources again, where anything is."""
    past, near = due_counts(knowledge, today)
    lines = [
        words.say("Facts and answers are to be compared with their sources again."),
        *([words.say("Past their day: {count}. Residents are told so.", count=words.number(Decimal(past)))] if past else []),
        *([words.say("Within {days} days: {count}.", days=NEAR_DAYS, count=words.number(Decimal(near)))] if near else []),
        words.say("Whoever looks after the content lists them with `loaban due`."),
    ]
    return "\n".join(lines)
