"""All records of one transaction, whatever engine it runs on."""

from __future__ import annotations

from bot.stores.records.announcements import AnnouncementRows
from bot.stores.records.cases import CaseRows
from bot.stores.records.conversations import ConversationRows
from bot.stores.records.devices import DeviceRows
from bot.stores.records.leadership import LeadershipRows
from bot.stores.records.people import PeopleRows
from bot.stores.records.personal import PersonalRows
from bot.stores.records.replies import ReplyRows
from bot.stores.records.tokens import TokenRows


class RecordTransaction(
    ConversationRows,
    ReplyRows,
    PersonalRows,
    PeopleRows,
    DeviceRows,
    CaseRows,
    AnnouncementRows,
    LeadershipRows,
    TokenRows,
):
    """`Transaction` on one connection; only a store makes it."""
