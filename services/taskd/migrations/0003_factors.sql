-- Factors that are chosen by strength, proven on a page, and asked for within limits.

-- What a person's own command does once its alert is confirmed; an object.
ALTER TABLE alerts ADD COLUMN effect {text};

ALTER TABLE conversations ADD COLUMN strength {text};
ALTER TABLE conversations ADD COLUMN tried {text};

-- What a worker said when it took the job; an object.
ALTER TABLE outbox ADD COLUMN accepted {text};
-- 1: a factor.start without a typed code, which asks the person by itself.
ALTER TABLE outbox ADD COLUMN asks {int};
ALTER TABLE outbox ADD COLUMN ended_ms {int};
-- What was asked in the last week still counts; when it ended was not kept.
UPDATE outbox SET asks = 1, ended_ms = CASE WHEN state <> 'pending' THEN created_ms END
    WHERE kind = 'factor.start' AND created_ms > {now} - 604800000
{postgres(}
    AND body::jsonb ->> 'code' IS NULL
{)postgres}
{sqlite(}
    AND json_extract(body, '$.code') IS NULL
{)sqlite}
;
CREATE INDEX outbox_asks ON outbox (person, created_ms) WHERE asks = 1;
-- What may be followed by a cool-off, typed codes too.
CREATE INDEX outbox_refused ON outbox (person, status, ended_ms)
    WHERE kind = 'factor.start' AND status IN ('refused', 'fraud', 'suspect', 'wrong_code');

-- Of whose alerts a mute is; NULL: of all, '': of those without a place.
ALTER TABLE mutes ADD COLUMN place {text};

-- Events of the kind enrolled.
{postgres(}
ALTER TABLE inbox DROP CONSTRAINT inbox_kind_check;
ALTER TABLE inbox ADD CONSTRAINT inbox_kind_check
    CHECK (kind IN ('text', 'button', 'team', 'result', 'enrolled'));
{)postgres}
{sqlite(}
-- A constraint stays as it is, so the table is made anew.
CREATE TABLE inbox_3 (
    seq {serial},
    event {text} NOT NULL UNIQUE,
    person {text} NOT NULL,
    kind {text} NOT NULL CHECK (kind IN ('text', 'button', 'team', 'result', 'enrolled')),
    text {text},
    value {text},
    message {text},
    at_ms {int} NOT NULL,
    received_ms {int} NOT NULL,
    applied {int} NOT NULL
) {hot};
INSERT INTO inbox_3 (seq, event, person, kind, text, value, message, at_ms, received_ms, applied)
    SELECT seq, event, person, kind, text, value, message, at_ms, received_ms, applied FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox_3 RENAME TO inbox;
CREATE INDEX inbox_new ON inbox (received_ms, person) WHERE applied = 0;
CREATE INDEX inbox_new_of ON inbox (person, seq) WHERE applied = 0;
CREATE INDEX inbox_said ON inbox (person, at_ms) WHERE kind IN ('text', 'button');
{)sqlite}

-- A page on which a person proves one thing, once. The token itself stands in the link alone.
CREATE TABLE pages (
    job {text} PRIMARY KEY,
    token_hash {bytes} NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    person {text} NOT NULL,
    alert {bytes} NOT NULL REFERENCES alerts (hash),
    driver {text} NOT NULL,
    challenge {text},
    data {text} NOT NULL,
    state {text} NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
    answer {text} CHECK (answer IS NOT NULL OR state <> 'answered'),
    attempts {int} NOT NULL,
    result {text},
    expires_ms {int} NOT NULL
) {hot};
CREATE INDEX pages_expire ON pages (expires_ms);

-- Ids and keys are base64url: of equal bytes there is one text.
CREATE TABLE passkeys (
    id {text} PRIMARY KEY,
    person {text} NOT NULL,
    public_key {text} NOT NULL,
    algorithm {int} NOT NULL,
    count {int} NOT NULL,
    backup_eligible {int} NOT NULL,
    name {text} NOT NULL,
    enrolled_ms {int} NOT NULL,
    used_ms {int},
    -- The job whose signature was accepted last.
    accepted_job {text}
) {table};
CREATE INDEX passkeys_of ON passkeys (person, id);

-- Who may enrol a passkey, with the code that has this SHA-256.
CREATE TABLE invites (
    person {text} PRIMARY KEY,
    code_hash {bytes} NOT NULL UNIQUE CHECK (length(code_hash) = 32),
    challenge {text},
    expires_ms {int} NOT NULL,
    -- The passkey that was enrolled with it.
    passkey {text}
) {table};
CREATE INDEX invites_expire ON invites (expires_ms);
