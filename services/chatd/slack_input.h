/* slack_input.h: what Slack delivers, as what was said. Pure: what comes of it is decided elsewhere
 * (slack_ear.h). Whatever can't be read is nothing, and never a fault. */
#pragma once

#include "lib/json.h"
#include "services/chatd/slack_envelope.h"
#include "services/chatd/slack_ids.h"

typedef enum {
    SLACK_HEARD_NOTHING,   /* why says why */
    SLACK_HEARD_TEXT,      /* typed, in the direct messages */
    SLACK_HEARD_ANSWER,    /* a button of one's own question, or its dialog: value, perhaps text */
    SLACK_HEARD_NOT_YOURS, /* a button of somebody else's question */
    SLACK_HEARD_TEAM,      /* a button of an escalation in the reporting channel: value */
    SLACK_HEARD_GIVE,      /* its menu of people: value ("assign:HASH") and chosen */
    SLACK_HEARD_DIALOG,    /* wants to answer with a comment: trigger, shown */
    SLACK_HEARD_HOME,      /* looks at the home page */
    SLACK_HEARD_COMMAND,   /* /securitybot: text, response_url, trigger */
    SLACK_HEARD_MEMBER,    /* somebody is new or has changed: member */
    SLACK_HEARD_REVOKED,   /* the app was thrown out: why */
} slack_heard_kind_t;

/* Borrowed from the payload where it is not said otherwise. */
typedef struct {
    slack_heard_kind_t kind;
    const char *why;
    char event[SLACK_EVENT_SIZE];     /* under which the store knows it, "" if it is not stored */
    const char *user;                 /* whose doing it was */
    char *text;                       /* owned; as it was meant; NULL if none */
    char value[SB_VALUE_MAX + 1];     /* of a button */
    char message[SLACK_MESSAGE_SIZE]; /* on which the button hangs, "" if none */
    const char *channel;              /* where it was; may be NULL */
    const char *ts;                   /* of a typed message, of a press; NULL: not known */
    const char *thread;               /* ts of the message under which it was typed, or NULL */
    const char *chosen;               /* Slack id */
    const char *trigger;
    const char *response_url;
    const cJSON *shown;  /* the message with the button */
    const cJSON *member; /* Slack's object of a user */
} slack_heard_t;

/* Who we are to Slack, borrowed. */
typedef struct {
    const char *user;
    const char *bot;
    const char *team;       /* id of our workspace; "": not known */
    const char *enterprise; /* of the organization that it is in; "": in none, or not known */
    const char *reporting_channel;
} slack_self_t;

/* The workspace that a delivery names if it is not for us, else NULL. It is for us if it names our
 * workspace, or none, or is authorized for ours; and so are all workspaces of our organization
 * (Enterprise Grid), whose people share channels with ours. */
const char *slack_input_foreign(const cJSON *payload, const slack_self_t *self);

void slack_input(slack_kind_t kind, const cJSON *payload, const slack_self_t *self,
                 slack_heard_t *heard_r);
/* One message of a channel's history. */
void slack_input_history(const cJSON *message, const char *channel, const slack_self_t *self,
                         slack_heard_t *heard_r);
void slack_heard_clear(slack_heard_t *self);
