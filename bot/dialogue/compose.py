"""The replies themselves: content with its referral and source, or the bot's own words, and the choices under them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.dialogue import answers
from bot.dialogue.asking_back import AskBack
from bot.dialogue.bare import BareKind
from bot.dialogue.moments import said_moment
from bot.dialogue.person_context import Page
from bot.dialogue.told import said_of
from bot.engine import Engine
from bot.i18n import Words, language_name
from bot.knowledge.gazetteer import Found
from bot.model import Button, Case, IncomingKind, Place, Reply, Session
from bot.model.well_known import CONTACT, EMERGENCY_NUMBERS, GREETING, MENU, NO_DISTRICTS


def answer(engine: Engine, lang: str, intent_id: str, *, full: bool = False, page: Page | None = None) -> Reply:
    """The curated answer with its choices; `full` for all of it at once, `page` where it is shown on one of ours."""
    known = engine.knowledge
    if intent_id in (MENU, GREETING):
        intent = known.intents[intent_id]
        kept = f"\n\n{_what_is_kept(engine.words(lang), page)}" if intent_id == GREETING else ""
        first = (*answers.more_button(known, lang, intent), *answers.hear_buttons(known, lang, intent))
        return Reply(f"{intent.message(lang)}{kept}", (*first, *_start(engine, lang)))
    return answers.whole_reply(known, lang, intent_id) if full else answers.short_reply(known, lang, intent_id)


def clarify(engine: Engine, lang: str, asked: AskBack, *, danger: bool = False, beside: tuple[Button, ...] = ()) -> Reply:
    """Which of these is meant? In the words of `asked` as far as a phone shows all of it, else in the usual short ones.

    `danger`: something points to somebody in danger, so the numbers to call stand first. `beside` are further choices.
    """
    words = engine.words(lang)
    if len(asked.intents) == 1:
        usual = words.say("Is this what you mean?")
    else:
        usual = words.say("So as not to answer wrongly: which of these do you mean?")
    notice = ""
    if danger:
        numbers = words.join(engine.knowledge.facts[EMERGENCY_NUMBERS].items[lang])
        notice = words.say("If somebody is in danger now, call {numbers} at once.", numbers=numbers) + "\n\n"
    intents = (question(engine, lang, intent) for intent in asked.intents)
    choices = (*intents, Button(words.say("None of these"), "none"), *beside)
    telling = Reply(f"{notice}{asked.question or usual}", choices)
    return telling if answers.fits(telling) else Reply(f"{notice}{usual}", choices)


def unknown(engine: Engine, lang: str, intent_id: str) -> Reply:
    return Reply(engine.knowledge.intents[intent_id].short[lang], (*_topics(engine, lang), question(engine, lang, CONTACT)))


def greeting(engine: Engine, lang: str, page: Page | None = None) -> Reply:
    return answer(engine, lang, GREETING, page=page)


def length_chosen(engine: Engine, lang: str, offered: tuple[Button, ...], *, full: bool) -> Reply:
    """Answers are short or full from now on; what was offered stays so."""
    words = engine.words(lang)
    if full:
        return Reply(
            words.say("From now on answers come with everything at once. For short ones, send “short answers”."), offered
        )
    return Reply(words.say("From now on answers are short. To read on under one, send “more”."), offered)


def introduction(engine: Engine, lang: str | None) -> Reply:
    """The short first message before the answer to somebody who starts with a question."""
    words = engine.words(lang)
    text = words.say("Hello. This is Loa Bản, an automatic assistant, not an official.")
    ways = words.say("All topics: /menu. Another language: /language.")
    return Reply(f"{text} {_what_is_kept(words)} {ways}")


def page_notice(words: Words, hours: int) -> str:
    """What stands above the box on our own page, as long as somebody writes there: who answers, and what is kept."""
    said = words.say("An automatic assistant, not an official.")
    return f"{said} {_kept_by_page(words, hours)}"


def menu(engine: Engine, lang: str) -> Reply:
    return Reply(engine.words(lang).say("Choose a topic, or simply write your question."), _start(engine, lang))


def topic(engine: Engine, lang: str, topic_id: str) -> Reply:
    words = engine.words(lang)
    name = engine.knowledge.topics[topic_id][lang]
    questions = tuple(
        question(engine, lang, intent.id) for intent in engine.knowledge.intents.values() if intent.topic == topic_id
    )
    return Reply(
        words.say("{topic}: what would you like to know?", topic=name), (*questions, Button(words.say("Other topics"), "menu"))
    )


def languages(engine: Engine, lang: str) -> Reply:
    return Reply(engine.words(lang).say("Which language shall we speak?"), _languages(engine, ""))


def language_chosen(engine: Engine, lang: str) -> Reply:
    return Reply(
        engine.words(lang).say("We will speak English from now on. What would you like to know?"), _topics(engine, lang)
    )


def not_text(engine: Engine, lang: str, kind: IncomingKind) -> Reply:
    words = engine.words(lang)
    text = {
        "voice": words.say("Loa Bản cannot listen to voice messages yet. Please write your question; short is fine."),
        "photo": words.say("Loa Bản cannot read pictures yet. Please write your question; short is fine."),
        "location": words.say(
            "Thank you for the location, but Loa Bản only reads text. Please write the name of your commune in your question."
        ),
        "sticker": words.say("Thank you. If you have a question, just write it here."),
    }.get(kind, words.say("Loa Bản can only read text. Please write your question; short is fine."))
    return Reply(text, _topics(engine, lang))


def bare(engine: Engine, lang: str, kind: BareKind) -> Reply:
    """What nobody can answer because it holds no words."""
    words = engine.words(lang)
    text = {
        "phone": words.say(
            "Please send no telephone numbers and no identity card numbers here; Loa Bản does not keep them. "
            "What would you like to ask?"
        ),
        "link": words.say("Loa Bản cannot open links. Please write in a few words what you would like to ask."),
        "number": words.say("Loa Bản does not know what this number is meant for. Please write your question; short is fine."),
    }[kind]
    return Reply(text, _topics(engine, lang))


def no_such_number(engine: Engine, lang: str, offered: tuple[Button, ...]) -> Reply:
    return Reply(
        engine.words(lang).say("Please choose a number from 1 to {last}, or write your question.", last=len(offered)), offered
    )


def old_button(engine: Engine, lang: str) -> Reply:
    return Reply(
        engine.words(lang).say("That button is too old to use. Please choose again here, or write your question."),
        _topics(engine, lang),
    )


def about(engine: Engine, lang: str) -> Reply:
    """What this is, and which version of the content it speaks from."""
    words, version = engine.words(lang), engine.knowledge.version
    if engine.since is None:
        content = words.say("Version of the content: {version}.", version=version)
    else:
        since = said_moment(engine.since, words)
        content = words.say("Version of the content: {version}, in use since {when}.", version=version, when=since)
    what = words.say(
        "Loa Bản answers questions about jobs, loans, housing and support in Điện Biên, each answer with its source."
    )
    return Reply(f"{what}\n{content}")


def forgotten(engine: Engine, lang: str) -> Reply:
    return Reply(
        engine.words(lang).say("Done: everything kept about this chat has been deleted. If you write again, we start anew.")
    )


def my_data(
    engine: Engine,
    lang: str,
    session: Session,
    announcements: str,
    *,
    staff: bool,
    case: Case | None = None,
    page: Page | None = None,
) -> Reply:
    """What is kept of this person, in plain words; `announcements` says which are sent, "" for none."""
    words = engine.words(lang)
    told = said_of(engine, lang, session.told)
    names = engine.knowledge.topics.get(session.topic or "")
    topic_name = names[lang] if names else words.say("nothing")
    chosen = language_name(session.lang) if session.lang else words.say("not chosen")
    lines = [
        words.say("Kept of this chat:"),
        *_of_the_chat(words, page),
        words.say("• language: {language}", language=chosen),
        *([words.say("• that you want answers with everything at once")] if session.full else []),
        words.say("• what we spoke about last: {topic}", topic=topic_name),
        *([words.say("• what you told of yourself, for this conversation: {facts}", facts=told)] if told else []),
        *_for_officers(words, session.question, engine.gazetteer.by_code.get(session.place or ""), case),
        words.say("• announcements: {which}", which=announcements) if announcements else words.say("• no announcements"),
        *([words.say("• that you may send announcements as staff, and what you did as such")] if staff else []),
        words.say(
            "Your messages are not kept with your name; what you passed on to officers, until 30 days after the end of that."
        ),
        words.say("To delete everything, tap “Delete all” below.")
        if page
        else words.say("To delete everything, write /forget."),
    ]
    return Reply("\n".join(lines))


def _of_the_chat(words: Words, page: Page | None) -> Iterator[str]:
    if page is None:
        yield words.say("• the chat's number on this app, so that we can answer")
    else:
        yield words.say("• a random number in this browser, so that we can answer; here only its hash")
        yield words.say(
            "• for {hours} hours what is said on this page; an officer's answer until you have seen it, 30 days at most",
            hours=page.hours,
        )


def _for_officers(words: Words, question: str, commune: Place | None, case: Case | None) -> Iterator[str]:
    """What could be passed on, and what was."""
    if question:
        yield words.say("• for a day, what you asked last: “{question}”", question=question)
    if commune:
        yield words.say("• your commune, as you told it: {place}", place=full_name(words, commune))
    if case:
        yield words.say("• question {number}, which is with the officers, and what is said about it", number=case.number)


# --- places -----------------------------------------------------------------------------------------------------------


def district(engine: Engine, lang: str, name: str, found: Sequence[Place]) -> Reply:
    """Districts are gone: the communes of today on the land of one, and which old commune was it?"""
    words = engine.words(lang)
    lines = [
        words.say(
            "There are no districts any more since {day}.", day=words.period(engine.knowledge.facts[NO_DISTRICTS].period)
        ),
        words.say(
            "The former {name} district now lies in: {places}.", name=name, places=words.join(tuple(p.name for p in found))
        ),
        words.say("Which commune was yours before? Write its old name."),
    ]
    return Reply("\n".join(lines))


def reading(words: Words, found: Found) -> str:
    if found.old:
        return words.say(
            "the former {old}, now in {new}", old=words.place(found.kind, found.name), new=full_name(words, found.place)
        )
    return words.say("today's {new}", new=full_name(words, found.place))


def full_name(words: Words, place: Place) -> str:
    """A place of today with its kind: "xã Búng Lao", "Búng Lao commune"."""
    return words.place(place.kind, place.name)


def one_group(engine: Engine) -> Reply:
    """All that a group chat is told: everybody in it would read the answers."""
    return Reply(engine.words(None).say("Loa Bản answers in private only. Please tap its name and write to it there."))


# --- choices ----------------------------------------------------------------------------------------------------------


def question(engine: Engine, lang: str, intent_id: str) -> Button:
    return Button(engine.knowledge.intents[intent_id].question[lang], f"intent:{intent_id}")


def opening_buttons(engine: Engine, lang: str) -> tuple[Button, ...]:
    """What our own page offers before anything was said: the topics. Their choices are no tokens, for they are everybody's."""
    return _topics(engine, lang)


