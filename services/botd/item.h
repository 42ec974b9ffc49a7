/* item.h: one item of work.pull (proto/taskd.md), read into plain data. Texts are borrowed from the
 * JSON and live as long as it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"
#include "proto/authd.h"
#include "proto/bus.h"
#include "proto/taskd.h"

#define ITEM_MUTES_MAX 1000
#define ITEM_NAMED_MAX SB_PULL_INBOX_MAX
#define ITEM_STRENGTH_SIZE 16
#define ITEM_TRIED_SIZE (SB_DRIVERS_MAX * (SB_DRIVER_NAME_MAX + 1))

/* What each waits for stands in conversation.h. */
typedef enum {
    CONV_IDLE,
    CONV_ASKED,
    CONV_CHECKING,
    CONV_CONSENT,
    CONV_CODE,
    CONV_PROVING,
    CONV_STATES
} conv_state_t;

typedef struct {
    conv_state_t state;
    char alert[SB_HASH_HEX + 1];   /* "" when idle */
    int64_t deadline_ms;           /* -1: none */
    char question[SB_ID_SIZE_MAX]; /* the message whose buttons are open, "" if none is */
    char job[SB_ID_SIZE_MAX];      /* the factor job that is waited for, "" if none is */
    char driver[SB_DRIVER_NAME_MAX + 1];
    bool typed;                        /* the driver's factor is a typed code */
    char strength[ITEM_STRENGTH_SIZE]; /* the factor's, "" if not known */
    char tried[ITEM_TRIED_SIZE];       /* drivers that were away, with commas between */
    int64_t attempts;                  /* wrong codes so far */
    const char *comment;               /* the explanation of the answer, or NULL */
    char last_alert[SB_HASH_HEX + 1];  /* the last that was asked and is over, or "" */
    const char *transcript;            /* transcript.h; NULL: nothing was said yet */
} conv_t;

/* What an alert's confirmation does, if it is a request of the person's own. */
typedef enum { EFFECT_NONE, EFFECT_MUTE, EFFECT_EXEMPT } effect_kind_t;

typedef struct {
    effect_kind_t kind;
    const char *title; /* of a mute, as are the next two */
    const char *reason;
    int64_t for_ms;
} effect_t;

typedef enum { ALERT_NEW, ALERT_QUEUED, ALERT_ASKED, ALERT_ESCALATED, ALERT_CLOSED } alert_state_t;

typedef struct {
    const char *hash;
    const char *title;
    const char *description; /* "" if there is none, as are the next three */
    const char *reason;
    const char *url;
    const char *place;
    alert_state_t state;
    int64_t event_ms;
    int64_t asked_ms; /* -1: not yet */
    effect_t effect;
    /* Of one that has ended; NULL if not known. */
    const char *outcome;
    const char *comment;
    const char *acked_by;
    const char *assigned_to;
    const char *disposition;
} alert_t;

typedef enum { EVENT_TEXT, EVENT_BUTTON, EVENT_TEAM, EVENT_RESULT, EVENT_ENROLLED } event_kind_t;

typedef struct {
    int64_t seq;
    event_kind_t kind;
    const char *text;
    const char *value;
    int64_t at_ms;
} event_t;

/* What was asked of the person's factor lately. */
typedef struct {
    int64_t hour;       /* requests that carried no typed code */
    int64_t day;        /* likewise */
    int64_t refused_ms; /* when one was refused last; -1: not lately */
    int64_t fraud_ms;   /* when one was reported as fraud last; -1: not lately */
} proofs_t;

typedef struct {
    const char *id;      /* username */
    bool known;          /* in the directory, and active */
    const char *name;    /* "" if not known */
    const char *chat_id; /* may be NULL */
    const char *zone;    /* IANA name; may be NULL */
    bool exempt;
    bool
        refused; /* the store refused what the last step wrote: it holds an approval for no proof */
    int64_t version;
    conv_t conv;
    bool has_alert; /* the conversation's */
    alert_t alert;
    bool has_last; /* the one before it */
    alert_t last;
    alert_t news[SB_PULL_ALERTS_MAX];
    size_t news_len;
    alert_t queued[SB_PULL_ALERTS_MAX];
    size_t queued_len;
    bool queued_more;
    alert_t named[ITEM_NAMED_MAX];
    size_t named_len;
    const cJSON *mutes;
    proofs_t proofs;
    event_t inbox[SB_PULL_INBOX_MAX];
    size_t inbox_len;
    bool inbox_more;
} item_t;

/* SB_EINVALID names the member that is wrong. */
SB_MUSTCHECK int item_read(const cJSON *json, item_t *item_r, sb_err_t *err);

/* The reason of the mute for a title and place ("": none) that holds at now_ms, or NULL. */
const char *item_mute(const item_t *self, const char *title, const char *place, int64_t now_ms);

/* The conversation as a commit carries it. */
cJSON *item_conv_json(const conv_t *conv);
