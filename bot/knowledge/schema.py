"""The shape of every content file. Scalars arrive as text and become typed here; unknown keys are refused."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from bot.i18n import mark
from bot.model import Expired, FactKind, Household, IntentClass, Per, Qualifier, ReceivedKind
from bot.model.periods import parse_duration, parse_moment, parse_period

SPAN = r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)"
ID = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
COMMUNE_CODE = r"^\d{5}$"
CHOICE = r"^[1-9]\d?$"
MAX_DIGITS = 18  # a thousand times a thousand billion đồng, with cents; more is a slip of the hand


def is_id(text: str) -> bool:
    return re.fullmatch(ID, text) is not None


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError(mark("an id is written in small letters, digits and hyphens, such as housing-amount"))
    return text


def _period(text: str) -> str:
    try:
        parse_period(text)
    except ValueError:
        raise ValueError(mark("write a time as 2024, 2024-10, 2025-07-01 or, from-to, 2021/2025")) from None
    return text


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            moment = parse_moment(value)
        except ValueError:
            moment = None
        if moment is None or moment.day is None:
            raise ValueError(mark("write a day as 2026-12-31"))
        return moment.first_day()
    return value


def _spans(texts: list[str]) -> list[str]:
    """Spans of a day, one after the other."""
    found = [re.fullmatch(SPAN, text) for text in texts]
    times = [time for span in found if span for time in span.groups()]
    if None in found or any(end <= start for start, end in pairwise(times)):
        raise ValueError(mark('write office hours as "07:30-11:30", one after the other in a day'))
    return texts


def _number(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
            raise ValueError(mark("write a number with digits only and a dot for decimals, such as 22000 or 17.66"))
        if sum(char.isdigit() for char in value) > MAX_DIGITS:
            raise ValueError(mark("a number has at most 18 digits; look whether it is typed rightly"))
        return Decimal(value)
    return value


# To our reader every scalar is text; an editor takes 2024 for a number, so the JSON Schema accepts that where it is meant.
_BARE = WithJsonSchema({"type": ["string", "number"]})

Id: TypeAlias = Annotated[str, AfterValidator(_id), WithJsonSchema({"type": "string", "pattern": f"^{ID}$"})]
Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Period: TypeAlias = Annotated[str, AfterValidator(_period), _BARE]
Day: TypeAlias = Annotated[date, BeforeValidator(_day)]
Number: TypeAlias = Annotated[Decimal, BeforeValidator(_number), _BARE]
PerLanguage: TypeAlias = dict[str, Text]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceShape(Shape):
    kind: Literal["article", "official", "decree", "page"] = Field(
        description="article of a newspaper, official notice, decree or law, page of a site."
    )
    name: PerLanguage = Field(description="How an answer cites it, in each language.")
    title: Text = Field(description="Its own title.")
    date: Period = Field(description="When it appeared: a day (2025-12-26), a month (2025-11), or from-to (2025-01/2025-06).")
    date_is: Literal["exact", "estimate"] = Field(
        description='estimate where the page shows no day; the answer then says "about".'
    )
    address: Text = Field(description="Where it can be read.")
    read: Literal["itself", "reports"] = Field(
        default="itself", description="reports where only what others wrote of it was read; the line of sources then says so."
    )


class SourcesFile(Shape):
    sources: dict[Id, SourceShape] = Field(description="Where facts come from, each under its id.")


class ConfirmedShape(Shape):
    by: Text = Field(description="Who compared it: a role or an office, such as Sở Nội vụ.")
    on: Day = Field(description="The day on which that was.")


class FactShape(Shape):
    kind: FactKind = Field(
        description="What value is: đồng, a count, per cent, percentage points, hectares, a time, a list or a text."
    )
    value: Annotated[str, _BARE] | dict[str, Text] | dict[str, list[Text]] = Field(
        description="A number in digits with a dot for decimals (17.66), a time (2024-10, P36M), or a text or list a language."
    )
    to: Number | None = Field(default=None, description="The upper end, where value is the lower end of a range.")
    qualifier: Qualifier = Field(default="exact", description="How exact it is; the answer says so.")
    per: Per | None = Field(default=None, description="What it is counted by: a month, a year, a day, a person, a course.")
    period: Period = Field(description="When it holds: 2024, 2024-10, 2025-07-01, or from-to 2021/2025.")
    sources: Annotated[list[Id], Field(min_length=1)] = Field(description="Where it comes from: ids of content/sources.yaml.")
    review: Day = Field(description="The day by which somebody compares it with its source again.")
    confirmed: ConfirmedShape | None = Field(default=None, description="Who compared it last; written by loaban confirm.")
    expired: Expired = Field(
        default="say",
        description="After that day an answer with it: say that it is not checked again, withhold the answer, or never mind.",
    )
    note: Text = Field(description="For the next writer: what exactly it is.")

    @model_validator(mode="after")
    def value_fits_kind(self) -> FactShape:
        if self.kind == "text":
            _require(
                isinstance(self.value, dict) and all(isinstance(v, str) for v in self.value.values()),
                mark("value: one text a language"),
            )
        elif self.kind == "list":
            _require(
                isinstance(self.value, dict) and all(isinstance(v, list) for v in self.value.values()),
                mark("value: one list a language"),
            )
        elif self.kind == "period":
            _require(isinstance(self.value, str), mark("value: a time such as 2024-10 or P36M"))
            if len(str(self.value)) > MAX_DIGITS + 3 or parse_duration(str(self.value)) is None:
                _period(str(self.value))
        else:
            _require(isinstance(self.value, str), mark("value: one number"))
            number = _number(self.value)
            _require(self.to is None or self.to > number, mark("to: must be larger than value"))
        return self


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)


class FactsFile(Shape):
    facts: dict[Id, FactShape] = Field(
        description="Figures and facts, each under its id; an answer prints one by its id in braces."
    )


class TopicsFile(Shape):
    topics: Annotated[dict[Id, PerLanguage], Field(min_length=1)] = Field(
        description="The topics of the menu, in its order, with their names in every language; each is a folder of intents/."
    )


class ReferralsFile(Shape):
    referrals: dict[Id, PerLanguage] = Field(description="Whom to ask: a line under the short answer, in every language.")
    offices: dict[Id, dict[str, Annotated[list[Annotated[list[Text], Field(min_length=1)]], Field(min_length=1)]]] = Field(
        default={},
        description="The offices that a referral names, each as the words by which a text names it, too. "
        "A short answer that names all of them has no line of whom to ask.",
    )


class IntentShape(Shape):
    id: Id = Field(description=mark("The file's name without .yaml: small letters, digits, hyphens."))
    topic: Id = Field(description=mark("The folder's name: a topic of content/topics.yaml, or system."))
    state: Literal["ready", "draft"] = Field(
        default="ready",
        description=mark(
            "draft: nobody is answered from it, and other languages may be missing; take this line out when all is written."
        ),
    )
    aspect: Id = Field(
        description=mark("What of its topic it answers: an aspect of content/conversation.yaml, such as who or amount.")
    )
    also: list[Id] = Field(default=[], description=mark("Further aspects that the same answer tells of."))
    needs_evidence: list[Text] = Field(
        default=[],
        description=mark(
            "A narrower case of another intent: phrases or told facts (household:escaped), of which one must be there."
        ),
    )
    cls: IntentClass = Field(
        alias="class",
        description=mark("A: the sources answer it. P: in part. R: hardly, people are sent on. S: about Loa Bản itself."),
    )
    urgency: Literal["normal", "urgent"] = Field(description=mark("normal; urgent only where somebody may come to harm."))
    scope: Text = Field(
        description=mark("For the next writer: what belongs here, and which intents the near things belong to.")
    )
    review: Day = Field(description=mark('The day by which somebody reads the answer again, such as "2027-06-30".'))
    confirmed: ConfirmedShape | None = Field(default=None, description="Who read it last; written by loaban confirm.")
    referral: Id | None = Field(
        default=None,
        description=mark(
            "Whom to ask: an id of content/referrals.yaml. Classes P and R need one; the others have no such line."
        ),
    )
    related: list[Id] = Field(default=[], description=mark("Up to three intents that people ask next; they become buttons."))
    facts: list[Id] = Field(
        default=[], description=mark("Facts that the answer rests on without printing them; they enter the line of sources.")
    )
    question: dict[str, Annotated[Text, StringConstraints(max_length=60)]] = Field(
        description=mark("At most 60 characters in each language: it is the label of a button.")
    )
    short: PerLanguage = Field(
        description=mark(
            "The answer itself, at most 320 characters in Vietnamese, 340 elsewhere. Figures are facts: {fact-id}."
        )
    )
    more: PerLanguage = Field(
        default={},
        description=mark("What somebody reads who taps 'More', at most 700 characters; left out where there is nothing."),
    )
    examples: dict[str, list[Text]] = Field(
        default={},
        description=mark(
            "How people typically ask. With those of phrasings/<id>.yaml, 40 in Vietnamese, 30 in any other language."
        ),
    )


class PhrasingsFile(Shape):
    intent: Id = Field(description="The intent that these are phrasings of; the file is called as it is, with .yaml.")
    examples: dict[str, list[Text]] = Field(
        description="Further ways in which people ask, in each language: the mass beside the typical ones of the intent's file."
    )


class ForeignFile(Shape):
    foreign: dict[Id, dict[str, list[Text]]] = Field(
        description="Topics that are refused: a name, and how people ask about it in each language."
    )


class OldUnitsShape(Shape):
    kind: Literal["xã", "phường", "thị trấn"] = Field(description="What they were.")
    names: Annotated[list[Text], Field(min_length=1)] = Field(description="Their names, without xã, phường, thị trấn.")


class PlaceShape(Shape):
    name: Text = Field(description="Its name since 1 July 2025, without xã or phường.")
    kind: Literal["xã", "phường"] = Field(description="Commune or ward.")
    formed_from: Annotated[list[OldUnitsShape], Field(min_length=1)] = Field(description="What it was made of.")
    former_districts: Annotated[list[Text], Field(min_length=1)] = Field(description="The districts those belonged to.")
    zone: Literal["I", "II", "III"] = Field(description="Zone of the programmes for ethnic minority and mountainous areas.")
    checked: Text = Field(description="Who confirms the row; the letters are explained at the top of the file.")
    trap: PerLanguage = Field(default={}, description="A warning where the name of today is not the old place of that name.")


class PlacesFile(Shape):
    places: dict[Annotated[str, StringConstraints(pattern=COMMUNE_CODE)], PlaceShape] = Field(
        description="Communes and wards by the code of the General Statistics Office."
    )


Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Spans: TypeAlias = Annotated[list[str], AfterValidator(_spans)]


class OfficesFile(Shape):
    hours: dict[Weekday, Spans] = Field(description="When officers answer in the chat; a day that is not named is off.")
    communes: dict[Annotated[str, StringConstraints(pattern=COMMUNE_CODE)], dict[Weekday, Spans]] = Field(
        default={}, description="Hours of communes that keep their own, by the commune's code."
    )
    closed: list[Day] = Field(default=[], description='Further days off, such as "2027-02-11".')
    opened: list[Day] = Field(default=[], description="Public holidays that are worked.")


Words: TypeAlias = Annotated[list[Text], Field(min_length=1)]


class VerdictWords(Shape):
    good: Words = Field(default=[], description="It was what the person wanted; agreement counts as well.")
    bad: Words = Field(default=[], description="It was not.")


class HandoffWords(Shape):
    agreed: Words = Field(default=[], description="The question may be passed on; agreement counts as well.")
    refused: Words = Field(default=[], description="It may not; refusal counts as well.")
    ended: Words = Field(default=[], description="The talk with the officer is over, or the question is withdrawn.")


class SubscribingWords(Shape):
    refused: Words = Field(default=[], description="No announcements after all; refusal counts as well.")
    ended: Words = Field(default=[], description="No more announcements, when asked what to change about them.")
    everything: Words = Field(default=[], description="Announcements of every topic.")


class NumberWords(Shape):
    before: Words = Field(default=[], description="Single words in front of the one number: chọn số 2.")
    after: Words = Field(default=[], description="Single words behind it: 2 nhé.")
    last: Words = Field(default=[], description="What the last choice is called: cái cuối cùng.")
    pointing: Words = Field(default=[], description="Single words that begin or end a choice by its words: cái lớp may ấy.")
    several: Words = Field(default=[], description="Single words around several numbers: số 2 và 4 nhé.")


class LengthWords(Shape):
    short: Words = Field(default=[], description="Answers are to be short from now on.")
    full: Words = Field(default=[], description="Answers are to come with all that there is from now on.")


class CodeWords(Shape):
    names: Words = Field(default=[], description="What a code is called: a single word each.")
    kinds: Words = Field(default=[], description="What may stand between that and the code: mã kiểm tra 7K3M2P.")
    asking: Words = Field(default=[], description="Single words that ask whether it is genuine.")
    beside: Words = Field(default=[], description="Further single words of such a question.")


class StaffCommandWords(Shape):
    announce: Words = Field(default=[], description="Write a new announcement.")
    announcements: Words = Field(default=[], description="The list of announcements.")
    cases: Words = Field(default=[], description="The questions that wait for an officer.")
    cancel: Words = Field(default=[], description="Drop the announcement that is being written.")


class CaseCommandWords(Shape):
    take: Words = Field(default=[], description="The officer takes it.")
    close: Words = Field(default=[], description="It is finished.")
    give_back: Words = Field(default=[], alias="return", description="The officer gives it back to the colleagues.")
    show: Words = Field(default=[], description="The officer wants to see it.")


class AudienceWords(Shape):
    everywhere: Words = Field(default=[], description="The whole province.")
    all: Words = Field(default=[], description="All the communes that were just spoken of.")
    everybody: Words = Field(default=[], description="People of every topic.")


class AnswerShape(Shape):
    answer: PerLanguage = Field(description="At most about 320 characters; the number to call stands alone on the first line.")


class NeedShape(AnswerShape):
    enough: Literal["cues", "likelihood"] = Field(
        default="likelihood", description="cues: they are enough by themselves. likelihood: the intent must be likely, too."
    )
    cues: dict[str, list[Text]] = Field(
        description="Words by which people in this need are known, two to five together, in each language."
    )
    accented: list[Text] = Field(
        default=[], description="Further cues that count with their accents only: without them they are other words."
    )
    follow_ups: dict[Id, AnswerShape] = Field(
        default={}, description="Answers that differ in this need from those under follow_ups below."
    )


class FollowUpShape(AnswerShape):
    cues: dict[str, list[Text]] = Field(description="Short messages that are meant so once the need is known.")


class EmergencyShape(Shape):
    holds: Literal["conversation", "follow-ups"] = Field(
        description="conversation: every short message afterwards is read inside it. follow-ups: only those named below."
    )
    needs: Annotated[dict[Id, NeedShape], Field(min_length=1)] = Field(
        description="Needs that are answered each in its own way."
    )
    follow_ups: dict[Id, FollowUpShape] = Field(description="What people write afterwards: which number, nobody answers ...")


class EmergenciesFile(Shape):
    emergencies: dict[Id, EmergencyShape] = Field(
        description="Intents that hold the conversation until the person leaves it, with their needs and follow-ups."
    )
    not_now: dict[str, Words] = Field(
        default={}, description="Phrases that put a danger into another time, a story or a drill, in each language."
    )


class AspectShape(Shape):
    name: PerLanguage = Field(description="What it is called, in every language.")
    asked: dict[str, Words] = Field(
        default={}, description="Short phrases by which people ask for it when the topic is known, in each language."
    )
    not_asked_of: list[Id] = Field(default=[], description="Topics of which nobody asks this, so nothing is missing there.")
    several_in: list[Id] = Field(default=[], description="Topics in which several intents answer it, each in another case.")


class ReceivedWords(Shape):
    questions: dict[ReceivedKind, Words] = Field(default={}, description="How people ask it, in a short message.")
    sentences: dict[ReceivedKind, Words] = Field(default={}, description="By which words the answering sentence is found.")
    pointing: Words = Field(default=[], description="What people call the announcement itself.")
    beside: Words = Field(default=[], description="Single words around such a question that are no subject of their own.")
    ending: Words = Field(default=[], description="Further ones, right behind the question at the end of the message.")
    replies: Words = Field(default=[], description="Whole messages that answer the commune; agreement and refusal, too.")
    asks_back: Words = Field(default=[], description="Words of an announcement that wants to be answered.")


class ToldShape(Shape):
    name: PerLanguage = Field(description="How Loa Bản calls it where it shows what it remembers.")
    said: dict[str, Words] = Field(description="Phrases by which people say it, in each language.")


class ToldFile(Shape):
    household: dict[Household, ToldShape] = Field(default={}, description="What kind of household it is; one at a time.")
    people: dict[Id, ToldShape] = Field(default={}, description="Whom it is about; age is read from figures.")
    work: dict[Id, ToldShape] = Field(default={}, description="Animals, crops and trades.")
    abroad: dict[Id, ToldShape] = Field(
        default={}, description="Where somebody is already: counts only behind words of `there`."
    )
    there: dict[str, Words] = Field(default={}, description="Words in front of a country where somebody already is.")
    negations: dict[str, Words] = Field(default={}, description="What follows them is not so.")
    open: dict[str, Words] = Field(default={}, description="What follows them is a question or a condition, and tells nothing.")
    between: dict[str, Words] = Field(default={}, description="Words between two things that are told alike.")

    def kinds(self) -> dict[str, dict[str, ToldShape]]:
        """All that can be told, by its kind and name."""
        household = {str(name): shape for name, shape in self.household.items()}
        return {"household": household, "people": self.people, "work": self.work, "abroad": self.abroad}


class ConversationFile(Shape):
    aspects: Annotated[dict[Id, AspectShape], Field(min_length=1)] = Field(
        description="What can be asked of a topic; of the aspects that share a phrase the first comes first."
    )
    wishes: dict[str, Words] = Field(default={}, description="Words of a message that wishes for something, in each language.")
    received: ReceivedWords = Field(
        default=ReceivedWords(), description="After an announcement of the commune: messages that are about it."
    )
    told: ToldFile = Field(default=ToldFile(), description="What people tell of themselves, kept for the conversation.")


class PairShape(Shape):
    between: Annotated[list[Id], Field(min_length=1)] = Field(description="The two intents that are often confused.")
    question: PerLanguage = Field(
        description="What tells them apart, as a short question in every language: at most 90 characters, no figures."
    )


class PairsFile(Shape):
    pairs: list[PairShape] = Field(description="Two intents each, and the question that is asked where both may be meant.")


class CourtesyWords(Shape):
    before: Words = Field(default=[], description="In front of it.")
    after: Words = Field(default=[], description="Behind it.")


class VocabularyFile(Shape):
    abbreviations: dict[str, Text] = Field(
        description="Written short: written out. Matched exactly as typed, so write both dc and đc."
    )
    filler: list[Text] = Field(description="Polite words that say nothing about what is asked.")
    concepts: dict[Id, list[Text]] = Field(description="Words and phrases, in all languages, that mean the same need.")
    corrections: list[Text] = Field(default=[], description="How a message begins that corrects the answer before.")
    follow_ups: list[Text] = Field(default=[], description="How a message begins that asks on about the answer before.")
    courtesies: CourtesyWords = Field(
        default=CourtesyWords(), description="What may stand around a command, a yes or a no and changes nothing: dừng nhé."
    )
    agreement: list[Text] = Field(default=[], description="Ways to say yes.")
    refusal: Words = Field(default=[], description="Ways to say no, where Loa Bản asks whether it may do something.")
    more: Words = Field(default=[], description="Ways to ask for more under an answer.")
    length: LengthWords = Field(default=LengthWords(), description="How long answers are to be from now on.")
    verdicts: VerdictWords = Field(default=VerdictWords(), description="What is said to: is this what you wanted to know?")
    passing_on: HandoffWords = Field(default=HandoffWords(), description="While a question is passed on to an officer.")
    subscribing: SubscribingWords = Field(
        default=SubscribingWords(), description="While somebody asks for announcements, changes or ends them."
    )
    numbers: dict[Annotated[str, StringConstraints(pattern=CHOICE)], list[Text]] = Field(
        default={}, description="Words for the number of a choice."
    )
    beside_numbers: NumberWords = Field(default=NumberWords(), description="Words around numbers that change nothing.")
    between_choices: Words = Field(default=[], description="Words between several choices, as a comma is: vay vốn và việc làm.")
    beside_names: Words = Field(default=[], description="Single words beside the name of a commune: xã Búng Lao cũ.")
    beside_homes: Words = Field(default=[], description="Further ones, where people are asked for their commune: em ở bản.")
    codes: CodeWords = Field(default=CodeWords(), description="Words around the code of an announcement.")
    languages: dict[str, list[Text]] = Field(default={}, description="What people call the languages that are spoken here.")
    commands: dict[Id, list[Text]] = Field(description="What a person can type instead of /command, as the whole message.")
    staff_commands: StaffCommandWords = Field(
        default=StaffCommandWords(), description="The same for what only staff can do, in their own chat."
    )
    case_commands: CaseCommandWords = Field(
        default=CaseCommandWords(), description="What officers write in front of the number of a case: nhận 12."
    )
    audience: AudienceWords = Field(default=AudienceWords(), description="Whom an announcement is for, said by staff.")
