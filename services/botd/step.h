/* step.h: what the parts of one conversation_step share: the item, the transition that grows, and
 * the words that are said on the way. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "services/botd/item.h"
#include "services/botd/policy.h"
#include "services/botd/transition.h"

#define STEP_BOT "botd" /* who did it, in the audit trail */

/* An escalated alert that a responder does something about, as it stands by now, and what is new in
 * that; NULL: nothing. */
typedef struct {
    alert_t alert;
    const char *acked_by;
    const char *assigned_to;
    const char *disposition;
} team_t;

typedef struct {
    const policy_t *policy;
    const item_t *item;
    int64_t now_ms;
    transition_t *out;
    conv_t conv;         /* as it stands by now */
    const alert_t *open; /* the conversation's alert; NULL when idle */
    alert_t last;        /* the last alert that was asked and is over */
    bool has_last;
    bool exempt;
    bool continues;          /* a question has ended: the next is no greeting's business */
    bool unreachable;        /* the person's chat takes nothing */
    bool tested;             /* `test` was heard */
    bool effect_asked;       /* so was what only takes effect once it is proven */
    const char *muted;       /* the title that this step mutes, or NULL */
    const char *muted_place; /* NULL: any */
    const char *muted_reason;
    team_t team[SB_PULL_INBOX_MAX];
    size_t team_len;
    char **kept;
    size_t kept_len;
} step_t;

void step_init(step_t *self, const policy_t *policy, const item_t *item, int64_t now_ms);
/* Frees what was kept. The transition must have been finished. */
void step_free(step_t *self);

/* Takes text and frees it with the step. */
const char *step_keep(step_t *self, char *text);

/* Mutes a title from now on: its alerts of this place, "" for those without one, NULL for all; only
 * if transition_has_mute is false. */
void step_mute_for(step_t *self, const char *title, const char *place, const char *reason,
                   int64_t ms);
/* The reason why a title is muted at a place now, or NULL; a title that has a rule for its proof
 * never is. */
const char *step_mute(const step_t *self, const char *title, const char *place);

/* What the texts may name. alert may be NULL. The texts live as long as the step. */
fields_t step_fields(step_t *self, const alert_t *alert);
/* The same for the security channel: the full name, and the comment (may be NULL), quoted. */
fields_t step_team_fields(step_t *self, const alert_t *alert, const char *comment);

/* Says something to the person; nothing if the text comes out empty. */
void step_say(step_t *self, message_t message, const fields_t *fields);
void step_say_text(step_t *self, const char *text);
/* Says something about the open alert, with buttons and a card, which it takes; id_r is the
 * message's. kept: what the transcript keeps of it; "": nothing. */
void step_ask(step_t *self, const char *text, const char *kept, cJSON *buttons, cJSON *card,
              char id_r[SB_ID_SIZE_MAX]);
/* Replaces such a message; the buttons go. Takes the card. */
void step_update(step_t *self, const char *question, const char *text, cJSON *card);

/* Says something to the security channel; under its escalation, if the alert has one by now. alert
 * may be NULL. */
void step_tell(step_t *self, const alert_t *alert, const char *text);
/* Sends an alert's escalation, or replaces it. Takes buttons and card. */
void step_escalation(step_t *self, const alert_t *alert, bool again, const char *text,
                     cJSON *buttons, cJSON *card);

/* Adds a button about an alert. argument may be NULL; style as in proto/chatd.md. */
void step_button(step_t *self, cJSON *buttons, message_t label, const char *action,
                 const alert_t *alert, const char *argument, const char *style);

/* Adds a button that opens a URL and is no answer. */
void step_link_button(step_t *self, cJSON *buttons, message_t label, const alert_t *alert,
                      const char *url);

/* The name of someone else, to be shown. It lives as long as the step. */
const char *step_name(step_t *self, const char *name);

/* An audit entry. alert may be NULL; takes the detail. */
void step_audit(step_t *self, const alert_t *alert, const char *actor, const char *action,
                cJSON *detail);
