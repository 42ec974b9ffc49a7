/* store_commit.h: one commit, read into plain tables. Each part knows its transition by number; a
 * transition with an error is left out of all that follows. Texts are borrowed from the request. */
#pragma once

#include "services/taskd/store_read.h"

/* Parts of one transition. */
#define COMMIT_ALERTS_MAX 64
#define COMMIT_PARTS_MAX 256

typedef struct {
    sb_err_t err; /* code SB_OK: to be written */
    store_person_t person;
    int64_t version; /* as it was pulled */
    int64_t found;   /* as it is; 0: there is no row */
    const char *state;
    store_hash_t alert;
    int64_t deadline_ms; /* -1: none */
    const char *question, *job, *driver, *strength, *tried;
    int64_t attempts;
    const char *comment;
    store_hash_t last_alert;
    const char *transcript;
    int exempt; /* 1, 0, -1: as it is */
    bool mute;
    const char *mute_title, *mute_reason, *mute_place; /* the place: NULL for any */
    int64_t mute_until_ms;
    bool may_mute, may_exempt; /* an alert that is confirmed here allows it */
} commit_transition_t;

typedef struct {
    size_t of;
    int64_t seq;
} commit_applied_t;

typedef struct {
    size_t of;
    store_hash_t hash;
    store_state_t state;
    const store_outcome_t *outcome; /* NULL: none */
    int64_t asked_ms, closed_ms;    /* -1: as it is */
    bool found;
    store_state_t before;
    bool mutes, exempts; /* its confirmation allows the mute, the exemption of this transition */
} commit_alert_t;

typedef struct {
    size_t of;
    store_hash_t hash;
    int performed, authenticated;
    const char *comment, *factor, *proof;
    bool found;
    bool proven;
    bool otherwise; /* by another driver than it says */
} commit_answer_t;

typedef struct {
    size_t of;
    store_hash_t hash;
    const char *title, *description, *reason;
    int64_t event_ms;
    char *effect; /* as text, or NULL */
    bool exists;
} commit_create_t;

typedef struct {
    size_t of;
    store_hash_t hash;
    const char *acked_by, *assigned_to, *disposition; /* NULL: as it is */
    bool found;
    store_state_t before;
    const store_outcome_t *outcome;
} commit_team_t;

typedef struct {
    size_t of;
    const char *id, *kind, *lane;
    store_hash_t alert;
    char *body;
    bool asks; /* a proof, with nothing that the person typed */
    bool used; /* the id is there already */
} commit_out_t;

typedef struct {
    size_t of;
    store_hash_t alert;
    const char *actor, *action;
    char *detail;
} commit_audit_t;

/* A table that grows; those of a commit differ in their rows alone. */
#define COMMIT_TABLE(type)                                                                         \
    struct {                                                                                       \
        type *rows;                                                                                \
        size_t len, room;                                                                          \
    }

typedef struct {
    int64_t epoch;
    commit_transition_t *transitions;
    size_t len;
    COMMIT_TABLE(commit_applied_t) applied;
    COMMIT_TABLE(commit_alert_t) alerts;
    COMMIT_TABLE(commit_answer_t) answers;
    COMMIT_TABLE(commit_create_t) creates;
    COMMIT_TABLE(commit_team_t) teams;
    COMMIT_TABLE(commit_out_t) outs;
    COMMIT_TABLE(commit_audit_t) audits;
} commit_t;

/* False, and the command has its error, if the commit as a whole can't be read; a transition that
 * can't be read has its own error. Free it either way. */
bool commit_read(store_cmd_t *cmd, commit_t *self);
void commit_free(commit_t *self);

/* Looks in the store whether each transition may be written; those that may not get an error.
 * *current_r: the epoch is the leader's. */
SB_MUSTCHECK int commit_check(store_t *store, commit_t *self, bool *current_r, sb_err_t *err);

/* True if part number i of this transition is to be written. */
bool commit_good(const commit_t *self, size_t of);
