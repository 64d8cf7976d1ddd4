"""The tables, as migrations: applied in order, each in its own transaction, each once."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("loaban")


@migrations()
def conversations(db: Database) -> None:
    """Sessions, handled updates, stored replies, button tokens, consent, counts and unanswered questions."""
    db.table("handled").create({"channel": str, "update_id": str, "at": str}, pk=("channel", "update_id"))
    db.table("sessions").create({"channel": str, "user": str, "data": str, "at": str}, pk=("channel", "user"))
    db.table("choices").create({"token": str, "channel": str, "user": str, "choice": str, "at": str}, pk="token")
    # AUTOINCREMENT, because an id that came back after `forget` would let a late "delivered" delete someone else's reply.
    db.execute(
        "CREATE TABLE replies (id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT, user TEXT, text TEXT, buttons TEXT, "
        "at TEXT, attempts INTEGER NOT NULL DEFAULT 0)"
    )
    db.table("replies").create_index(["channel", "id"])
    db.table("consents").create(
        {"channel": str, "user": str, "purpose": str, "version": str, "at": str, "withdrawn_at": str},
        pk=("channel", "user", "purpose"),
    )
    db.table("counts").create(
        {"day": str, "channel": str, "lang": str, "kind": str, "intent": str, "n": int},
        pk=("day", "channel", "lang", "kind", "intent"),
    )
    db.table("unanswered").create({"id": int, "day": str, "lang": str, "kind": str, "text": str, "nearest": str}, pk="id")
    for table in ("handled", "sessions", "choices"):
        db.table(table).create_index(["at"])


@migrations()
def heartbeat(db: Database) -> None:
    """When the process last showed that it is alive and can write."""
    db.table("heartbeats").create({"name": str, "at": str}, pk="name")


@migrations()
def announcements(db: Database) -> None:
    """Subscribers, staff with their invites and their log, announcements, and one row a recipient."""
    db.execute("ALTER TABLE replies ADD COLUMN photo TEXT")
    db.execute("ALTER TABLE choices ADD COLUMN expires TEXT NOT NULL DEFAULT ''")
    for statement in ANNOUNCEMENTS.split(";\n"):
        db.execute(statement)
    # A log that can be rewritten proves nothing.
    for change in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )


ANNOUNCEMENTS = """\
CREATE TABLE subscriptions (
    channel TEXT, user TEXT, place TEXT NOT NULL, topics TEXT NOT NULL, lang TEXT NOT NULL, since TEXT NOT NULL,
    PRIMARY KEY (channel, user)
) WITHOUT ROWID;
CREATE INDEX subscriptions_place ON subscriptions (place);
CREATE TABLE staff (
    number INTEGER PRIMARY KEY AUTOINCREMENT, role TEXT NOT NULL, places TEXT NOT NULL, office TEXT NOT NULL,
    channel TEXT, user TEXT, since TEXT NOT NULL, until TEXT
);
CREATE UNIQUE INDEX staff_address ON staff (channel, user) WHERE user IS NOT NULL;
CREATE TABLE invites (
    code TEXT PRIMARY KEY, role TEXT NOT NULL, places TEXT NOT NULL, office TEXT NOT NULL, expires TEXT NOT NULL
);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor INTEGER NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TABLE drafts (channel TEXT, user TEXT, data TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (channel, user));
CREATE TABLE announcements (
    id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL, code TEXT NOT NULL, places TEXT NOT NULL, urgent INTEGER NOT NULL,
    must INTEGER NOT NULL, state TEXT NOT NULL, author INTEGER NOT NULL, approver INTEGER, parent INTEGER,
    created TEXT NOT NULL, due TEXT NOT NULL, expires TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    recipients INTEGER NOT NULL, condensed INTEGER NOT NULL DEFAULT 0, UNIQUE (parent, due)
);
CREATE INDEX announcements_code ON announcements (code);
CREATE INDEX announcements_state ON announcements (state, due);
CREATE TABLE deliveries (
    announcement INTEGER, channel TEXT, user TEXT, lang TEXT NOT NULL, state TEXT NOT NULL, due TEXT NOT NULL, lease TEXT,
    attempt INTEGER NOT NULL DEFAULT 0, ambiguous INTEGER NOT NULL DEFAULT 0, external_id TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '', at TEXT, PRIMARY KEY (announcement, channel, user)
) WITHOUT ROWID;
CREATE INDEX deliveries_pending ON deliveries (announcement, channel, due) WHERE state = 'pending';
CREATE INDEX deliveries_sending ON deliveries (channel, lease) WHERE state = 'sending';
CREATE TABLE tallies (
    announcement INTEGER, channel TEXT, state TEXT, reason TEXT, n INTEGER NOT NULL, ambiguous INTEGER NOT NULL,
    first TEXT, last TEXT, PRIMARY KEY (announcement, channel, state, reason)
) WITHOUT ROWID;
CREATE TABLE channels (
    name TEXT PRIMARY KEY, quiet_since TEXT NOT NULL DEFAULT '', quiet_for REAL NOT NULL DEFAULT 0,
    failing_since TEXT NOT NULL DEFAULT '', leader TEXT, leader_until TEXT
)"""


@migrations()
def tokens(db: Database) -> None:
    """Credentials that a vendor changes from day to day: one pair a channel, and until when somebody is renewing it."""
    db.execute(
        "CREATE TABLE tokens (channel TEXT PRIMARY KEY, access TEXT NOT NULL, refresh TEXT NOT NULL, expires TEXT NOT NULL, "
        "renewing_until TEXT)"
    )


@migrations()
def answers_in_responses(db: Database) -> None:
    """Which update's response carries a reply, and since when; such a reply is not sent by a call."""
    db.execute("ALTER TABLE replies ADD COLUMN answered_by TEXT")
    db.execute("ALTER TABLE replies ADD COLUMN answered_at TEXT")
    # What was answered in a response stays for a day; whoever looks for what waits must not walk past it.
    db.execute("DROP INDEX idx_replies_channel_id")
    db.execute("CREATE INDEX replies_due ON replies (channel, id) WHERE answered_by IS NULL")
    db.execute("CREATE INDEX replies_waiting ON replies (channel, user) WHERE answered_by IS NULL")
    db.execute("CREATE INDEX replies_answered ON replies (channel, answered_by) WHERE answered_by IS NOT NULL")


