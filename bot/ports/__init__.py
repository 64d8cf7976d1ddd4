"""What the core asks of the outside: channels that carry messages, a store that keeps what must survive."""

from bot.ports.cases import CaseRecords
from bot.ports.channel import Capabilities, Channel, Outgoing
from bot.ports.channel_records import ChannelRecords
from bot.ports.conversations import ConversationRecords
from bot.ports.devices import DeviceRecords
from bot.ports.outbox import OutboxRecords
from bot.ports.people import PeopleRecords
from bot.ports.replicas import Replica, SharedState
from bot.ports.statistics import StatisticsRecords
from bot.ports.store import ClaimedReplies, Figures, Store, Transaction
from bot.ports.touching import TouchesMore, stored
from bot.ports.transcripts import Shown, TranscriptRecords

__all__ = [
    "Capabilities",
    "CaseRecords",
    "Channel",
    "ChannelRecords",
    "ClaimedReplies",
    "ConversationRecords",
    "DeviceRecords",
    "Figures",
    "OutboxRecords",
    "Outgoing",
    "PeopleRecords",
    "Replica",
    "SharedState",
    "Shown",
    "StatisticsRecords",
    "Store",
    "TouchesMore",
    "Transaction",
    "TranscriptRecords",
    "stored",
]
