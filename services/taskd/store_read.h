/* store_read.h: members that many requests have, and records that many answers have. */
#pragma once

#include "services/taskd/store.h"

typedef struct {
    char id[SB_PERSON_ID_MAX + 1];
} store_person_t;

typedef struct {
    char hex[SB_HASH_HEX + 1]; /* "" for null */
} store_hash_t;

/* A person's id, lower-cased; without control characters. */
store_person_t store_read_person(sb_reader_t *self, const char *key);
/* id "" when absent. */
store_person_t store_read_person_or_null(sb_reader_t *self, const char *key);

/* 64 hex digits, lower-cased. */
store_hash_t store_read_hash(sb_reader_t *self, const char *key);
store_hash_t store_read_hash_or_null(sb_reader_t *self, const char *key);

/* One of SB_DISPOSITION_, or NULL when absent. */
const char *store_read_disposition_or_null(sb_reader_t *self, const char *key);

/* A time in ms, 0 or later. */
int64_t store_read_ms(sb_reader_t *self, const char *key);
/* -1 when absent. */
int64_t store_read_ms_or_null(sb_reader_t *self, const char *key);

/* An object of the request as text of at most max bytes; free() it. NULL after a fault. */
char *store_read_json(sb_reader_t *self, const char *key, size_t max);

/* The base64url of min..max bytes, as it stands there: of equal bytes there is one text. */
const char *store_read_bytes(sb_reader_t *self, const char *key, size_t min, size_t max);
/* Of size bytes; NULL when absent. */
const char *store_read_bytes_or_null(sb_reader_t *self, const char *key, size_t size);
#define STORE_BYTES_TEXT_MAX(bytes) (((bytes)*4 + 2) / 3)

db_param_t store_ms_param(int64_t ms);                 /* -1 is null */
db_param_t store_hash_param(const store_hash_t *hash); /* "" is null */

/* Columns of an alert a and its answer n, in the order that store_alert_json takes them. */
#define STORE_ALERT_COLUMNS                                                                        \
    "a.hash, a.seq, a.title, a.person, a.description, a.reason, a.url, a.place, a.event_ms,"       \
    " a.created_ms, a.state, a.outcome, n.performed, n.authenticated, n.comment, a.asked_ms,"      \
    " a.closed_ms, n.factor, a.acked_ms, a.acked_by, a.assigned_to, a.disposition, a.disposed_ms," \
    " a.effect"
#define STORE_ALERT_TABLES "alerts a LEFT JOIN answers n ON n.hash = a.hash"
/* An object also after a fault; then the row says so. */
cJSON *store_alert_json(db_row_t *row);

#define STORE_PERSON_COLUMNS "id, name, email, chat_id, zone, active, source"
cJSON *store_person_json(db_row_t *row);

/* The members of a row, taken and added in one step. */
void store_add_text(cJSON *object, const char *key, db_row_t *row); /* null allowed */
void store_add_int(cJSON *object, const char *key, db_row_t *row);
void store_add_ms(cJSON *object, const char *key, db_row_t *row); /* null allowed */
void store_add_id(cJSON *object, const char *key, db_row_t *row);
void store_add_bool(cJSON *object, const char *key, db_row_t *row);
void store_add_hash(cJSON *object, const char *key, db_row_t *row); /* null allowed */
/* An object that was stored as text; null allowed. */
void store_add_json(cJSON *object, const char *key, db_row_t *row);

/* Rows told whole: ctx is a bool, which becomes true; ctx is an array, which gets the one text. */
db_row_fn store_on_any;
db_row_fn store_on_text;

/* ---- States and outcomes. */
typedef enum {
    STORE_NEW,
    STORE_QUEUED,
    STORE_ASKED,
    STORE_ESCALATED,
    STORE_CLOSED,
    STORE_STATES_LEN
} store_state_t;

extern const char *const store_states[STORE_STATES_LEN];
int store_state_of(const char *name);  /* -1 if it is none */
int store_status(store_state_t state); /* 0, 1, 2 as in the original */