@migrations()
def cases(db: Database) -> None:
    """Questions that were passed on to officers, what is written in them, groups, verdicts; communes beside the counts."""
    for statement in CASES.split(";\n"):
        db.execute(statement)


CASES = """\
CREATE TABLE cases (
    number INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, user TEXT NOT NULL, place TEXT NOT NULL, topic TEXT,
    lang TEXT NOT NULL, question TEXT NOT NULL, state TEXT NOT NULL, owner INTEGER, opened TEXT NOT NULL,
    touched TEXT NOT NULL, due TEXT, reminders INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX cases_open ON cases (channel, user) WHERE state != 'closed';
CREATE INDEX cases_state ON cases (state, due);
CREATE TABLE case_messages (
    id INTEGER PRIMARY KEY, number INTEGER NOT NULL, author INTEGER, text TEXT NOT NULL, at TEXT NOT NULL, photo TEXT, file TEXT
);
CREATE INDEX case_messages_number ON case_messages (number);
CREATE TABLE case_notices (
    channel TEXT, chat TEXT, message_id TEXT, number INTEGER NOT NULL, PRIMARY KEY (channel, chat, message_id)
) WITHOUT ROWID;
CREATE INDEX case_notices_number ON case_notices (number);
CREATE TABLE links (
    channel TEXT, chat TEXT, places TEXT NOT NULL, staff INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (channel, chat)
) WITHOUT ROWID;
CREATE TABLE verdicts (
    day TEXT, channel TEXT, lang TEXT, intent TEXT, version TEXT, good INTEGER, n INTEGER NOT NULL,
    PRIMARY KEY (day, channel, lang, intent, version, good)
) WITHOUT ROWID;
ALTER TABLE replies ADD COLUMN file TEXT;
ALTER TABLE replies ADD COLUMN number INTEGER;
ALTER TABLE unanswered ADD COLUMN place TEXT NOT NULL DEFAULT '';
CREATE INDEX unanswered_day ON unanswered (day);
ALTER TABLE counts RENAME TO counts_before;
CREATE TABLE counts (
    day TEXT, channel TEXT, lang TEXT, kind TEXT, intent TEXT, place TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (day, channel, lang, kind, intent, place)
) WITHOUT ROWID;
INSERT INTO counts SELECT day, channel, lang, kind, intent, '', n FROM counts_before;
DROP TABLE counts_before"""


