"""What is said while somebody asks for announcements, changes them or ends them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dialogue.communes import as_called, list_button, of_today
from bot.dialogue.compose import full_name, get_announcements
from bot.dialogue.moments import said_day
from bot.dialogue.person_context import Page
from bot.engine import Engine
from bot.i18n import Words
from bot.knowledge.gazetteer import Found
from bot.model import Button, Place, Reply, Subscription

KIND = "subscribe"  # how the choices of communes begin
EXAMPLE = "2, 4"


def elsewhere(engine: Engine, lang: str, page: Page) -> Reply:
    """To whoever writes on our own page, to which nothing can be sent: where announcements can be got."""
    words = engine.words(lang)
    apps = tuple(f"{words.say(name)} ({address})" if address else words.say(name) for name, address in page.apps)
    if apps:
        said = words.say(
            "Announcements cannot be sent to this page. They come to {apps}: open Loa Bản there and write “subscribe”.",
            apps=words.join(apps),
        )
    else:
        said = words.say(
            "Announcements cannot be sent to this page. Please ask at the Public Administration Service Centre of your commune "
            "how it announces things."
        )
    genuine = words.say("Whether an announcement is genuine can be checked here: write /check and its code.")
    return Reply(f"{said}\n{genuine}")


def which_commune(engine: Engine, lang: str) -> Reply:
    words = engine.words(lang)
    text = words.say("Which commune's announcements do you want? Write its name, old or new, or choose it from the list.")
    return Reply(text, (list_button(words, KIND),))


def no_such_commune(engine: Engine, lang: str, near: Sequence[Found]) -> Reply:
    words = engine.words(lang)
    if near:
        text = words.say("Loa Bản finds no commune of that name in Điện Biên. Is it one of these? If not, see the list.")
    else:
        text = words.say("Loa Bản finds no commune of that name in Điện Biên. Please write it again, or see the list.")
    other = words.say("Something else? Write /menu.")
    return Reply(f"{text} {other}", (*as_called(words, near, KIND), list_button(words, KIND)))


def several_communes(engine: Engine, lang: str, found: Sequence[Found]) -> Reply:
    words = engine.words(lang)
    text = words.say("There is more than one {name}. Which one do you mean?", name=found[0].name)
    return Reply(text, as_called(words, found, KIND))


def district(engine: Engine, lang: str, name: str, places: Sequence[Place]) -> Reply:
    """Districts are gone, so which of the communes on its land is it?"""
    words = engine.words(lang)
    text = words.say("There is no {name} district any more. Which of the communes on its land do you mean?", name=name)
    return Reply(text, of_today(words, places, KIND))


def which_topics(engine: Engine, lang: str, place: Place, found: Found | None = None) -> Reply:
    """`found` is how the place was called, where it was."""
    words = engine.words(lang)
    new = full_name(words, place)
    lines = []
    if found and found.old:
        lines.append(words.say("The former {old} now belongs to {new}.", old=words.place(found.kind, found.name), new=new))
    lines.append(words.say("Announcements of {place}: what do you want to hear about?", place=new))
    lines.append(
        words.say("For several topics, write their names or where they stand in the list, such as: {example}", example=EXAMPLE)
    )
    return Reply("\n".join(lines), topic_buttons(engine, lang, place.code))


def which_topics_again(engine: Engine, lang: str, code: str) -> Reply:
    words = engine.words(lang)
    text = words.say("Please choose a topic, or write where it stands in the list. Several, too: {example}", example=EXAMPLE)
    other = words.say("Something else? Write /menu.")
    return Reply(f"{text} {other}", topic_buttons(engine, lang, code))


def topic_buttons(engine: Engine, lang: str, code: str) -> tuple[Button, ...]:
    everything = Button(engine.words(lang).say("Everything"), f"subscribe:{code}:all")
    named = (Button(names[lang], f"subscribe:{code}:{topic}") for topic, names in engine.knowledge.topics.items())
    return (everything, *named)


def consent(engine: Engine, lang: str, place: Place, topics: Sequence[str]) -> Reply:
    """What is kept, for what, for how long, and how it ends: nothing is, before a yes to this."""
    words = engine.words(lang)
    lines = [
        words.say("Before Loa Bản sends you announcements, please read this:"),
        words.say("• You get: what the staff of {place} announce, free of charge.", place=full_name(words, place)),
        words.say("• Topics: {topics}.", topics=said_topics(engine, lang, topics)),
        words.say("• Kept: the number of this chat, your commune, the topics and your language; for nothing but this."),
        words.say("• Whether an announcement reached you is noted, and after 60 days only counted."),
        words.say("• Between 21:00 and 6:30 only what is urgent is sent."),
        words.say("• Kept until you stop. Write “stop” or /stop at any time, and it ends at once."),
        words.say("Do you agree?"),
    ]
    return Reply("\n".join(lines), consent_buttons(words, f"subscribe:{place.code}:{'+'.join(topics) or 'all'}:yes"))


def consent_again(engine: Engine, lang: str, yes: str) -> Reply:
    words = engine.words(lang)
    text = words.say("Please write “I agree” or “no”. Without a yes, nothing is kept.")
    return Reply(text, consent_buttons(words, yes))


def consent_buttons(words: Words, yes: str) -> tuple[Button, ...]:
    """`yes` is the choice that stands for the agreement."""
    return (Button(words.say("I agree"), yes), Button(words.say("No"), "none"))


def subscribed(engine: Engine, lang: str, place: Place, topics: Sequence[str]) -> Reply:
    words = engine.words(lang)
    lines = [
        words.say(
            "Done. From now on you get the announcements of {place}: {topics}.",
            place=full_name(words, place),
            topics=said_topics(engine, lang, topics),
        ),
        words.say("To end them, write “stop” or /stop at any time."),
        words.say("Under each stands a code: send it with /check, and Loa Bản tells whether the announcement is genuine."),
    ]
    return Reply("\n".join(lines))


def refused(engine: Engine, lang: str, subscription: Subscription | None) -> Reply:
    words = engine.words(lang)
    if subscription:
        return Reply(words.say("All right, everything stays as it was."))
    return Reply(words.say("All right, nothing was kept. You can still ask a question here at any time."))


def stopped(engine: Engine, lang: str, subscription: Subscription | None) -> Reply:
    words = engine.words(lang)
    if subscription:
        return Reply(words.say("Done: you will get no announcements. You can still ask a question here at any time."))
    return Reply(words.say("You had not asked for announcements, and none are sent to you. You can still ask a question here."))


def current(engine: Engine, lang: str, subscription: Subscription) -> Reply:
    """What somebody gets already, and what can be done about it."""
    words = engine.words(lang)
    text = words.say("You get these announcements: {which}.", which=said_subscription(engine, lang, subscription))
    return Reply(text, ways(engine, lang, subscription))


def ways(engine: Engine, lang: str, subscription: Subscription | None) -> tuple[Button, ...]:
    """What somebody can do about announcements."""
    if subscription is None:
        return (get_announcements(engine, lang),)
    words = engine.words(lang)
    return (Button(words.say("Change commune or topics"), "subscribe:change"), Button(words.say("Stop announcements"), "stop"))


def one_commune(engine: Engine, lang: str, place: Place) -> Button:
    """A short cut for somebody who names the commune while asking about announcements."""
    words = engine.words(lang)
    return Button(words.say("Announcements of {place}", place=full_name(words, place)), f"subscribe:{place.code}")


def said_subscription(engine: Engine, lang: str, subscription: Subscription) -> str:
    """Commune, topics and since when; what the content does not know any more is left out."""
    words = engine.words(lang)
    place = engine.gazetteer.by_code.get(subscription.place)
    return words.say(
        "{place}, {topics}, since {day}",
        place=full_name(words, place) if place else subscription.place,
        topics=said_topics(engine, lang, subscription.topics),
        day=said_day(subscription.since, words),
    )


def said_topics(engine: Engine, lang: str, topics: Sequence[str]) -> str:
    """Names of topics; they hold commas themselves."""
    names = [engine.knowledge.topics[topic][lang] for topic in topics if topic in engine.knowledge.topics]
    return "; ".join(names) or engine.words(lang).say("all topics")