typedef struct {
    const char *name;
    store_state_t state; /* the only one it goes with */
} store_outcome_t;

#define STORE_OUTCOMES_LEN 18
extern const store_outcome_t store_outcomes[STORE_OUTCOMES_LEN];
const store_outcome_t *store_outcome_of(const char *name); /* NULL if it is none */

/* ---- Lists of limited length and size. A statement asks for limit + 1 rows; a row that is one too
 * many, or would make the answer larger than SB_ANSWER_SIZE_MAX, is left out and noted. */
typedef struct {
    cJSON *items;
    size_t limit;
    size_t len;
    size_t size; /* bytes so far; may be set to what the answer has besides */
    bool more;
} store_page_t;

store_page_t store_page(int64_t limit);
/* Takes the item. A single item always fits. */
void store_page_add(store_page_t *self, cJSON *item);
/* The last item; NULL if nothing was left out. */
const cJSON *store_page_last(const store_page_t *self);

/* A request that answers {name: items, cursor}: one statement, and how its rows are told. */
typedef struct {
    const char *name;
    db_row_fn *on_row;  /* adds an item to its ctx, the page */
    const char *member; /* of the last item: what the cursor says; NULL: there is none */
    const char *second; /* and this one behind it, or NULL */
} store_list_t;

/* Runs the statement with its one set of parameters, and answers the command. Empties sets. */
SB_MUSTCHECK int store_list(store_t *store, store_cmd_t *cmd, const store_list_t *list,
                            const char *sql, db_sets_t *sets, int64_t limit, sb_err_t *err);
/* The same for {person?, limit?, cursor?}: all goes on behind the cursor ($1, $2) with $3 rows at
 * most, of_one knows the person as $4 too. */
SB_MUSTCHECK int store_list_of(store_t *store, store_cmd_t *cmd, const store_list_t *list,
                               const char *all, const char *of_one, int64_t limit_default,
                               sb_err_t *err);

/* What a cursor of two members says; "" and "" when it is absent. */
typedef struct {
    char first[SB_PERSON_ID_MAX + 1];
    const char *second; /* borrowed */
} store_cursor_t;
store_cursor_t store_read_cursor(sb_reader_t *self);

/* ---- The leader's epoch: finds out whether it is the current one. With hold, a new leader waits
 * until this transaction has ended. */
db_step_t store_epoch_step(const db_sets_t *sets, bool hold, bool *current);
SB_MUSTCHECK int store_epoch(store_t *store, int64_t epoch, bool hold, bool *current_r,
                             sb_err_t *err);
void store_fail_epoch(store_cmd_t *cmd, int64_t epoch);

/* ---- The audit trail. Borrowed texts. */
typedef struct {
    const char *actor;
    const char *action;
    const char *alert;  /* hash or NULL */
    const char *person; /* or NULL */
    const char *detail; /* an object as text */
} store_entry_t;

/* Entries of one transaction: two steps for db_run. */
typedef struct {
    db_sets_t reserve;
    db_sets_t insert;
} store_audit_t;
#define STORE_AUDIT_STEPS 2

store_audit_t store_audit(void);
void store_audit_add(store_audit_t *self, const store_entry_t *entry);
/* Writes steps[0..1], which borrow from self. */
void store_audit_steps(store_audit_t *self, db_step_t *steps);
void store_audit_free(store_audit_t *self);

/* Runs one statement with one set of parameters and, if it wrote a row, adds the entry with this
 * detail. Empties sets and takes the detail. */
SB_MUSTCHECK int store_change(store_t *store, const char *sql, db_sets_t *sets,
                              const store_entry_t *entry, cJSON **detail_p, bool *changed_r,
                              sb_err_t *err);
/* The same, and answers the command with {removed}. */
SB_MUSTCHECK int store_remove(store_t *store, store_cmd_t *cmd, const char *sql, db_sets_t *sets,
                              const store_entry_t *entry, cJSON **detail_p, sb_err_t *err);
