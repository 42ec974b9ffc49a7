-- The store's first form. Words in braces are replaced for each database (db.c). Hashes are 32
-- bytes, times are milliseconds since 1970 UTC, truth values are 0, 1 or null.

CREATE TABLE people (
    id {text} PRIMARY KEY,
    name {text},
    email {text},
    chat_id {text},
    zone {text},
    active {int} NOT NULL,
    source {text} NOT NULL
) {table};
CREATE INDEX people_source ON people (source) WHERE active = 1;

CREATE TABLE alerts (
    seq {serial},
    hash {bytes} NOT NULL UNIQUE CHECK (length(hash) = 32),
    title {text} NOT NULL,
    person {text} NOT NULL,
    description {text} NOT NULL,
    reason {text},
    url {text},
    event_ms {int} NOT NULL,
    created_ms {int} NOT NULL,
    state {text} NOT NULL CHECK (state IN ('new', 'queued', 'asked', 'escalated', 'closed')),
    outcome {text} CHECK ((outcome IS NULL) = (state IN ('new', 'queued', 'asked'))),
    asked_ms {int},
    -- The last outbox row there was when the alert was asked: an approval must be of a later one.
    asked_seq {int},
    closed_ms {int}
) {hot};
-- What is to be done.
CREATE INDEX alerts_new ON alerts (created_ms, person) WHERE state = 'new';
CREATE INDEX alerts_new_of ON alerts (person, seq) WHERE state = 'new';
CREATE INDEX alerts_queued_of ON alerts (person, seq) WHERE state = 'queued';
-- Each order of alert.query, and the few that are open among many that are not.
CREATE INDEX alerts_by_event ON alerts (event_ms DESC, seq DESC);
CREATE INDEX alerts_by_person ON alerts (person, event_ms DESC, seq DESC);
CREATE INDEX alerts_by_title ON alerts (title, event_ms DESC, seq DESC);
CREATE INDEX alerts_open ON alerts (event_ms DESC, seq DESC) WHERE outcome IS NULL;

CREATE TABLE answers (
    hash {bytes} PRIMARY KEY REFERENCES alerts (hash),
    performed {int},
    authenticated {int},
    comment {text},
    factor {text},
    -- The factor.start that proved it; it proves one alert and no other.
    proof {text} UNIQUE,
    at_ms {int} NOT NULL
) {hot};

CREATE TABLE conversations (
    person {text} PRIMARY KEY,
    version {int} NOT NULL,
    state {text} NOT NULL,
    alert {bytes},
    deadline_ms {int},
    question {text},
    job {text},
    driver {text},
    attempts {int} NOT NULL,
    comment {text},
    last_alert {bytes}
) {hot};
CREATE INDEX conversations_due ON conversations (deadline_ms, person)
    WHERE deadline_ms IS NOT NULL;

CREATE TABLE inbox (
    seq {serial},
    event {text} NOT NULL UNIQUE,
    person {text} NOT NULL,
    kind {text} NOT NULL CHECK (kind IN ('text', 'button', 'result')),
    text {text},
    value {text},
    message {text},
    at_ms {int} NOT NULL,
    received_ms {int} NOT NULL,
    applied {int} NOT NULL
) {hot};
CREATE INDEX inbox_new ON inbox (received_ms, person) WHERE applied = 0;
CREATE INDEX inbox_new_of ON inbox (person, seq) WHERE applied = 0;

CREATE TABLE outbox (
    seq {serial},
    id {text} NOT NULL UNIQUE,
    kind {text} NOT NULL,
    lane {text} NOT NULL,
    person {text} NOT NULL,
    alert {bytes},
    body {text} NOT NULL,
    state {text} NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    attempts {int} NOT NULL,
    next_ms {int} NOT NULL,
    result {text},
    -- The status within the result, for the check of a proof.
    status {text},
    created_ms {int} NOT NULL
) {hot};
CREATE INDEX outbox_pending ON outbox (seq) WHERE state = 'pending';

CREATE TABLE lease (
    name {text} PRIMARY KEY,
    holder {text},
    epoch {int} NOT NULL,
    expires_ms {int} NOT NULL
) {hot};

CREATE TABLE mutes (
    person {text} NOT NULL,
    title {text} NOT NULL,
    reason {text} NOT NULL,
    until_ms {int} NOT NULL,
    PRIMARY KEY (person, title)
) {table};

CREATE TABLE exemptions (
    person {text} PRIMARY KEY,
    reason {text} NOT NULL,
    since_ms {int} NOT NULL,
    actor {text} NOT NULL
) {table};

CREATE TABLE factors (
    person {text} NOT NULL,
    driver {text} NOT NULL,
    secret {text} NOT NULL,
    enrolled_ms {int} NOT NULL,
    used_ms {int},
    last_step {int} NOT NULL,
    -- The job whose code was accepted last, and the one that was counted last.
    accepted_job {text},
    counted_job {text},
    misses {int} NOT NULL,
    lock_ms {int} NOT NULL, -- how long the next lock is
    locked_until_ms {int} NOT NULL,
    PRIMARY KEY (person, driver)
) {table};

-- Numbers that are given out in the order of the commits, so that a reader who has seen N will
-- never meet a smaller one: the row is locked until the end of the transaction.
CREATE TABLE serials (
    name {text} PRIMARY KEY,
    value {int} NOT NULL
) {hot};
INSERT INTO serials (name, value) VALUES ('localchat', 0), ('audit', 0);

CREATE TABLE localchat (
    seq {int} PRIMARY KEY,
    -- The number it had when it was new; a change gives it another seq.
    first {int} NOT NULL,
    id {text} NOT NULL UNIQUE,
    channel {text} NOT NULL,
    sender {text},
    text {text} NOT NULL,
    buttons {text} NOT NULL,
    at_ms {int} NOT NULL,
    edited {int} NOT NULL
) {table};
CREATE INDEX localchat_channel ON localchat (channel, seq);

CREATE TABLE audit (
    seq {int} PRIMARY KEY,
    at_ms {int} NOT NULL,
    actor {text} NOT NULL,
    action {text} NOT NULL,
    alert {bytes},
    person {text},
    detail {text} NOT NULL
) {table};
CREATE INDEX audit_alert ON audit (alert, seq) WHERE alert IS NOT NULL;
CREATE INDEX audit_person ON audit (person, seq) WHERE person IS NOT NULL;
