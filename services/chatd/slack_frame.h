/* slack_frame.h: the text frames of Socket Mode. Pure.
 *
 * Slack may leave out or add members of a frame; only what is needed to answer one is demanded. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "services/chatd/slack_envelope.h"

#define SLACK_FRAME_VALUES_MAX 50000 /* values in the JSON of one frame */

typedef enum {
    SLACK_FRAME_HELLO,      /* connections, lifetime_s */
    SLACK_FRAME_DISCONNECT, /* reason */
    SLACK_FRAME_ENVELOPE,   /* envelope, but for ack */
    SLACK_FRAME_UNKNOWN,    /* envelope.id, "" if it has none: to be acknowledged and left alone */
} slack_frame_kind_t;

typedef struct {
    slack_frame_kind_t kind;
    int64_t connections; /* of the app; 0 if not said */
    int64_t lifetime_s;  /* until Slack replaces the connection; 0 if not said */
    char reason[SLACK_REASON_MAX];
    char type[SLACK_REASON_MAX]; /* of an unknown frame */
    slack_envelope_t envelope;
    cJSON *json; /* owned: what envelope.payload is part of */
} slack_frame_t;

/* Exactly size bytes. On error there is nothing to clear. */
SB_MUSTCHECK int slack_frame_parse(const char *text, size_t size, slack_frame_t *frame_r,
                                   sb_err_t *err);
void slack_frame_clear(slack_frame_t *frame);

/* The bare acknowledgement: Slack drops those that carry much without a word. free() it. */
char *slack_frame_ack(const char *id);
