BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'loaban','conversations','2026-11-23T08:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'loaban','heartbeat','2026-11-23T08:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'loaban','announcements','2026-11-23T08:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'loaban','tokens','2026-11-23T08:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'loaban','answers_in_responses','2026-11-23T08:00:00+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'loaban','cases','2026-11-23T08:00:00+00:00');
CREATE TABLE announcements (
    id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL, code TEXT NOT NULL, places TEXT NOT NULL, urgent INTEGER NOT NULL,
    must INTEGER NOT NULL, state TEXT NOT NULL, author INTEGER NOT NULL, approver INTEGER, parent INTEGER,
    created TEXT NOT NULL, due TEXT NOT NULL, expires TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
    recipients INTEGER NOT NULL, condensed INTEGER NOT NULL DEFAULT 0, UNIQUE (parent, due)
);
INSERT INTO "announcements" VALUES(1,'{"code": "AB23CD", "due": null, "lasts": 21600.0, "must": true, "office": {"vi": "UBND xã"}, "photo": null, "places": ["03301"], "rule": null, "texts": {"en": "Meeting tomorrow.", "vi": "Mai họp."}, "topics": [], "urgent": false}','AB23CD','["03301"]',0,1,'sending',1,NULL,NULL,'2026-11-23T08:00:00.000+00:00','2026-11-23T08:00:00.000+00:00','2026-11-23T14:00:00.000+00:00','',5,0);
INSERT INTO "announcements" VALUES(2,'{"code": "RE23CD", "due": null, "lasts": 21600.0, "must": false, "office": {"vi": "UBND xã"}, "photo": null, "places": ["03301"], "rule": "30 7 * * *", "texts": {"vi": "Mỗi sáng."}, "topics": [], "urgent": false}','RE23CD','["03301"]',0,0,'repeating',1,NULL,NULL,'2026-11-23T08:00:00.000+00:00','2026-11-24T08:00:00.000+00:00','2999-01-01T00:00:00.000+00:00','',0,0);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor INTEGER NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL
);
INSERT INTO "audit" VALUES(1,'2026-11-23T08:00:00.000+00:00',1,'joined','staff 1','officer');
CREATE TABLE case_messages (
    id INTEGER PRIMARY KEY, number INTEGER NOT NULL, author INTEGER, text TEXT NOT NULL, at TEXT NOT NULL, photo TEXT, file TEXT
);
INSERT INTO "case_messages" VALUES(1,1,NULL,'thêm','2026-11-23T08:00:00.000+00:00',NULL,NULL);
CREATE TABLE case_notices (
    channel TEXT, chat TEXT, message_id TEXT, number INTEGER NOT NULL, PRIMARY KEY (channel, chat, message_id)
) WITHOUT ROWID;
INSERT INTO "case_notices" VALUES('telegram','77','m4',1);
CREATE TABLE cases (
    number INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, user TEXT NOT NULL, place TEXT NOT NULL, topic TEXT,
    lang TEXT NOT NULL, question TEXT NOT NULL, state TEXT NOT NULL, owner INTEGER, opened TEXT NOT NULL,
    touched TEXT NOT NULL, due TEXT, reminders INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT ''
);
INSERT INTO "cases" VALUES(1,'telegram','1001','03301','jobs','vi','câu hỏi','waiting',NULL,'2026-11-23T08:00:00.000+00:00','2026-11-23T08:00:00.000+00:00','2026-11-23T08:30:00.000+00:00',0,'');
CREATE TABLE channels (
    name TEXT PRIMARY KEY, quiet_since TEXT NOT NULL DEFAULT '', quiet_for REAL NOT NULL DEFAULT 0,
    failing_since TEXT NOT NULL DEFAULT '', leader TEXT, leader_until TEXT
);
INSERT INTO "channels" VALUES('telegram','',0.0,'','someone','2026-11-23T08:00:02.000+00:00');
CREATE TABLE "choices" (
   "token" TEXT PRIMARY KEY,
   "channel" TEXT,
   "user" TEXT,
   "choice" TEXT,
   "at" TEXT
, expires TEXT NOT NULL DEFAULT '');
INSERT INTO "choices" VALUES('qLnmzpaJolEkW8nT','telegram','1001','topic:vbsp-loans','2026-11-23T08:00:00.000+00:00','2026-12-23T08:00:00.000+00:00');
INSERT INTO "choices" VALUES('PzamxFsNA1Rokj1q','telegram','1001','staff:case-close:1','2026-11-23T08:00:00.000+00:00','2026-11-24T08:00:00.000+00:00');
CREATE TABLE "consents" (
   "channel" TEXT,
   "user" TEXT,
   "purpose" TEXT,
   "version" TEXT,
   "at" TEXT,
   "withdrawn_at" TEXT,
   PRIMARY KEY ("channel", "user", "purpose")
);
INSERT INTO "consents" VALUES('telegram','1001','conversation','2026-12','2026-11-23T08:00:00.000+00:00',NULL);
INSERT INTO "consents" VALUES('telegram','1001','announcements','2026-11','2026-11-23T08:00:00.000+00:00',NULL);
INSERT INTO "consents" VALUES('telegram','1002','announcements','2026-11','2026-11-23T08:00:00.000+00:00','2026-11-23T08:00:00.000+00:00');
CREATE TABLE counts (
    day TEXT, channel TEXT, lang TEXT, kind TEXT, intent TEXT, place TEXT, n INTEGER NOT NULL,
    PRIMARY KEY (day, channel, lang, kind, intent, place)
) WITHOUT ROWID;
INSERT INTO "counts" VALUES('2026-11-23','telegram','vi','answer','vbsp-overview','03301',1);
CREATE TABLE deliveries (
    announcement INTEGER, channel TEXT, user TEXT, lang TEXT NOT NULL, state TEXT NOT NULL, due TEXT NOT NULL, lease TEXT,
    attempt INTEGER NOT NULL DEFAULT 0, ambiguous INTEGER NOT NULL DEFAULT 0, external_id TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '', at TEXT, PRIMARY KEY (announcement, channel, user)
) WITHOUT ROWID;
INSERT INTO "deliveries" VALUES(1,'telegram','2001','vi','sent','2026-11-23T08:00:00.000+00:00',NULL,1,0,'55','','2026-11-23T08:00:00.000+00:00');
INSERT INTO "deliveries" VALUES(1,'telegram','2002','vi','sending','2026-11-23T08:00:00.000+00:00','2026-11-23T08:00:40.000+00:00',1,0,'','',NULL);
INSERT INTO "deliveries" VALUES(1,'telegram','2003','en','pending','2026-11-23T08:00:00.000+00:00',NULL,0,0,'','',NULL);
INSERT INTO "deliveries" VALUES(1,'telegram','2004','vi','pending','2026-11-23T08:00:00.000+00:00',NULL,0,0,'','',NULL);
INSERT INTO "deliveries" VALUES(1,'telegram','2005','vi','pending','2026-11-23T08:00:00.000+00:00',NULL,0,0,'','',NULL);
CREATE TABLE drafts (channel TEXT, user TEXT, data TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (channel, user));
INSERT INTO "drafts" VALUES('telegram','77','{}','2026-11-23T08:00:00.000+00:00');
CREATE TABLE "handled" (
   "channel" TEXT,
   "update_id" TEXT,
   "at" TEXT,
   PRIMARY KEY ("channel", "update_id")
);
INSERT INTO "handled" VALUES('telegram','7','2026-11-23T08:00:00.000+00:00');
CREATE TABLE "heartbeats" (
   "name" TEXT PRIMARY KEY,
   "at" TEXT
);
INSERT INTO "heartbeats" VALUES('run','2026-11-23T08:00:00.000+00:00');
CREATE TABLE invites (
    code TEXT PRIMARY KEY, role TEXT NOT NULL, places TEXT NOT NULL, office TEXT NOT NULL, expires TEXT NOT NULL
);
INSERT INTO "invites" VALUES('b5d4045c3f466fa91fe2cc6abe79232a1a57cdf104f7a26e716e0a1e2789df78','admin','[]','','2026-11-26T08:00:00.000+00:00');
CREATE TABLE links (
    channel TEXT, chat TEXT, places TEXT NOT NULL, staff INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (channel, chat)
) WITHOUT ROWID;
INSERT INTO "links" VALUES('telegram','-1001','["03301"]',1,'2026-11-23T08:00:00.000+00:00');
CREATE TABLE replies (id INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT, user TEXT, text TEXT, buttons TEXT, at TEXT, attempts INTEGER NOT NULL DEFAULT 0, photo TEXT, answered_by TEXT, answered_at TEXT, file TEXT, number INTEGER);
INSERT INTO "replies" VALUES(1,'telegram','1001','một','[["Vay vốn", "qLnmzpaJolEkW8nT"], ["Đóng", "PzamxFsNA1Rokj1q", true]]','2026-11-23T08:00:00.000+00:00',0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "replies" VALUES(2,'telegram','1001','hai','[]','2026-11-23T08:00:00.000+00:00',0,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "replies" VALUES(3,'telegram','1002','ba','[]','2026-11-23T08:00:00.000+00:00',0,'telegram:p',NULL,NULL,'telegram:document:f',NULL);
INSERT INTO "replies" VALUES(5,'telegram','1003','bốn','[]','2026-11-23T08:00:00.000+00:00',0,NULL,'8','2026-11-23T08:00:00.000+00:00',NULL,NULL);
CREATE TABLE "sessions" (
   "channel" TEXT,
   "user" TEXT,
   "data" TEXT,
   "at" TEXT,
   PRIMARY KEY ("channel", "user")
);
INSERT INTO "sessions" VALUES('telegram','1001','{"lang": "vi", "greeted": true, "offered": [{"label": "Vay vốn", "choice": "topic:vbsp-loans", "beside": false}], "topic": "vbsp-loans", "intent": null, "asked": null, "at": "2026-11-23T08:00:00.000+00:00", "tokens": 20.0, "tokens_at": null, "slowed": false, "question": "vay vốn", "kept": null, "others": [], "rated": false, "unknowns": 0, "place": null, "version": ""}','2026-11-23T08:00:00.000+00:00');
CREATE TABLE staff (
    number INTEGER PRIMARY KEY AUTOINCREMENT, role TEXT NOT NULL, places TEXT NOT NULL, office TEXT NOT NULL,
    channel TEXT, user TEXT, since TEXT NOT NULL, until TEXT
);
INSERT INTO "staff" VALUES(1,'officer','["03301"]','UBND','telegram','77','2026-11-23T08:00:00.000+00:00',NULL);
CREATE TABLE subscriptions (
    channel TEXT, user TEXT, place TEXT NOT NULL, topics TEXT NOT NULL, lang TEXT NOT NULL, since TEXT NOT NULL,
    PRIMARY KEY (channel, user)
) WITHOUT ROWID;
INSERT INTO "subscriptions" VALUES('telegram','2001','03301','["jobs"]','vi','2026-11-23T08:00:00.000+00:00');
INSERT INTO "subscriptions" VALUES('telegram','2002','03301','[]','vi','2026-11-23T08:00:00.000+00:00');
INSERT INTO "subscriptions" VALUES('telegram','2003','03301','["jobs"]','en','2026-11-23T08:00:00.000+00:00');
INSERT INTO "subscriptions" VALUES('telegram','2004','03301','[]','vi','2026-11-23T08:00:00.000+00:00');
INSERT INTO "subscriptions" VALUES('telegram','2005','03301','["jobs"]','vi','2026-11-23T08:00:00.000+00:00');
CREATE TABLE tallies (
    announcement INTEGER, channel TEXT, state TEXT, reason TEXT, n INTEGER NOT NULL, ambiguous INTEGER NOT NULL,
    first TEXT, last TEXT, PRIMARY KEY (announcement, channel, state, reason)
) WITHOUT ROWID;
CREATE TABLE tokens (channel TEXT PRIMARY KEY, access TEXT NOT NULL, refresh TEXT NOT NULL, expires TEXT NOT NULL, renewing_until TEXT);
INSERT INTO "tokens" VALUES('zalo-oa','access','refresh','2026-11-23T09:00:00.000+00:00',NULL);
CREATE TABLE "unanswered" (
   "id" INTEGER PRIMARY KEY,
   "day" TEXT,
   "lang" TEXT,
   "kind" TEXT,
   "text" TEXT,
   "nearest" TEXT
, place TEXT NOT NULL DEFAULT '');
INSERT INTO "unanswered" VALUES(1,'2026-11-23','vi','unknown','câu hỏi','[["vbsp-overview", 0.123]]','03301');
CREATE TABLE verdicts (
    day TEXT, channel TEXT, lang TEXT, intent TEXT, version TEXT, good INTEGER, n INTEGER NOT NULL,
    PRIMARY KEY (day, channel, lang, intent, version, good)
) WITHOUT ROWID;
INSERT INTO "verdicts" VALUES('2026-11-23','telegram','vi','vbsp-overview','abc',1,1);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX "idx_handled_at"
    ON "handled" ("at");
CREATE INDEX "idx_sessions_at"
    ON "sessions" ("at");
CREATE INDEX "idx_choices_at"
    ON "choices" ("at");
CREATE INDEX subscriptions_place ON subscriptions (place);
CREATE UNIQUE INDEX staff_address ON staff (channel, user) WHERE user IS NOT NULL;
CREATE INDEX announcements_code ON announcements (code);
CREATE INDEX announcements_state ON announcements (state, due);
CREATE INDEX deliveries_pending ON deliveries (announcement, channel, due) WHERE state = 'pending';
CREATE INDEX deliveries_sending ON deliveries (channel, lease) WHERE state = 'sending';
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE INDEX replies_due ON replies (channel, id) WHERE answered_by IS NULL;
CREATE INDEX replies_waiting ON replies (channel, user) WHERE answered_by IS NULL;
CREATE INDEX replies_answered ON replies (channel, answered_by) WHERE answered_by IS NOT NULL;
CREATE UNIQUE INDEX cases_open ON cases (channel, user) WHERE state != 'closed';
CREATE INDEX cases_state ON cases (state, due);
CREATE INDEX case_messages_number ON case_messages (number);
CREATE INDEX case_notices_number ON case_notices (number);
CREATE INDEX unanswered_day ON unanswered (day);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('replies',5);
INSERT INTO "sqlite_sequence" VALUES('staff',1);
INSERT INTO "sqlite_sequence" VALUES('cases',1);
INSERT INTO "sqlite_sequence" VALUES('audit',1);
INSERT INTO "sqlite_sequence" VALUES('announcements',2);
COMMIT;
