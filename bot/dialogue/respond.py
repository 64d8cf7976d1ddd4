"""One message in, one turn out: the order in which a message is understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.dialogue import codes, compose, passing_on, subscribing, subscription_replies, verdicts
from bot.dialogue.choices import picked, typed_number
from bot.dialogue.decide import PLACE_SURE, Decision, decide
from bot.dialogue.language import wanted_language
from bot.dialogue.limits import take_token
from bot.dialogue.mind import Mind
from bot.dialogue.standing import UNKNOWN, Standing
from bot.folding import fold, visible
from bot.model import Button, Incoming, Match, Outcome, OutcomeKind, Reply, Session, Turn, Verdict, Wish
from bot.named import ANNOUNCEMENTS, CONTACT, GREETING, LANGUAGE, MENU, OUT_OF_SCOPE, PLACE, PRIVACY, SOURCES, SYSTEM, UNCLEAR

REMEMBERED = timedelta(minutes=30)  # how long a topic, an open question and numbered choices are taken up again
SHORT_FOLLOW_UP = 8  # words
A_WHOLE_QUESTION = 8  # words from which "whom do I ask about ..." is what may be passed on itself
A_MERE_WISH = 0.97  # share of its words that our own phrasings of the wish for a person have
PLACE_WORDS = 3  # words beside a name in an answer to "which commune was it?": "xã ... cũ", "what about ..."
# A short message inside a conversation is more likely to be about its topic than the same words out of the blue.
FOLLOW_UP_SHIFT = -0.30
ELSEWHERE = 0.40  # a short message that is this likely about another topic is no follow-up

BESIDE_A_YES = ("person", "person:new", "person:where")

COMMAND_INTENTS = {
    "start": GREETING,
    "menu": MENU,
    "help": MENU,
    "language": LANGUAGE,
    "privacy": PRIVACY,
    "mydata": PRIVACY,
    "subscribe": ANNOUNCEMENTS,
    "stop": ANNOUNCEMENTS,
    "check": ANNOUNCEMENTS,
    "forget": PRIVACY,
    "sources": SOURCES,
    "about": SOURCES,
}
COMMAND_REPLIES: Mapping[str, Callable[[Mind, str], Reply]] = {  # the others need the session, or are an ordinary answer
    "start": compose.greeting,
    "menu": compose.menu,
    "help": compose.menu,
    "language": compose.languages,
    "sources": compose.sources,
    "about": compose.about,
}


def respond(incoming: Incoming, session: Session, mind: Mind, standing: Standing = UNKNOWN) -> Turn:
    """The effect of one message. `incoming.choice` is the meaning of a button (see `Button.choice`), "" for an old one."""
    if incoming.kind == "left":
        return Turn((), session, None, stop=True)
    if session.at is None or incoming.at - session.at > REMEMBERED:
        session = replace(
            session, offered=(), topic=None, intent=None, asked=None, question="", kept=None, others=(), unknowns=0
        )
    if session.lang not in mind.knowledge.words:  # chosen when the content was still written in it
        session = replace(session, lang=None)
    session, allowed = take_token(replace(session, at=incoming.at), incoming.at)
    turn = _Understanding(incoming, session, mind, standing).turn()
    if not allowed and not turn.passes_on and not _is_urgent(turn, mind):
        return replace(_slow_down(session, mind), stop=turn.stop, ends_case=turn.ends_case)
    return _with_greeting(turn, mind)


def _is_urgent(turn: Turn, mind: Mind) -> bool:
    intent = mind.knowledge.intents.get(turn.outcome.intent or "") if turn.outcome else None
    return intent is not None and intent.urgent


def _tells_what_about(text: str, matches: Sequence[Match]) -> bool:
    """Whether a wish for a person is a question as well: long, and with words that no mere wish has."""
    reasons = matches[0].reasons if matches else None
    return len(fold(text).split()) >= A_WHOLE_QUESTION and (reasons is None or reasons.covered < A_MERE_WISH)


def _slow_down(session: Session, mind: Mind) -> Turn:
    if session.slowed:
        return Turn((), session, None)
    text = mind.words(session.lang).say("That was a lot at once. Please wait a minute, then write again.")
    return Turn((Reply(text),), replace(session, slowed=True), None)


def _with_greeting(turn: Turn, mind: Mind) -> Turn:
    """The first contact begins with who this is and what is kept, whatever was asked."""
    if turn.session.greeted or turn.forget:
        return turn
    session = replace(turn.session, greeted=True)
    if turn.outcome and turn.outcome.intent == GREETING:
        return replace(turn, session=session)
    lang = turn.outcome.lang if turn.outcome else session.lang
    return replace(turn, replies=(compose.introduction(mind, lang), *turn.replies), session=session)


@dataclass(frozen=True)
class _Understanding:
    """One message on its way: each method takes the ways of understanding it one after the other."""

    incoming: Incoming
    session: Session
    mind: Mind
    standing: Standing

    def turn(self) -> Turn:
        if self.incoming.choice is not None:
            return self.choice(self.incoming.choice, self.lang(None))
        text = visible(self.incoming.text).strip()
        if self.standing.case is not None and self.standing.case.state == "owned":
            return self.to_a_person(text)
        if not text:
            return self.not_text()
        if self.incoming.way == "forwarded":  # somebody else's words: they may ask, but order and agree to nothing
            return self.code(text) or self.question(text)
        return (
            self.agreed(text)
            or self.verdict_typed(text)
            or self.code(text)
            or self.command(text)
            or self.to_announcements(text)
            or self.passed_on(text)
            or self.pick(text)
            or self.ending(text)
            or self.place_asked(text)
            or self.question(text)
        )

    # --- ways of understanding, in their order ---

    def not_text(self) -> Turn:
        lang = self.lang(None)
        if self.incoming.kind == "text":
            return self.unknown((), lang)
        return self.done("menu", MENU, lang, compose.not_text(self.mind, lang, self.incoming.kind))

    def command(self, text: str) -> Turn | None:
        name = self.mind.command(text)
        if name is None:
            return None
        lang = self.lang(text if " " in text else None)  # one word such as "menu" belongs to every language
        intent = COMMAND_INTENTS[name]
        if name in COMMAND_REPLIES:
            kind: OutcomeKind = "menu" if intent == MENU else "command"
            return self.done(kind, intent, lang, COMMAND_REPLIES[name](self.mind, lang))
        if name == "forget":
            reply = compose.forgotten(self.mind, lang)
            return Turn((reply,), self.session, Outcome("command", intent, 1.0, lang), forget=True)
        if name == "mydata":
            kept = self.standing.subscription
            which = subscription_replies.said_subscription(self.mind, lang, kept) if kept else ""
            standing = self.standing
            reply = compose.my_data(self.mind, lang, self.session, which, staff=standing.staff, case=standing.case)
            return self.done("command", intent, lang, reply)
        if name == "subscribe":
            return self.stepped(subscribing.begin(self.mind, lang, self.standing), lang)
        if name == "stop":
            return self.stepped(subscribing.stop(self.mind, lang, self.standing), lang)
        if name == "check":
            lang = self.lang(codes.beside_the_code(text) or None)
            misread = len(text.split()) > 1
            return self.done("command", intent, lang, codes.how_to_check(self.mind, lang, misread=misread))
        return self.answer(Match(intent, 1.0, ""), (), lang, kind="command")

    def agreed(self, text: str) -> Turn | None:
        """A yes to "is this what you mean?"; before the commands, because without accents "dung" is also a stop."""
        offered = [button for button in self.session.offered if button.choice not in BESIDE_A_YES]
        if len(offered) != 2 or offered[1].choice != "none" or not self.mind.agrees(text):
            return None
        lang = self.lang(None)
        yes = subscribing.agreement_offered(offered)
        if yes and self.mind.command(text):  # of these two questions "dung" is no yes either, nor a stop: it may be "đừng"
            return self.stepped(subscribing.ask_again(self.mind, lang, yes), lang)
        if passing_on.agreement_offered(offered) and self.mind.command(text):
            return self.passing(passing_on.begin(self.mind, lang, self.standing, self.session), lang)
        return self.choice(offered[0].choice, lang)

    def code(self, text: str) -> Turn | None:
        """The code of an announcement, to be checked. Nothing but six signs is one only where it is known."""
        asked = codes.asked_code(text)
        checked = self.standing.checked
        if asked is None or (asked.bare and checked is None):
            return None
        lang = self.lang(codes.beside_the_code(text) or None)
        reply = codes.check_reply(self.mind, lang, asked.code, checked, self.incoming.at)
        return self.done("command", ANNOUNCEMENTS, lang, reply)

    def to_announcements(self, text: str) -> Turn | None:
        """The answer to a question on the way to announcements, or a question that has nothing to do with them."""
        if self.session.asked != subscribing.ASKED:
            return None
        lang = self.lang(None)
        step = subscribing.typed(self.mind, lang, self.standing, self.session.offered, text)
        return self.question(text) if self.is_rather_a_question(text, step) else self.stepped(step, lang)

    def is_rather_a_question(self, text: str, step: subscribing.Step) -> bool:
        """Whether what was written instead of an answer to us asks for something: surely, or at some length."""
        if step.question_from is None:
            return False
        intents = self.mind.knowledge.intents
        decision = decide(self.mind.matcher.match(text), intents)
        if decision.zone == "unknown":
            return False
        intent, length = intents[decision.choices[0].intent], len(fold(text).split())
        if decision.zone == "clarify":
            return intent.topic != SYSTEM and length >= subscribing.A_QUESTION
        return intent.urgent or (length >= step.question_from and not (step.placed and intent.topic == SYSTEM))

    def to_a_person(self, text: str) -> Turn:
        """An officer has the conversation: the bot keeps quiet, unless somebody is in danger or plainly means the bot."""
        lang = self.session.lang or self.mind.lang
        own = self.incoming.way != "forwarded"  # somebody else's words order nothing
        command = self.mind.command(text) if text and own else None
        if own and passing_on.wants_to_end(text):
            return replace(self.quiet(lang), ends_case=True)
        if command and text.startswith("/") and command != "stop":
            return self.code(text) or self.command(text) or self.quiet(lang)
        # Without accents "dung" is "đúng" as well, which is for the officer, who may have asked something.
        if command in ("stop", "forget") and not self.mind.agrees(text):
            return replace(self.command(text) or self.quiet(lang), ends_case=True)
        decision = decide(self.mind.matcher.match(text), self.mind.knowledge.intents) if text else None
        if decision and decision.zone == "answer" and self.mind.knowledge.intents[decision.choices[0].intent].urgent:
            return replace(self.answer(decision.choices[0], (), lang), passes_on=True)
        return replace(self.quiet(lang), passes_on=True)

    def quiet(self, lang: str) -> Turn:
        return Turn((), self.session, Outcome("handoff", None, 1.0, lang))

    def passed_on(self, text: str) -> Turn | None:
        """The answer to a question on the way to a person, or a question that has nothing to do with it."""
        if self.session.asked != passing_on.ASKED:
            return None
        lang = self.lang(None)
        button = picked(text, self.session.offered, self.mind.numbers)
        if button is not None:
            return self.choice(button.choice, lang)
        step = passing_on.typed(self.mind, lang, self.standing, self.session, text)
        return self.passing(step, lang) if step else None

    def ending(self, text: str) -> Turn | None:
        """ "kết thúc" while nobody has taken what was passed on: it can be withdrawn."""
        if self.standing.case is None or not passing_on.wants_to_end(text):
            return None
        lang = self.lang(None)
        return self.passing(passing_on.waiting(self.mind, lang, self.session, self.standing.case), lang)

    def verdict_typed(self, text: str) -> Turn | None:
        """ "đúng" or "sai" under an answer. "dung" stays a stop for whoever gets announcements."""
        choice = verdicts.typed(self.mind, text, self.session.offered)
        if choice is None or (self.standing.subscription and self.mind.command(text)):
            return None
        return self.verdict(choice, self.lang(None))

    def verdict(self, choice: str, lang: str) -> Turn:
        kind, _, intent = choice.partition(":")
        good, counts = kind == verdicts.GOOD, intent == self.session.intent and not self.session.rated
        if good:
            reply = verdicts.thanks(self.mind, lang)
        else:
            about = self.session if counts else replace(self.session, others=())
            reply = verdicts.sorry(self.mind, lang, about, people=self.standing.people)
        turn = self.done("command", None, lang, reply)
        outcome = Outcome("command", None, 1.0, lang, (Match(intent, 1.0, ""),))
        session = replace(turn.session, rated=self.session.rated or counts)
        return replace(turn, session=session, outcome=outcome, verdict=Verdict(intent, good) if counts else None)

    def pick(self, text: str) -> Turn | None:
        offered = self.session.offered
        button = picked(text, offered, self.mind.numbers)
        if button is None and offered and typed_number(text, self.mind.numbers) is not None:
            lang = self.lang(None)
            reply = compose.no_such_number(self.mind, lang, offered)
            return self.done("menu", None, lang, reply, asked=self.session.asked)
        return self.choice(button.choice, self.lang(None)) if button else None

    def place_asked(self, text: str) -> Turn | None:
        """The answer to "which commune was it?"."""
        found = self.mind.gazetteer.find(text) if self.session.asked == "place" else ()
        if not found or len(fold(text).split()) > PLACE_WORDS + len(fold(found[0].name).split()):
            return None
        names = self.mind.gazetteer.words
        beside = " ".join(word for word in text.split() if fold(word) not in names)
        lang = self.lang(beside or None)  # the name itself tells no language
        return self.done("answer", PLACE, lang, compose.places(self.mind, lang, found))

    def question(self, text: str) -> Turn:
        lang = self.lang(text)
        asked = self.mind.corrections.rest(text) or text
        corrected = asked != text and self.session.intent is not None
        matches = self.mind.matcher.match(asked)
        if corrected:
            matches = [match for match in matches if match.intent != self.session.intent]
        decision = decide(matches, self.mind.knowledge.intents)
        if decision.zone != "answer":
            decision = self.as_follow_up(asked, matches) or decision
        turn = self.noted(self.decided(decision, matches, asked, lang), asked, matches)
        wrong = corrected and not self.session.rated and verdicts.choices_in(self.session.offered)
        return replace(turn, verdict=Verdict(self.session.intent or "", good=False)) if wrong else turn

    def noted(self, turn: Turn, text: str, matches: Sequence[Match]) -> Turn:
        """The question remembered, in case the answer is no good. Asking for a person is no question to be passed on itself."""
        intent = turn.outcome.intent if turn.outcome else None
        answered = turn.outcome is not None and turn.outcome.kind != "unknown"
        others = verdicts.others(self.mind, matches, intent or "") if answered else ()
        session = replace(turn.session, kept=None, rated=False, others=others)
        if intent != CONTACT or (not session.question and _tells_what_about(text, matches)):
            session = replace(session, question=passing_on.kept(text))
        return replace(turn, session=session)

    def as_follow_up(self, text: str, matches: Sequence[Match]) -> Decision | None:
        """The message read as a short question about what was answered last: "thế lãi suất bao nhiêu?".

        None when it is no such thing: too long, foreign, urgent, or about something else without saying "thế còn ...".
        """
        previous = self.mind.knowledge.intents.get(self.session.intent or "")
        if previous is None or previous.topic == SYSTEM or not matches:
            return None
        rest = self.mind.follow_ups.rest(text)
        asked = rest or text
        if len(fold(asked).split()) > (SHORT_FOLLOW_UP if rest else SHORT_FOLLOW_UP // 2):
            return None
        intents = self.mind.knowledge.intents
        within = {intent.id for intent in intents.values() if intent.topic == previous.topic} | set(previous.related)
        first = matches[0]
        elsewhere = rest is None and first.intent not in (*within, UNCLEAR) and first.probability >= ELSEWHERE
        if first.intent == OUT_OF_SCOPE or intents[first.intent].urgent or elsewhere:
            return None
        nearer = self.mind.matcher.match(asked, within=within, about=previous.question[self.mind.lang])
        decision = decide(nearer, intents, sure_shift=FOLLOW_UP_SHIFT)
        return decision if decision.zone != "unknown" else None

    # --- what a decision or a choice leads to ---

    def decided(self, decision: Decision, matches: Sequence[Match], text: str, lang: str) -> Turn:
        if decision.zone == "unknown":
            return self.unknown(matches, lang, foreign=bool(decision.choices))
        if decision.zone == "clarify":
            likely = decision.choices[0].probability >= PLACE_SURE
            place = self.place_in(decision.choices[0], text, lang, matches) if likely else None
            return place or self.clarify(decision.choices, matches, lang)
        first = decision.choices[0]
        if first.intent == LANGUAGE:
            return self.switch_language(text, lang, first, matches)
        return self.place_in(first, text, lang, matches) or self.answer(first, matches, lang)

    def place_in(self, match: Match, text: str, lang: str, matches: Sequence[Match]) -> Turn | None:
        if match.intent != PLACE:
            return None
        former = self.mind.gazetteer.district(text)
        found = self.mind.gazetteer.find(text)
        if former is not None:
            reply = compose.district(self.mind, lang, *former)
        elif found:
            reply = compose.places(self.mind, lang, found)
        else:
            return None
        return self.done("answer", PLACE, lang, reply, matches=matches, probability=match.probability)

    def answer(self, match: Match, matches: Sequence[Match], lang: str, kind: OutcomeKind = "answer") -> Turn:
        reply = compose.greeting(self.mind, lang) if match.intent == GREETING else compose.answer(self.mind, lang, match.intent)
        if match.intent == ANNOUNCEMENTS:
            reply = replace(reply, buttons=(*self.ways_to_announcements(lang), *reply.buttons))
        if match.intent == CONTACT:
            reply = replace(reply, buttons=(*self.person_button(lang), *reply.buttons))
        if verdicts.asks(self.mind.knowledge.intents[match.intent]):
            reply = verdicts.asked_under(self.mind, lang, reply, match.intent)
        return self.done(kind, match.intent, lang, reply, matches=matches, probability=match.probability)

    def ways_to_announcements(self, lang: str) -> tuple[Button, ...]:
        """What can be done right away; straight to the topics of a commune that the question names."""
        places = self.mind.gazetteer.find(self.incoming.text, misspelt=False)
        named = (subscription_replies.one_commune(self.mind, lang, found.place) for found in places)
        return (*named, *subscription_replies.ways(self.mind, lang, self.standing.subscription))

    def clarify(self, choices: Sequence[Match], matches: Sequence[Match], lang: str) -> Turn:
        reply = compose.clarify(self.mind, lang, [match.intent for match in choices])
        reply = replace(reply, buttons=(*reply.buttons, *self.person_button(lang)))
        return self.done("clarify", None, lang, reply, matches=matches, probability=choices[0].probability)

    def unknown(self, matches: Sequence[Match], lang: str, *, foreign: bool = False) -> Turn:
        reply = compose.unknown(self.mind, lang, OUT_OF_SCOPE if foreign else UNCLEAR)
        if person := self.person_button(lang):
            reply = replace(reply, buttons=(*reply.buttons[:-1], *person))
            if self.session.unknowns:
                offer = self.mind.words(lang).say("Shall Loa Bản pass this question on to an officer of your commune?")
                reply = Reply(f"{reply.text}\n\n{offer}", (*person, *reply.buttons[:-1]))
        intent = OUT_OF_SCOPE if foreign else None
        return self.done(
            "unknown", intent, lang, reply, matches=matches, probability=matches[0].probability if matches else 0.0
        )

    def switch_language(self, text: str, lang: str, match: Match, matches: Sequence[Match]) -> Turn:
        wanted = wanted_language(text, self.mind.knowledge.vocabulary.languages)
        if wanted is None or wanted not in self.mind.knowledge.words or self.incoming.way == "forwarded":
            return self.answer(match, matches, lang)
        reply = compose.language_chosen(self.mind, wanted)
        turn = self.done("answer", LANGUAGE, wanted, reply, matches=matches, probability=match.probability)
        return self.with_announcements_in(wanted, turn)

    def with_announcements_in(self, lang: str, turn: Turn) -> Turn:
        """Whoever chooses a language gets the announcements in it, too."""
        kept = self.standing.subscription
        return replace(turn, subscribe=Wish(kept.place, kept.topics, lang)) if kept and kept.lang != lang else turn

    def choice(self, choice: str, lang: str) -> Turn:
        """A tapped or numbered choice. Its person was checked where the token was resolved."""
        kind, _, value = choice.partition(":")
        intents = self.mind.knowledge.intents
        if kind == "intent" and value in intents:
            return self.chosen(self.answer(Match(value, 1.0, ""), (), lang), value)
        if kind in verdicts.CHOICES and value in intents:
            return self.verdict(choice, lang)
        if kind in passing_on.CHOICES:
            onward = passing_on.chosen(self.mind, lang, self.standing, self.session, choice)
            return self.passing(onward, lang) if onward else self.old_button(lang)
        if kind == "none" and self.session.asked == passing_on.ASKED:
            return self.passing(passing_on.refuse(self.mind, lang, self.session), lang)
        if kind == "topic" and value in self.mind.knowledge.topics:
            return self.done("menu", MENU, lang, compose.topic(self.mind, lang, value))
        if kind == "lang" and value in self.mind.knowledge.words:
            turn = self.done("command", LANGUAGE, value, compose.language_chosen(self.mind, value))
            return self.with_announcements_in(value, turn)
        step = subscribing.chosen(self.mind, lang, self.standing, choice) if kind in subscribing.CHOICES else None
        if step:
            return self.stepped(step, lang)
        if kind == "none" and self.session.asked == subscribing.ASKED:
            return self.stepped(subscribing.refuse(self.mind, lang, self.standing), lang)
        if kind == "place" and value in self.mind.gazetteer.by_code:
            return self.done("answer", PLACE, lang, compose.one_place(self.mind, lang, value))
        if kind in ("menu", "none"):
            return self.done("menu", MENU, lang, compose.menu(self.mind, lang))
        return self.old_button(lang)

    def old_button(self, lang: str) -> Turn:
        return self.done("menu", MENU, lang, compose.old_button(self.mind, lang))

    def chosen(self, turn: Turn, intent: str) -> Turn:
        """An answer that was chosen: as one to the question that was asked, or by somebody who wrote nothing of the kind."""
        to_it = self.session.kept is not None or intent in self.session.others
        others = tuple(other for other in self.session.others if other != intent) if to_it else ()
        session = replace(turn.session, kept=None, rated=False, others=others)
        if not to_it and intent != CONTACT:
            session = replace(session, question="")
        return replace(turn, session=session, settled=self.session.kept is not None and intent != CONTACT)

    def person_button(self, lang: str) -> tuple[Button, ...]:
        return (passing_on.button(self.mind, lang),) if self.standing.people else ()

    # --- the turn ---

    def stepped(self, step: subscribing.Step, lang: str) -> Turn:
        turn = self.done("command", ANNOUNCEMENTS, lang, step.reply, asked=subscribing.ASKED if step.open else None)
        return replace(turn, stop=step.stop, subscribe=step.wish)

    def passing(self, step: passing_on.Step, lang: str) -> Turn:
        onward = replace(self, session=step.session)
        asked = passing_on.ASKED if step.open else None
        turn = onward.done("command", CONTACT, lang, step.reply or Reply(""), asked=asked)
        replies = turn.replies if step.reply else ()
        return replace(turn, replies=replies, handover=step.handover, ends_case=step.ends)

    def lang(self, text: str | None) -> str:
        """The language to answer in: that of the question where it tells, else the chosen one, else the house's."""
        guessed = self.mind.matcher.language(text, self.session.lang) if text else None
        return guessed or self.session.lang or self.mind.lang

    def done(
        self,
        kind: OutcomeKind,
        intent: str | None,
        lang: str,
        reply: Reply,
        *,
        matches: Sequence[Match] = (),
        probability: float = 1.0,
        asked: str | None = None,
    ) -> Turn:
        known = self.mind.knowledge.intents.get(intent or "")
        session = replace(
            self.session,
            offered=reply.buttons,
            asked=asked or ("place" if intent == PLACE else None),
            lang=lang,
            unknowns=self.session.unknowns + 1 if kind == "unknown" else 0,
        )
        if known is not None and kind == "answer":
            session = replace(session, intent=known.id, topic=known.topic, version=self.mind.knowledge.version)
        outcome = Outcome(kind, intent, probability, lang, tuple(matches[:3]))
        return Turn((reply,), session, outcome)
