"""What the core asks of the outside: channels that carry messages, a store that keeps what must survive."""

from bot.ports.channel import Capabilities, Channel, Outgoing
from bot.ports.records import CaseRecords, ConversationRecords, OutboxRecords, PeopleRecords, StatisticsRecords, TokenRecords
from bot.ports.store import Figures, Store, Transaction

__all__ = [
    "Capabilities",
    "CaseRecords",
    "Channel",
    "ConversationRecords",
    "Figures",
    "OutboxRecords",
    "Outgoing",
    "PeopleRecords",
    "StatisticsRecords",
    "Store",
    "TokenRecords",
    "Transaction",
]
