"""What stands around every page of the console, and what went wrong. Templates name the keys; pages have texts of their own."""

from __future__ import annotations

from collections.abc import Mapping

from bot.i18n import Words, mark

TEXTS: Mapping[str, str] = {
    "house": mark("Loa Bản for staff"),
    "skip": mark("To the content"),
    "menu": mark("Pages"),
    "sign_out": mark("Sign out"),
    "error": mark("Something is wrong"),
    "error_title": mark("Error"),
    "lost": mark("No line since {time}. What is shown is from then; connecting again…"),
    "written": mark("What you had written: copy it before you go on."),
    "home": mark("To the first page"),
}

# What went wrong; before anybody has signed in, in every language.
FAULTS: Mapping[str, str] = {
    "not_found": mark("There is no such thing, or it is outside the communes you speak for."),
    "not_allowed": mark("This page cannot be used so."),
    "foreign": mark("This form came from another site, or from a browser that is too old, so nothing was done."),
    "old_form": mark("This form is too old, or the browser keeps no cookies. Please open the page anew and do it again."),
    "host": mark("Loa Bản is not known under this address."),
    "too_large": mark("That is too much at once. Please write it shorter."),
    "unreadable": mark("This form cannot be read. Please open the page anew."),
    "signed_out": mark("You are signed out. Please sign in, then do it again."),
    "too_fast": mark("Too many wrong codes. Please wait ten minutes."),
    "busy": mark("The database cannot be used at the moment, so nothing was done. Please try again in a minute."),
    "full": mark("Too many pages are open. Close some that you do not need."),
    "bug": mark("Something went wrong at our end, and nothing was done. Please try again in a minute."),
}


def said(words: Words, *more: Mapping[str, str]) -> Mapping[str, str]:
    """By key; those with a name in braces as they are, for whoever fills it in."""
    return {key: words.say(message) for texts in (TEXTS, *more) for key, message in texts.items()}
