"""One message in, one turn out: the order in which a message is understood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.dialogue import (
    answers,
    commune_page,
    compose,
    expiry,
    feedback,
    genuine,
    handoff,
    its_own,
    received,
    source_list,
    subscribing,
    subscription_replies,
    urgency,
)
from bot.dialogue.asking_back import ask_back
from bot.dialogue.bare import bare_kind
from bot.dialogue.behind_greeting import behind_greeting
from bot.dialogue.choices import listed_after, picked, picked_earlier, pointed_at, typed_number
from bot.dialogue.decide import FOREIGN_SURE, PLACE_SURE, Decision, of_topic
from bot.dialogue.language import wanted_language
from bot.dialogue.limits import take_token
from bot.dialogue.meaning import meaning
from bot.dialogue.person_context import UNKNOWN, PersonContext, Received
from bot.dialogue.several import denies, questions_in, with_subject
from bot.dialogue.told import told_after
from bot.dialogue.urgency import Urgent
from bot.engine import Engine
from bot.knowledge.gazetteer import Found
from bot.model import (
    NOTHING_TOLD,
    Button,
    Feedback,
    Incoming,
    Match,
    Outcome,
    OutcomeKind,
    Reply,
    Session,
    SubscriptionRequest,
    Turn,
)
from bot.model.well_known import (
    ANNOUNCEMENTS,
    CONTACT,
    GREETING,
    LANGUAGE,
    MENU,
    OUT_OF_SCOPE,
    PLACE,
    PRIVACY,
    RECORDING,
    SOURCES,
    SYSTEM,
    THANKS,
    UNCLEAR,
)
from bot.text.folding import fold, visible
from bot.zone import local_day

REMEMBERED = timedelta(minutes=30)  # how long a topic, an open question and numbered choices are taken up again
WHOLE_QUESTION_WORDS = 8  # from so many on "whom do I ask about ..." is what may be passed on itself
TELLING_WORDS = 11  # whoever writes so many tells what it is about
MERE_REQUEST = 0.97  # share of its words that our own phrasings of the wish for a person have
LEANING = 0.2  # probability of its topic from which what is asked back about first is spoken about from then on
PLACE_WORDS = 3  # words beside a name in an answer to "which commune was it?": "xã ... cũ", "what about ..."

CHOICES_BESIDE_YES = ("person", "person:new", "person:where")

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
COMMAND_REPLIES: Mapping[str, Callable[[Engine, str], Reply]] = {  # the others need the session, or are an ordinary answer
    "menu": compose.menu,
    "help": compose.menu,
    "language": compose.languages,
    "about": compose.about,
}


def respond(incoming: Incoming, session: Session, engine: Engine, context: PersonContext = UNKNOWN) -> Turn:
    """The effect of one message. `incoming.choice` is the meaning of a button (see `Button.choice`), "" for an old one."""
    if incoming.kind == "left":
        return Turn((), session, None, stop=True)
    context = context.after(session)
    if session.at is None or incoming.at - session.at > REMEMBERED:
        session = replace(
            session,
            offered=(),
            listed=(),
            topic=None,
            intent=None,
            asked=None,
            question="",
            kept=None,
            others=(),
            unknowns=0,
            subjects=(),
            emergency="",
            left=False,
            told=NOTHING_TOLD,
        )
    if session.lang not in engine.knowledge.words:  # chosen when the content was still written in it
        session = replace(session, lang=None)
    if incoming.choice is None and incoming.way == "private" and context.case is None:
        session = replace(session, told=told_after(session.told, incoming.text, engine))
    session, allowed = take_token(replace(session, at=incoming.at), incoming.at)
    turn = _Interpreter(incoming, session, engine, context).turn()
    if not allowed and not turn.forget and not _is_urgent(turn, engine):  # what was asked to be deleted is, at any time
        return replace(_slow_down(session, engine), stop=turn.stop, ends_case=turn.ends_case)
    return _with_greeting(turn, engine, context)


def _is_urgent(turn: Turn, engine: Engine) -> bool:
    intent = engine.knowledge.intents.get(turn.outcome.intent or "") if turn.outcome else None
    return intent is not None and intent.urgent


def _tells_what_about(text: str, matches: Sequence[Match]) -> bool:
    """Whether a wish for a person is a question as well: long, and with words that no mere wish has, or very long."""
    reasons, length = matches[0].reasons if matches else None, len(fold(text).split())
    if length >= TELLING_WORDS:
        return True
    return length >= WHOLE_QUESTION_WORDS and (reasons is None or reasons.covered < MERE_REQUEST)


def _slow_down(session: Session, engine: Engine) -> Turn:
    if session.slowed:
        return Turn((), session, None)
    text = engine.words(session.lang).say("That was a lot at once. Please wait a minute, then write again.")
    return Turn((Reply(text),), replace(session, slowed=True), None)


def _with_greeting(turn: Turn, engine: Engine, context: PersonContext) -> Turn:
    """The first contact begins with who this is and what is kept, whatever was asked; our own page says it at all times.

    In danger the number to call comes first, and nothing beside it: then the next calm reply says who this is.
    """
    if turn.session.greeted or turn.forget or _is_urgent(turn, engine):
        return turn
    session = replace(turn.session, greeted=True)
    if context.page is not None or (turn.outcome and turn.outcome.intent == GREETING):
        return replace(turn, session=session)
    lang = turn.outcome.lang if turn.outcome else session.lang
    return replace(turn, replies=(compose.introduction(engine, lang), *turn.replies), session=session)


@dataclass(frozen=True)
class _Interpreter:
    """One message on its way: each method takes the ways of understanding it one after the other."""

    incoming: Incoming
    session: Session
    engine: Engine
    context: PersonContext

    def turn(self) -> Turn:
        if self.incoming.choice is not None:
            return self.choice(self.incoming.choice, self.lang(None))
        text = visible(self.incoming.text).strip()
        if self.context.case is not None and self.context.case.state == "owned":
            return self.with_officer(text)
        if not text:
            return self.not_text()
        if self.incoming.way == "forwarded":  # somebody else's words: they may ask, but order and agree to nothing
            return self.code_check(text) or self.question(text)
        return (
            self.answer_to_commune(text)
            or self.confirmed(text)
            or self.typed_verdict(text)
            or self.asks_for_more(text)
            or self.code_check(text)
            or self.command(text)
            or self.subscribing_answer(text)
            or self.handoff_answer(text)
            or self.picked_choice(text)
            or self.ending_case(text)
            or self.commune_answer(text)
            or self.question(text)
        )

    # --- ways of understanding, in their order ---

    def not_text(self) -> Turn:
        lang = self.lang(None)
        if self.incoming.kind == "text":
            return self.unknown((), lang)
        urgent = urgency.shown(self.incoming.kind, self.session, self.engine)
        if urgent is not None:
            return self.urgent_turn(urgent, lang)
        reply = compose.not_text(self.engine, lang, self.incoming.kind)
        if self.incoming.kind == "sticker":  # says no more than a nod
            return self.turn_of("menu", MENU, lang, reply)
        turn = self.turn_of("unknown", UNCLEAR, lang, reply)
        return replace(turn, session=replace(turn.session, unknowns=self.session.unknowns))

    def command(self, text: str) -> Turn | None:
        name = self.engine.command(text)
        if name is None:
            return None
        lang = self.lang(text if " " in text else None)  # one word such as "menu" belongs to every language
        intent = COMMAND_INTENTS[name]
        if name == "start":
            return self.turn_of("command", intent, lang, compose.greeting(self.engine, lang, self.context.page))
        if name in COMMAND_REPLIES:
            kind: OutcomeKind = "menu" if intent == MENU else "command"
            return self.turn_of(kind, intent, lang, COMMAND_REPLIES[name](self.engine, lang))
        if name == "sources":
            *first, last = source_list.replies(self.engine, lang)
            turn = self.turn_of("command", intent, lang, last)
            return replace(turn, replies=(*first, *turn.replies))
        if name == "forget":
            reply = compose.forgotten(self.engine, lang)
            return Turn((reply,), self.session, Outcome("command", intent, 1.0, lang), forget=True)
        if name == "mydata":
            kept = self.context.subscription
            which = subscription_replies.said_subscription(self.engine, lang, kept) if kept else ""
            context = self.context
            reply = compose.my_data(
                self.engine, lang, self.session, which, staff=context.staff, case=context.case, page=context.page
            )
            return self.turn_of("command", intent, lang, reply)
        if name == "subscribe":
            return self.subscribing_turn(subscribing.begin(self.engine, lang, self.context), lang)
        if name == "stop":
            return self.subscribing_turn(subscribing.stop(self.engine, lang, self.context), lang)
        if name == "check":
            lang = self.lang(genuine.beside_the_code(text) or None)
            misread = len(text.split()) > 1
            return self.turn_of("command", intent, lang, genuine.how_to_check(self.engine, lang, misread=misread))
        return self.answer(Match(intent, 1.0, ""), (), lang, kind="command")

    def confirmed(self, text: str) -> Turn | None:
        """A yes to "is this what you mean?"; before the commands, because without accents "dung" is also a stop."""
        offered = [button for button in self.session.offered if button.choice not in CHOICES_BESIDE_YES]
        if len(offered) != 2 or offered[1].choice != "none" or not self.engine.agrees(text):
            return None
        lang = self.lang(None)
        yes = subscribing.agreement_offered(offered)
        if yes and self.engine.command(text):  # of these two questions "dung" is no yes either, nor a stop: it may be "đừng"
            return self.subscribing_turn(subscribing.ask_again(self.engine, lang, yes), lang)
        if handoff.agreement_offered(offered) and self.engine.command(text):
            return self.handoff_turn(handoff.begin(self.engine, lang, self.context, self.session), lang)
        return self.choice(offered[0].choice, lang)

    def code_check(self, text: str) -> Turn | None:
        """The code of an announcement, to be checked. Nothing but six signs is one only where it is known."""
        asked = genuine.asked_code(self.engine, text)
        checked = self.context.checked
        if asked is None or (asked.bare and checked is None):
            return None
        lang = self.lang(genuine.beside_the_code(text) or None)
        reply = genuine.check_reply(self.engine, lang, asked.code, checked, self.incoming.at)
        return self.turn_of("command", ANNOUNCEMENTS, lang, reply)

    def answer_to_commune(self, text: str) -> Turn | None:
        """A yes, a no or a sign that answers the last announcement; before all that a yes may mean to us."""
        got = self.context.received
        if got is None or self.session.in_danger:
            return None
        lang, people = self.lang(None), self.context.people
        reply = received.answered_back(self.engine, lang, text, got, self.session, self.incoming.at, people=people)
        return self.received_turn(got, text, lang, reply, 1.0) if reply else None

    def own_words_of(self, text: str) -> Turn | None:
        """A commune's name alone, or a question about what was received; what was forwarded is neither."""
        return (self.commune_alone(text) or self.about_received(text)) if self.incoming.way != "forwarded" else None

    def about_received(self, text: str) -> Turn | None:
        """A question about the announcement that arrived last, unless it is clearly one of its own."""
        got = self.context.received
        if got is None:
            return None
        lang, people = self.lang(text), self.context.people
        found = received.about(self.engine, lang, text, got, self.session, self.incoming.at, people=people)
        at_hand = received.at_hand(got, self.session, self.incoming.at)
        likely = its_own.taught_about_received(text, self.session, self.engine) if at_hand else its_own.TAUGHT_OTHERWISE
        if likely >= its_own.TAUGHT_ABOUT and not its_own.asks_of_another_topic(text, got.text, likely, self.engine):
            again = received.read_again(self.engine, lang, got, self.incoming.at, people=people)
            return self.received_turn(got, text, lang, found.reply if found else again, likely)
        if found is None or (not found.named and its_own.stands_alone(text, found.sure, self.engine)):
            return None
        otherwise = likely < its_own.TAUGHT_OTHERWISE and "genuine" not in found.kinds
        if otherwise and not its_own.is_of_its_topic(text, got.text, self.session, self.engine):
            return None
        return self.received_turn(got, text, lang, found.reply, found.sure)

    def announcement_again(self, decision: Decision, matches: Sequence[Match], text: str, lang: str) -> Turn | None:
        """What is not clear right after an announcement is about it: its text once more, and a way to an officer."""
        got = self.context.received
        if got is None or decision.zone == "answer" or not received.at_hand(got, self.session, self.incoming.at):
            return None
        foreign = bool(matches) and matches[0].intent == OUT_OF_SCOPE and matches[0].probability >= FOREIGN_SURE
        if foreign or self.incoming.way == "forwarded" or its_own.stands_alone(text, its_own.RATHER, self.engine):
            return None
        if urgency.points_to_danger(text, matches[:3], self.engine):
            return None
        reply = received.read_again(self.engine, lang, got, self.incoming.at, people=self.context.people)
        return self.received_turn(got, text, lang, reply, 0.0)

    def received_turn(self, got: Received, text: str, lang: str, reply: Reply, probability: float) -> Turn:
        turn = self.turn_of("answer", ANNOUNCEMENTS, lang, reply, probability=probability, asked=received.OPEN_QUESTION)
        before = self.session  # what was spoken of stays so: the announcement came in between
        kept = replace(turn.session, intent=before.intent, topic=before.topic, version=before.version, kept=None, others=())
        return replace(turn, session=replace(kept, question=received.question_about(got, text)))

    def subscribing_answer(self, text: str) -> Turn | None:
        """The answer to a question on the way to announcements, or a question that has nothing to do with them."""
        if not subscribing.is_open(self.session):
            return None
        lang = self.lang(None)
        step = subscribing.typed(self.engine, lang, self.context, self.session.offered, text)
        return self.question(text) if self.is_rather_a_question(text, step) else self.subscribing_turn(step, lang)

    def is_rather_a_question(self, text: str, step: subscribing.SubscribingStep) -> bool:
        """Whether what was written instead of an answer to us asks for something: surely, at some length, or once more."""
        if step.question_from is None:
            return False
        intents, length = self.engine.knowledge.intents, len(fold(text).split())
        again = step.not_understood and self.session.asked == subscribing.ASKED_AGAIN
        if again and length >= subscribing.CLEAR_QUESTION_WORDS:
            return True
        decision = urgency.by_its_words(text, self.engine.matcher.match(text), self.engine)
        if decision.zone == "unknown":
            return False
        intent = intents[decision.choices[0].intent]
        if decision.zone == "clarify":
            return intent.topic != SYSTEM and length >= subscribing.QUESTION_WORDS
        return intent.urgent or (length >= step.question_from and not (step.placed and intent.topic == SYSTEM))

    def with_officer(self, text: str) -> Turn:
        """An officer has the conversation: the bot keeps quiet, unless somebody is in danger or plainly means the bot."""
        lang = self.session.lang or self.engine.lang
        own = self.incoming.way != "forwarded"  # somebody else's words order nothing
        command = self.engine.command(text) if text and own else None
        if own and handoff.wants_to_end(self.engine, text):
            return replace(self.quiet(lang), ends_case=True)
        if command and text.startswith("/") and command != "stop":
            return self.code_check(text) or self.command(text) or self.quiet(lang)
        # Without accents "dung" is "đúng" as well, which is for the officer, who may have asked something.
        if command in ("stop", "forget") and not self.engine.agrees(text):
            return replace(self.command(text) or self.quiet(lang), ends_case=True)
        decision = urgency.by_its_words(text, self.engine.matcher.match(text), self.engine) if text else None
        if decision and decision.zone == "answer" and self.engine.knowledge.intents[decision.choices[0].intent].urgent:
            return replace(self.answer(decision.choices[0], (), lang), passes_on=True)
        return replace(self.quiet(lang), passes_on=True)

    def quiet(self, lang: str) -> Turn:
        return Turn((), self.session, Outcome("handoff", None, 1.0, lang))

    def handoff_answer(self, text: str) -> Turn | None:
        """The answer to a question on the way to a person, or a question that has nothing to do with it."""
        if self.session.asked != handoff.OPEN_QUESTION:
            return None
        lang = self.lang(None)
        button = picked(text, self.session.offered, self.engine.lexicon.numbers)
        if button is not None:
            return self.choice(button.choice, lang)
        step = handoff.typed(self.engine, lang, self.context, self.session, text)
        return self.handoff_turn(step, lang) if step else None

    def ending_case(self, text: str) -> Turn | None:
        """ "kết thúc" while nobody has taken what was passed on: it can be withdrawn."""
        if self.context.case is None or not handoff.wants_to_end(self.engine, text):
            return None
        lang = self.lang(None)
        return self.handoff_turn(handoff.waiting(self.engine, lang, self.session, self.context.case), lang)

    def typed_verdict(self, text: str) -> Turn | None:
        """ "đúng" or "sai" under an answer. "dung" stays a stop for whoever gets announcements."""
        choice = feedback.typed(self.engine, text, self.session.offered)
        if choice is None or (self.context.subscription and self.engine.command(text)):
            return None
        return self.verdict(choice, self.lang(None))

    def asks_for_more(self, text: str) -> Turn | None:
        """ "xem thêm" under the answer that was given last; else, and in other words, how long answers are to be."""
        lexicon, lang = self.engine.lexicon, self.lang(None)
        intent = self.answered_last() if lexicon.more.has(text) else None
        if intent is not None:
            offered = any(button.choice == f"{answers.MORE}:{intent}" for button in self.session.offered)
            return self.more(intent, lang, told=not offered)
        full = lexicon.full_answers.has(text)
        if self.session.in_danger or not (full or lexicon.short_answers.has(text)):
            return None
        reply = compose.length_chosen(self.engine, lang, self.session.offered, full=full)
        turn = self.turn_of("command", None, lang, reply, asked=self.session.asked)
        return replace(turn, session=replace(turn.session, full=full))

    def answered_last(self) -> str | None:
        """The intent whose answer is the last thing said, as far as the choices under it tell."""
        known = self.engine.knowledge.intents.get(self.session.intent or "")
        if known is None:
            return None
        under = {f"{kind}:{known.id}" for kind in (answers.MORE, *feedback.CHOICE_KINDS)}
        under |= {f"intent:{related}" for related in known.related}
        return known.id if any(button.choice in under for button in self.session.offered) else None

    def more(self, intent: str, lang: str, *, told: bool = False) -> Turn:
        """What there is beyond the short answer; what was asked, and what came next, stays as it is."""
        reply = answers.more_reply(self.engine.knowledge, lang, intent, told=told)
        return self.turn_of("command", intent, lang, self.with_day(intent, lang, reply))

    def heard(self, recording: str, lang: str) -> Turn:
        """The recording `<intent>/<language>`; the answer itself where it says something else by now.

        What was offered stays so.
        """
        (intent, _, spoken), known = recording.partition("/"), self.engine.knowledge
        name = known.recordings.get(intent, {}).get(spoken)
        if name is None or expiry.expired_facts(known, known.intents[intent], local_day(self.incoming.at)):
            return self.chosen(self.answer(Match(intent, 1.0, ""), (), lang), intent)
        voice = Reply(known.intents[intent].question[lang], file=f"{RECORDING}:{name}")
        return replace(self.turn_of("command", intent, lang, voice), session=self.session)

    def with_day(self, intent: str, lang: str, reply: Reply) -> Reply:
        """The reply, and what is to be said on the day of the message about figures nobody has checked again."""
        return expiry.marked(self.engine, lang, intent, reply, local_day(self.incoming.at))

    def verdict(self, choice: str, lang: str) -> Turn:
        kind, _, intent = choice.partition(":")
        good, counts = kind == answers.GOOD, intent == self.session.intent and not self.session.rated
        if good:
            reply = feedback.thanks(self.engine, lang)
        else:
            about = self.session if counts else replace(self.session, others=())
            reply = feedback.apology(self.engine, lang, about, people=self.context.people)
        turn = self.turn_of("command", None, lang, reply)
        outcome = Outcome("command", None, 1.0, lang, (Match(intent, 1.0, ""),))
        session = replace(turn.session, rated=self.session.rated or counts)
        return replace(turn, session=session, outcome=outcome, verdict=Feedback(intent, good) if counts else None)

    def picked_choice(self, text: str) -> Turn | None:
        offered = self.session.offered
        button = (
            picked(text, offered, self.engine.lexicon.numbers)
            or pointed_at(text, offered, self.engine)
            or picked_earlier(text, self.session, self.engine)
        )
        if button is not None and urgency.asks_on(text, self.session, self.engine):
            return None
        if button is None and offered and typed_number(text, self.engine.lexicon.numbers) is not None:
            lang = self.lang(None)
            reply = compose.no_such_number(self.engine, lang, offered)
            return self.turn_of("menu", None, lang, reply, asked=self.session.asked)
        return self.choice(button.choice, self.lang(None)) if button else None

    def commune_answer(self, text: str) -> Turn | None:
        """The answer to "which commune was it?"."""
        found = commune_page.named_in_answer(self.engine, text) if self.session.asked == "place" else ()
        if not found or len(fold(text).split()) > PLACE_WORDS + len(fold(found[0].name).split()):
            return None
        names = self.engine.gazetteer.words
        beside = " ".join(word for word in text.split() if fold(word) not in names)
        lang = self.lang(beside or None)  # the name itself tells no language
        return self.commune_turn(found, lang)

    def commune_alone(self, text: str) -> Turn | None:
        """A name, "em ở ...": whatever the matcher would make of it."""
        found = commune_page.named_alone(self.engine, text)
        return self.commune_turn(found, self.lang(None)) if found else None

    def commune_turn(self, found: Sequence[Found], lang: str) -> Turn:
        reply = commune_page.places(self.engine, lang, found, people=self.context.people)
        turn = self.turn_of("answer", PLACE, lang, reply)
        place = found[0].place.code if len(found) == 1 else turn.session.place
        return replace(turn, session=replace(turn.session, place=place))

    def without_words(self, text: str) -> Turn | None:
        """A number, a date, a telephone number or a link alone asks nothing: asked back, and never answered."""
        kind = bare_kind(text)
        if kind is None:
            return None
        lang = self.lang(None)
        turn = self.turn_of("unknown", UNCLEAR, lang, compose.bare(self.engine, lang, kind))
        return replace(turn, session=replace(turn.session, unknowns=self.session.unknowns))

    def question(self, text: str) -> Turn:
        lang = self.lang(text)
        urgent = urgency.inside(text, self.session, self.engine)
        sooner = self.urgent_turn(urgent, lang) if urgent else self.without_words(text) or self.own_words_of(text)
        if sooner is not None:
            return sooner
        asked = self.engine.lexicon.corrections.rest(text) or text
        corrected = asked != text and self.session.intent is not None
        if self.session.in_danger:
            asked = urgency.asked_otherwise(asked, self.session, self.engine) or asked
        without = self.session.intent if corrected else None
        decision, matches = self.meaning(asked, without=without)
        if decision.zone == "answer" and decision.choices[0].intent == THANKS and self.engine.stops_in(text):
            decision = Decision("answer", (Match(ANNOUNCEMENTS, 1.0, ""),))  # whoever asks to stop is asked, never thanked
        decision, matches = behind_greeting(
            asked, (decision, matches), lambda rest: self.meaning(rest, without=GREETING), self.engine
        )
        turn = (
            self.several(asked, lang, decision)
            or self.announcement_again(decision, matches, asked, lang)
            or self.decided(decision, matches, asked, lang)
        )
        turn = self.remembering(turn, asked, matches)
        if urgency.is_left_by(turn.outcome, self.session, self.engine):
            turn = replace(turn, session=replace(turn.session, left=True))
        wrong = corrected and not self.session.rated and feedback.choices_in(self.session.offered)
        return replace(turn, verdict=Feedback(self.session.intent or "", good=False)) if wrong else turn

    def remembering(self, turn: Turn, text: str, matches: Sequence[Match]) -> Turn:
        """The question remembered, in case the answer is no good. Asking for a person is no question to be passed on itself."""
        intent = turn.outcome.intent if turn.outcome else None
        answered = turn.outcome is not None and turn.outcome.kind != "unknown"
        others = feedback.others(self.engine, matches, intent or "") if answered else ()
        session = replace(turn.session, kept=None, rated=False, others=others)
        if intent != CONTACT or (not session.question and _tells_what_about(text, matches)):
            session = replace(session, question=handoff.masked_question(text))
        return replace(turn, session=session)

    def urgent_turn(self, urgent: Urgent, lang: str) -> Turn:
        """The text of a need or of a follow-up in it, and an officer where there is one."""
        emergencies, intent = self.engine.emergencies, urgent.intent
        texts = (emergencies.answer(intent, urgent.need, follow_up, lang) for follow_up in (urgent.follow_up, None))
        text = next((text for text in texts if text), None)
        whole = compose.answer(self.engine, lang, intent)
        if text is not None:
            whole = answers.without_recordings(whole)
        buttons = (*self.person_button(lang), *whole.buttons)
        turn = self.turn_of("answer", intent, lang, Reply(text or whole.text, buttons))
        return replace(turn, session=replace(turn.session, emergency=urgent.lasting, left=False))

    def meaning(self, text: str, *, without: str | None = None) -> tuple[Decision, Sequence[Match]]:
        got = self.context.received
        heard = got.text if got is not None and self.incoming.at - got.at <= REMEMBERED else ""
        return meaning(text, self.session, self.engine, heard=heard, without=without)

    def several(self, text: str, lang: str, whole: Decision) -> Turn | None:
        """Several questions answered one after the other, what is only likely offered under the last; None where it is one."""

        def alone(part: str, session: Session) -> Decision:
            denied = denies(part, self.engine.lexicon)
            return Decision("unknown", ()) if denied else replace(self, session=session).meaning(part)[0]

        found = questions_in(text, whole, self.session, alone, self.engine.knowledge.intents)
        if found is None:
            return None
        turns = [self.answer(match, (), lang) for match in found.sure]
        intents = [match.intent for match in found.sure]
        last, subjects = turns[-1], with_subject(self.session.subjects, *intents)
        outcome = replace(turns[0].outcome, further=tuple(intents[1:])) if turns[0].outcome else None
        plain = [replace(reply, buttons=()) for turn in turns[:-1] for reply in turn.replies]
        offered = tuple(compose.question(self.engine, lang, intent) for intent in found.likely)
        under = last.replies[-1].buttons
        more = (button for button in under if button.choice.startswith(f"{answers.MORE}:"))
        buttons = {button.choice: button for button in (*more, *offered, *under)}
        final = replace(last.replies[-1], buttons=tuple(buttons.values()))
        session = replace(last.session, subjects=subjects, offered=final.buttons)
        return replace(last, replies=(*plain, *last.replies[:-1], final), session=session, outcome=outcome)

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
        former = self.engine.gazetteer.district(text)
        found = self.engine.gazetteer.find(text)
        if former is not None:
            reply = compose.district(self.engine, lang, *former)
        elif found:
            reply = commune_page.places(self.engine, lang, found, people=self.context.people)
        else:
            return None
        return self.turn_of("answer", PLACE, lang, reply, matches=matches, probability=match.probability)

    def answer(self, match: Match, matches: Sequence[Match], lang: str, kind: OutcomeKind = "answer") -> Turn:
        need = self.engine.emergencies.need(match.intent, self.incoming.text)
        emergency = self.engine.emergencies.known.get(match.intent)
        if kind == "answer" and emergency is not None and (need or emergency.holds):
            turn = self.urgent_turn(Urgent(match.intent, need or ""), lang)
            return replace(turn, outcome=Outcome("answer", match.intent, match.probability, lang, tuple(matches[:3])))
        reply = compose.answer(self.engine, lang, match.intent, full=self.session.full, page=self.context.page)
        reply = self.with_day(match.intent, lang, reply)
        if match.intent == ANNOUNCEMENTS:
            reply = replace(reply, buttons=(*self.ways_to_announcements(lang), *reply.buttons))
        if match.intent == CONTACT:
            reply = replace(reply, buttons=(*self.person_button(lang), *reply.buttons))
        return self.turn_of(kind, match.intent, lang, reply, matches=matches, probability=match.probability)

    def ways_to_announcements(self, lang: str) -> tuple[Button, ...]:
        """What can be done right away; straight to the topics of a commune that the question names."""
        places = self.engine.gazetteer.find(self.incoming.text, misspelt=False)
        named = (subscription_replies.one_commune(self.engine, lang, found.place) for found in places)
        return (*named, *subscription_replies.ways(self.engine, lang, self.context.subscription))

    def clarify(self, choices: Sequence[Match], matches: Sequence[Match], lang: str) -> Turn:
        asked = ask_back(self.incoming.text, choices, matches, self.engine, lang)
        danger = urgency.points_to_danger(self.incoming.text, matches[:3], self.engine)
        reply = compose.clarify(self.engine, lang, asked, danger=danger, beside=self.person_button(lang))
        turn = self.turn_of("clarify", None, lang, reply, matches=matches, probability=choices[0].probability)
        turn = replace(turn, urgent_notice=danger)
        likely = self.engine.knowledge.intents[choices[0].intent]
        if likely.topic == SYSTEM or of_topic(likely.topic, matches, self.engine.knowledge.intents) < LEANING:
            return turn
        return replace(turn, session=replace(turn.session, subjects=with_subject(self.session.subjects, likely.id)))

    def unknown(self, matches: Sequence[Match], lang: str, *, foreign: bool = False) -> Turn:
        reply = compose.unknown(self.engine, lang, OUT_OF_SCOPE if foreign else UNCLEAR)
        if person := self.person_button(lang):
            reply = replace(reply, buttons=(*reply.buttons[:-1], *person))
            if self.session.unknowns:
                offer = self.engine.words(lang).say("Shall Loa Bản pass this question on to an officer of your commune?")
                reply = Reply(f"{reply.text}\n\n{offer}", (*person, *reply.buttons[:-1]))
        intent = OUT_OF_SCOPE if foreign else None
        return self.turn_of(
            "unknown", intent, lang, reply, matches=matches, probability=matches[0].probability if matches else 0.0
        )

    def switch_language(self, text: str, lang: str, match: Match, matches: Sequence[Match]) -> Turn:
        wanted = wanted_language(text, self.engine.lexicon.languages)
        if wanted is None or wanted not in self.engine.knowledge.words or self.incoming.way == "forwarded":
            return self.answer(match, matches, lang)
        reply = compose.language_chosen(self.engine, wanted)
        turn = self.turn_of("answer", LANGUAGE, wanted, reply, matches=matches, probability=match.probability)
        return self.with_announcements_in(wanted, turn)

    def with_announcements_in(self, lang: str, turn: Turn) -> Turn:
        """Whoever chooses a language gets the announcements in it, too."""
        kept = self.context.subscription
        return (
            replace(turn, subscribe=SubscriptionRequest(kept.place, kept.topics, lang)) if kept and kept.lang != lang else turn
        )

    def choice(self, choice: str, lang: str) -> Turn:
        """A tapped or numbered choice. Its person was checked where the token was resolved."""
        kind, _, value = choice.partition(":")
        intents = self.engine.knowledge.intents
        if kind == "intent" and value in intents:
            return self.chosen(self.answer(Match(value, 1.0, ""), (), lang), value)
        if kind == answers.MORE and value in intents:
            return self.more(value, lang)
        if kind == answers.HEAR and value.partition("/")[0] in intents:
            return self.heard(value, lang)
        if kind in feedback.CHOICE_KINDS and value in intents:
            return self.verdict(choice, lang)
        if kind in handoff.CHOICE_KINDS:
            onward = handoff.chosen(self.engine, lang, self.context, self.session, choice)
            return self.handoff_turn(onward, lang) if onward else self.old_button(lang)
        if kind == "none" and self.session.asked == handoff.OPEN_QUESTION:
            return self.handoff_turn(handoff.refuse(self.engine, lang, self.session), lang)
        if kind == "topic" and value in self.engine.knowledge.topics:
            return self.turn_of("menu", MENU, lang, compose.topic(self.engine, lang, value))
        if kind == "lang" and value in self.engine.knowledge.words:
            turn = self.turn_of("command", LANGUAGE, value, compose.language_chosen(self.engine, value))
            return self.with_announcements_in(value, turn)
        step = subscribing.chosen(self.engine, lang, self.context, choice) if kind in subscribing.CHOICE_KINDS else None
        if step:
            return self.subscribing_turn(step, lang)
        if kind == "none" and subscribing.is_open(self.session):
            return self.subscribing_turn(subscribing.refuse(self.engine, lang, self.context), lang)
        if kind == "place" and value in self.engine.gazetteer.by_code:
            reply = commune_page.one_place(self.engine, lang, value, people=self.context.people)
            turn = self.turn_of("answer", PLACE, lang, reply)
            return replace(turn, session=replace(turn.session, place=value))
        if kind in ("menu", "none"):
            return self.turn_of("menu", MENU, lang, compose.menu(self.engine, lang))
        return self.old_button(lang)

    def old_button(self, lang: str) -> Turn:
        return self.turn_of("menu", MENU, lang, compose.old_button(self.engine, lang))

    def chosen(self, turn: Turn, intent: str) -> Turn:
        """An answer that was chosen: as one to the question that was asked, or by somebody who wrote nothing of the kind."""
        to_it = self.session.kept is not None or intent in self.session.others
        others = tuple(other for other in self.session.others if other != intent) if to_it else ()
        session = replace(turn.session, kept=None, rated=False, others=others)
        if not to_it and intent != CONTACT:
            session = replace(session, question="")
        return replace(turn, session=session, settled=self.session.kept is not None and intent != CONTACT)

    def person_button(self, lang: str) -> tuple[Button, ...]:
        return (handoff.button(self.engine, lang),) if self.context.people else ()

    # --- the turn ---

    def subscribing_turn(self, step: subscribing.SubscribingStep, lang: str) -> Turn:
        turn = self.turn_of("command", ANNOUNCEMENTS, lang, step.reply, asked=step.asked)
        return replace(turn, stop=step.stop, subscribe=step.request)

    def handoff_turn(self, step: handoff.HandoffStep, lang: str) -> Turn:
        onward = replace(self, session=step.session)
        asked = handoff.OPEN_QUESTION if step.open else None
        turn = onward.turn_of("command", CONTACT, lang, step.reply or Reply(""), asked=asked)
        replies = turn.replies if step.reply else ()
        return replace(turn, replies=replies, handoff=step.handoff, ends_case=step.ends)

    def lang(self, text: str | None) -> str:
        """The language to answer in: that of the question where it tells, else the chosen one, else the house's."""
        guessed = self.engine.matcher.language(text, self.session.lang) if text else None
        return guessed or self.session.lang or self.engine.lang

    def turn_of(
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
        if not self.context.hears:
            reply = answers.without_recordings(reply)
        known = self.engine.knowledge.intents.get(intent or "")
        listed, listed_for = listed_after(self.session, reply.buttons)
        session = replace(
            self.session,
            offered=reply.buttons,
            listed=listed,
            listed_for=listed_for,
            asked=asked or ("place" if intent == PLACE else None),
            lang=lang,
            unknowns=self.session.unknowns + 1 if kind == "unknown" else 0,
        )
        if known is not None and kind == "answer":
            session = replace(session, intent=known.id, topic=known.topic, version=self.engine.knowledge.version)
            if known.topic != SYSTEM or known.urgent:
                session = replace(session, subjects=with_subject(self.session.subjects, known.id))
        outcome = Outcome(kind, intent, probability, lang, tuple(matches[:3]))
        return Turn((reply,), session, outcome)