@migrations()
def leases(db: Database) -> None:
    """Which process is to send a reply, and until when it is believed to live; what nobody could handle."""
    for statement in LEASES.split(";\n"):
        db.execute(statement)


# A process holds many replies and renews one row. The index over all that wait is cut to those that nobody holds: whoever looks
# for what is to be sent must not walk past what is being sent.
LEASES = """\
ALTER TABLE replies ADD COLUMN holder TEXT;
CREATE TABLE holders (channel TEXT, name TEXT, until TEXT NOT NULL, PRIMARY KEY (channel, name)) WITHOUT ROWID;
DROP INDEX replies_due;
CREATE INDEX replies_free ON replies (channel, id) WHERE answered_by IS NULL AND holder IS NULL;
CREATE INDEX replies_held ON replies (channel, holder) WHERE holder IS NOT NULL;
CREATE TABLE set_aside (
    kind TEXT, channel TEXT, key TEXT, at TEXT NOT NULL, place TEXT NOT NULL, PRIMARY KEY (kind, channel, key)
) WITHOUT ROWID"""


@migrations(transactional=False)
def nothing_deleted_is_left(db: Database) -> None:
    """Rewrite the file once: earlier versions left the bytes of deleted rows in it."""
    db.execute("VACUUM")


@migrations()
def topics(db: Database) -> None:
    """In which part of a group a reply belongs."""
    db.execute("ALTER TABLE replies ADD COLUMN topic TEXT NOT NULL DEFAULT ''")


@migrations()
def transcripts(db: Database) -> None:
    """What people see on our own page. An id numbers an event there, so none may come back."""
    for statement in TRANSCRIPTS.split(";\n"):
        db.execute(statement)


TRANSCRIPTS = """\
CREATE TABLE web_messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, user TEXT NOT NULL, mine INTEGER NOT NULL, text TEXT NOT NULL,
    photo TEXT, file TEXT, number INTEGER, buttons TEXT NOT NULL, at TEXT NOT NULL, seen TEXT
);
CREATE INDEX web_messages_person ON web_messages (channel, user, id);
CREATE INDEX web_messages_at ON web_messages (at)"""


@migrations()
def devices(db: Database) -> None:
    """Codes that open the console once, and the browsers in which it is open; of both the hash alone."""
    for statement in DEVICES.split(";\n"):
        db.execute(statement)


# Open pages ask again and again which case was touched last.
DEVICES = """\
CREATE TABLE login_codes (code TEXT PRIMARY KEY, staff INTEGER NOT NULL, expires TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE devices (
    number INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, staff INTEGER NOT NULL, name TEXT NOT NULL,
    lang TEXT NOT NULL DEFAULT '', began TEXT NOT NULL, used TEXT NOT NULL
);
CREATE INDEX devices_staff ON devices (staff);
CREATE INDEX cases_touched ON cases (touched)"""


@migrations()
def muting(db: Database) -> None:
    """Whether an officer has muted a case; the log by whom and by what it is about, for those who look it up."""
    db.execute("ALTER TABLE cases ADD COLUMN muted INTEGER NOT NULL DEFAULT 0")
    db.execute("CREATE INDEX audit_actor ON audit (actor)")
    db.execute("CREATE INDEX audit_subject ON audit (subject)")
