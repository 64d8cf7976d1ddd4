"""What the page says of itself, apart from the talk. Templates name the keys."""

from __future__ import annotations

from collections.abc import Mapping

from bot.i18n import Words, mark

TEXTS: Mapping[str, str] = {
    "title": mark("Loa Bản: questions and answers in Điện Biên"),
    "empty": mark("What would you like to ask? Write it here, or tap a topic."),
    "topics": mark("Topics"),
    "talk": mark("Conversation"),
    "you": mark("You"),
    "loaban": mark("Loa Bản"),
    "question": mark("Your question"),
    "send": mark("Send"),
    "menu": mark("All topics"),
    "my_data": mark("My data"),
    "privacy": mark("Privacy"),
    "delete": mark("Delete all"),
    "check": mark("Is an announcement genuine?"),
    "back": mark("Back to the chat"),
    "refresh": mark("See what is new"),
    "newest": mark("Down to the newest"),
    "earlier": mark("Show all of the conversation"),
    "over": mark("The earlier talk was deleted after its time. Please ask again from the beginning."),
    "no_cookies": mark("You can ask all the same, but when you close this page the conversation is lost."),
    "line_lost": mark("The line is lost. Your words are still here, and are sent as soon as there is a line."),
    "waits": mark("being sent"),
    "again": mark("Send again"),
    "deleted": mark("Everything was deleted, nothing of yours is kept any more."),
    "delete_title": mark("Delete everything?"),
    "delete_told": mark(
        "What was said here is deleted, with all that Loa Bản knows of you and a question that is with officers. It does not "
        "come back."
    ),
    "delete_yes": mark("Yes, delete everything"),
    "delete_no": mark("No, back"),
    "code": mark("The code under the announcement, such as 7K3M2P"),
    "check_now": mark("Check"),
    "photo": mark("See the picture"),
    "file": mark("See the file"),
    "listen": mark("A recording of the answer"),
}

# What went wrong; the page shows each in every language.
FAULTS: Mapping[str, str] = {
    "not_found": mark("There is no such page."),
    "not_allowed": mark("This page cannot be used so."),
    "foreign": mark("This came from another site, so it was not taken. Please open the page of Loa Bản and write there."),
    "host": mark("Loa Bản is not known under this address."),
    "too_large": mark("That is too much at once. Please write it shorter, 2,000 letters at most."),
    "unreadable": mark("This form cannot be read. Please open the page anew and write your question again."),
    "too_fast": mark("You write too fast. Please wait a minute, then go on asking."),
    "busy": mark("Loa Bản cannot take your message at the moment. It is still here: please send it again in a minute."),
    "full": mark("Too many people are asking at the moment. Please try again in a minute."),
    "full_network": mark(
        "Many pages are open from your network at the moment. This one works all the same; what is new comes a little later."
    ),
    "failed": mark("Loa Bản could not deal with this message. Please write it in other words."),
    "bug": mark("Something went wrong at our end. Please try again in a minute."),
}


def said(words: Words) -> Mapping[str, str]:
    return {key: words.say(message) for key, message in TEXTS.items()}
