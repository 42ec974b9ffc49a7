/* transition.h: builds one transition of commit (proto/taskd.md). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/json.h"
#include "proto/bus.h"
#include "services/botd/item.h"

typedef struct transition transition_t;

/* version: the conversation's as it was pulled. Never NULL. */
transition_t *transition_new(const char *person, int64_t version);
/* Frees and clears; NULL is fine. */
void transition_destroy(transition_t **self_p);

/* Marks an inbox event as applied. */
void transition_applied(transition_t *self, int64_t seq);

/* The state an alert gets; the last word counts. Times of -1 are null, as is a NULL outcome. */
void transition_alert(transition_t *self, const char *hash, alert_state_t state,
                      const char *outcome, int64_t asked_ms, int64_t closed_ms);
/* True and the state if this transition gives the alert one. */
bool transition_alert_state(const transition_t *self, const char *hash, alert_state_t *state_r);

typedef struct {
    int performed;     /* 1, 0, -1: not known */
    int authenticated; /* likewise */
    const char *comment;
    const char *factor;
    const char *proof; /* id of the job that was approved */
} transition_answer_t;
/* The last word counts. */
void transition_answer(transition_t *self, const char *hash, const transition_answer_t *answer);

/* What responders did about an escalated alert of this person; NULL: nothing new. */
void transition_team(transition_t *self, const char *hash, const char *acked_by,
                     const char *assigned_to, const char *disposition);

/* A new alert for this person; effect may be NULL. hash_r gets its hash, made of person, version
 * and count. */
void transition_create(transition_t *self, const char *title, const char *description,
                       const char *reason, int64_t event_ms, const effect_t *effect,
                       char hash_r[SB_HASH_HEX + 1]);

/* At most one mute fits in a transition. */
/* place: of whose alerts; "" for those without one, NULL for all. */
void transition_mute(transition_t *self, const char *title, const char *place, const char *reason,
                     int64_t until_ms);
bool transition_has_mute(const transition_t *self);

void transition_exempt(transition_t *self, bool exempt);

/* An outbox row. Takes the body. lane is "@PERSON", "#security" or "KIND:PERSON"; alert may be
 * NULL. id_r gets its id, which is made of person, version and count. */
void transition_send(transition_t *self, const char *kind, const char *lane, const char *alert,
                     cJSON *body, char id_r[SB_ID_SIZE_MAX]);

/* The outbox id of an alert's escalation (proto/chatd.md), and the row that has it: once in an
 * alert's life. Takes the body. */
void transition_card_id(const char *hash, char id_r[SB_ID_SIZE_MAX]);
void transition_send_card(transition_t *self, const char *lane, const char *hash, cJSON *body);

/* Takes the detail; NULL is {}. */
void transition_audit(transition_t *self, const char *alert, const char *actor, const char *action,
                      cJSON *detail);

/* Ends the building, frees self and gives the JSON, which the caller owns. */
cJSON *transition_finish(transition_t **self_p, const conv_t *conv);
