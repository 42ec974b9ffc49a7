/* slack_envelope.h: what Slack delivers, however it came (slack_socket.h, slack_events.h), and its
 * acknowledgement. One thread: the zloop's. */
#pragma once

#include "lib/err.h"
#include "lib/json.h"

#define SLACK_ENVELOPES_MAX 1024  /* that wait for their acknowledgement; one more is not taken */
#define SLACK_ENVELOPE_ID_MAX 128 /* bytes of an envelope_id, with the NUL */
#define SLACK_REASON_MAX 64       /* bytes of a retry_reason, with the NUL */
#define SLACK_PAYLOAD_MAX (1024 * 1024) /* bytes of one envelope; larger ones are counted only */

typedef enum { SLACK_EVENTS_API, SLACK_INTERACTIVE, SLACK_SLASH_COMMANDS } slack_kind_t;

typedef struct slack_ack slack_ack_t;

/* Borrowed for the call, but for ack, which is its receiver's to use once. */
typedef struct {
    slack_kind_t kind;
    /* Unique to a delivery; "" over HTTP, where only events carry an id of their own. */
    char id[SLACK_ENVELOPE_ID_MAX];
    /* events_api: the outer object (type event_callback, event_id, event: {...}, which need not be
     * there). interactive: block_actions, view_submission, ... slash_commands: command, text,
     * user_id, ... all strings. Never to be printed: Slack's numbers are none of ours. */
    const cJSON *payload;
    int retry;                           /* 0: the first delivery, as far as we know */
    char retry_reason[SLACK_REASON_MAX]; /* "" if none */
    slack_ack_t *ack;
} slack_envelope_t;

/* Every envelope must lead to one slack_ack, at once or later. A retry is no reason to drop one: it
 * may be the only delivery. */
typedef void(slack_envelope_fn)(void *ctx, const slack_envelope_t *envelope);

/* SB_OK: it is durable, or nothing is to be done about it; it is acknowledged on the connection
 * that delivered it. Else it is not, and Slack delivers it again. Takes *ack_p. Fine after the
 * transport is gone. */
void slack_ack(slack_ack_t **ack_p, int code);
