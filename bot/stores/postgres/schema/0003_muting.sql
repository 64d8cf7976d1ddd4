-- Whether an officer has muted a case; the log by whom and by what it is about, for those who look it up.

ALTER TABLE cases ADD COLUMN muted integer NOT NULL DEFAULT 0;
CREATE INDEX audit_actor ON audit (actor);
CREATE INDEX audit_subject ON audit (subject);
