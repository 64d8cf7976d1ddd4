"""The shape of every content file. Scalars arrive as text and become typed here; unknown keys are refused."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from bot.i18n import mark
from bot.model import FactKind, IntentClass, Per, Qualifier
from bot.periods import parse_duration, parse_moment, parse_period


def _id(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", text):
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


def _number(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise ValueError(mark("write a number with digits only and a dot for decimals, such as 22000 or 17.66"))
        return Decimal(value)
    return value


Id: TypeAlias = Annotated[str, AfterValidator(_id)]
Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Period: TypeAlias = Annotated[str, AfterValidator(_period)]
Day: TypeAlias = Annotated[date, BeforeValidator(_day)]
Number: TypeAlias = Annotated[Decimal, BeforeValidator(_number)]
PerLanguage: TypeAlias = dict[str, Text]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceShape(Shape):
    kind: Literal["article", "official", "decree", "page"]
    name: PerLanguage
    title: Text
    date: Period
    date_is: Literal["exact", "estimate"]
    address: Text


class SourcesFile(Shape):
    sources: dict[Id, SourceShape]


class FactShape(Shape):
    kind: FactKind
    value: str | dict[str, Text] | dict[str, list[Text]]
    to: Number | None = None
    qualifier: Qualifier = "exact"
    per: Per | None = None
    period: Period
    sources: Annotated[list[Id], Field(min_length=1)]
    review: Day
    note: Text

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
            if parse_duration(str(self.value)) is None:
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
    facts: dict[Id, FactShape]


class TopicsFile(Shape):
    topics: Annotated[dict[Id, PerLanguage], Field(min_length=1)]


class ReferralsFile(Shape):
    referrals: dict[Id, PerLanguage]


class IntentShape(Shape):
    id: Id
    topic: Id
    cls: Annotated[IntentClass, Field(alias="class")]
    urgency: Literal["normal", "urgent"]
    scope: Text
    review: Day
    referral: Id | None = None
    related: list[Id] = []
    facts: list[Id] = []
    question: dict[str, Annotated[Text, StringConstraints(max_length=60)]]
    answer: PerLanguage
    examples: dict[str, list[Text]] = {}


class ForeignFile(Shape):
    foreign: dict[Id, dict[str, list[Text]]]


class OldUnitsShape(Shape):
    kind: Literal["xã", "phường", "thị trấn"]
    names: Annotated[list[Text], Field(min_length=1)]


class PlaceShape(Shape):
    name: Text
    kind: Literal["xã", "phường"]
    formed_from: Annotated[list[OldUnitsShape], Field(min_length=1)]
    former_districts: Annotated[list[Text], Field(min_length=1)]
    zone: Literal["I", "II", "III"]
    checked: Text
    trap: PerLanguage = {}


class PlacesFile(Shape):
    places: dict[Annotated[str, StringConstraints(pattern=r"^\d{5}$")], PlaceShape]


class VocabularyFile(Shape):
    abbreviations: dict[str, Text]
    filler: list[Text]
    concepts: dict[Id, list[Text]]
    corrections: list[Text] = []
    follow_ups: list[Text] = []
    agreement: list[Text] = []
    numbers: dict[Annotated[str, StringConstraints(pattern=r"^[1-9]\d?$")], list[Text]] = {}
    languages: dict[str, list[Text]] = {}
    commands: dict[Id, list[Text]]
