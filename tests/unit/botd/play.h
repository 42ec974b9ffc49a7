/* play.h: plays the store and the world around one person for the core of botd.
 *
 * Keeps the conversation, alerts, inbox, outbox and mutes of one person in memory, hands items to
 * conversation_step as work.pull would, applies the transitions as commit would, and fails the test
 * as soon as one breaks a promise of the product (play_check.c). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/json.h"
#include "proto/taskd.h"
#include "services/botd/policy.h"

#define PLAY_PERSON "alice"
#define PLAY_ALERTS_MAX 512
#define PLAY_PROVIDER "PROVIDER" /* what a provider says, and botd never repeats */
#define PLAY_START_MS 1700000000000LL

typedef struct {
    char hash[SB_HASH_HEX + 1];
    char *title;
    char *description;
    char *reason;
    char *place; /* NULL: none */
    char state[16];
    char outcome[32]; /* "" while open */
    int64_t asked_ms; /* -1 */
    int64_t deadline_ms;
    int asked_outbox; /* rows there were when it was asked */
    int performed;
    int authenticated;
    char *comment;
    char *factor;
    char *proof;
    char *acked_by;
    char *assigned_to;
    char *disposition;
    cJSON *effect; /* NULL: none */
} play_alert_t;

typedef struct {
    const char *name; /* of the play, for failures */
    const policy_t *policy;
    int64_t now_ms;
    enum { PLAY_KNOWN, PLAY_INACTIVE, PLAY_UNKNOWN } person;
    bool exempt;
    bool refused; /* the store does not take the proof: items say so */
    int64_t version;
    cJSON *conv; /* as the last commit had it */
    play_alert_t alerts[PLAY_ALERTS_MAX];
    size_t alerts_len;
    cJSON *inbox; /* events that wait, in order */
    int64_t inbox_seq;
    cJSON *
        outbox; /* all rows ever, with "created_ms"; "result" and "ended_ms" once they have ended */
    cJSON *locked; /* all rows before this one have no buttons any more; NULL: none was looked at */
    cJSON *mutes;
    cJSON *audit;
    char secret[16]; /* a code that was typed, "" if none: must be nowhere but in jobs */
    size_t steps;
} play_t;

void play_init(play_t *self, const char *name, const policy_t *policy);
void play_free(play_t *self);

/* ---- The world. */

play_alert_t *play_alert(play_t *self, const char *title, const char *description,
                         const char *reason);
play_alert_t *play_find(play_t *self, const char *hash);
/* kind: text, button, team or result. */
void play_event(play_t *self, const char *kind, const char *text, const char *value, int64_t at_ms);
/* What outbox.done does. result is borrowed. */
void play_done(play_t *self, const char *id, bool ok, const cJSON *result);
/* The same for a job that was only accepted: once for the row. show is borrowed. */
void play_accept(play_t *self, const char *id, const cJSON *show);
/* place: NULL for any. */
void play_mute(play_t *self, const char *title, const char *place, const char *reason,
               int64_t until_ms);

/* Pulls, steps and commits until nothing is to be done. */
void play_run(play_t *self);

/* ---- Looking. */

const char *play_conv(const play_t *self, const char *key); /* "" for null */
int64_t play_deadline(const play_t *self);                  /* -1 for none */
cJSON *play_row(const play_t *self, const char *id);        /* of the outbox, or NULL */
const char *play_str(const cJSON *object, const char *key); /* "" for null or absent */
/* The outbox id of an alert's escalation; good until the next call. */
const char *play_id(const char *hash);
/* True if the row is the escalation of an alert. */
bool play_is_card(const cJSON *row);

/* ---- The promises (play_check.c). Each fails the test. */

/* Before it is applied: the transition by itself, and against what the store knows. */
void play_check_transition(play_t *self, const cJSON *item, const cJSON *transition);
/* After it was applied. */
void play_check_state(play_t *self);
/* An alert becomes confirmed: by a proof of its own, strong enough, that was not used before. */
void play_check_proof(play_t *self, const cJSON *transition, const play_alert_t *alert);
/* What weakens the watch over the person has a proof. */
void play_check_effects(play_t *self, const cJSON *transition);
/* A factor.start that is new in the transition. */
void play_check_start(play_t *self, const cJSON *transition, const cJSON *row);
/* When nothing is open and nothing waits any more. */
void play_check_end(play_t *self);
