-- What responders do about escalations, and budgets that all instances of a daemon share.

-- Where it happened, in the sender's words.
ALTER TABLE alerts ADD COLUMN place {text};

ALTER TABLE alerts ADD COLUMN acked_ms {int};
ALTER TABLE alerts ADD COLUMN acked_by {text};
ALTER TABLE alerts ADD COLUMN assigned_to {text};
ALTER TABLE alerts ADD COLUMN disposition {text}
    CHECK (disposition IN ('true_positive', 'false_positive', 'benign', 'duplicate'));
ALTER TABLE alerts ADD COLUMN disposed_ms {int};

-- What was said while a question is open, for those who get it if it is escalated.
ALTER TABLE conversations ADD COLUMN transcript {text};

-- Events of the kind team.
{postgres(}
ALTER TABLE inbox DROP CONSTRAINT inbox_kind_check;
ALTER TABLE inbox ADD CONSTRAINT inbox_kind_check
    CHECK (kind IN ('text', 'button', 'team', 'result'));
{)postgres}
{sqlite(}
-- A constraint stays as it is, so the table is made anew.
CREATE TABLE inbox_2 (
    seq {serial},
    event {text} NOT NULL UNIQUE,
    person {text} NOT NULL,
    kind {text} NOT NULL CHECK (kind IN ('text', 'button', 'team', 'result')),
    text {text},
    value {text},
    message {text},
    at_ms {int} NOT NULL,
    received_ms {int} NOT NULL,
    applied {int} NOT NULL
) {hot};
INSERT INTO inbox_2 (seq, event, person, kind, text, value, message, at_ms, received_ms, applied)
    SELECT seq, event, person, kind, text, value, message, at_ms, received_ms, applied FROM inbox;
DROP TABLE inbox;
ALTER TABLE inbox_2 RENAME TO inbox;
CREATE INDEX inbox_new ON inbox (received_ms, person) WHERE applied = 0;
CREATE INDEX inbox_new_of ON inbox (person, seq) WHERE applied = 0;
{)sqlite}
-- When a person was heard last.
CREATE INDEX inbox_said ON inbox (person, at_ms) WHERE kind IN ('text', 'button');

CREATE TABLE budgets (
    key {text} PRIMARY KEY,
    -- When the bucket is full again, in microseconds: what was taken is given back until then.
    full_us {int} NOT NULL,
    blocked_ms {int} NOT NULL -- until then nothing is given
) {hot};

-- When a person was named by a person.sync last; and who has an account in the chat system.
ALTER TABLE people ADD COLUMN seen_ms {int} NOT NULL DEFAULT 0;
CREATE INDEX people_chat ON people (chat_id) WHERE chat_id IS NOT NULL;