def opening_choices(engine: Engine) -> frozenset[str]:
    """What somebody can tap on our own page who has not been answered yet: a topic, or a language."""
    topics, languages = engine.knowledge.topics, engine.knowledge.words
    return frozenset({"menu", *(f"topic:{one}" for one in topics), *(f"lang:{one}" for one in languages)})


def _topics(engine: Engine, lang: str) -> tuple[Button, ...]:
    return tuple(Button(names[lang], f"topic:{topic_id}") for topic_id, names in engine.knowledge.topics.items())


def get_announcements(engine: Engine, lang: str) -> Button:
    return Button(engine.words(lang).say("Get commune announcements"), "subscribe")


def _start(engine: Engine, lang: str) -> tuple[Button, ...]:
    """Everything that can be begun."""
    return (*_topics(engine, lang), get_announcements(engine, lang), *_languages(engine, lang))


def _languages(engine: Engine, lang: str) -> tuple[Button, ...]:
    """Every other language, by its own name."""
    return tuple(Button(language_name(code), f"lang:{code}") for code in engine.knowledge.words if code != lang)


def _kept_by_page(words: Words, hours: int) -> str:
    return words.say(
        "This page keeps a number in your browser, your language, the last topic and what you told; for {hours} hours what is "
        "said here; never your name. Please do not write identity card or phone numbers here.",
        hours=hours,
    )


def _what_is_kept(words: Words, page: Page | None = None) -> str:
    if page is not None:
        return _kept_by_page(words, page.hours)
    return words.say(
        "It keeps the number of this chat, your language, the last topic and what you told, for a day your last "
        "question, never your name; please do not write identity card or phone numbers here. More: /privacy."
    )
