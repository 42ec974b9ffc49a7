/* bus_track.h: has a reader of hints missed any? Pure; used by bus_hint.c alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/bus_hint.h"
#include "lib/json.h"

typedef struct {
    const char *topics[SB_TOPICS_MAX]; /* borrowed */
    int64_t heard[SB_TOPICS_MAX];      /* by the publisher's count; meaningful once counted */
    size_t topics_len;
    int64_t seq;  /* of the last hint */
    bool fresh;   /* nothing was heard on this connection */
    bool counted; /* a tick has told the counts */
    bool gap;     /* numbers were left out since the last tick: perhaps topics of others */
} sb_track_t;

/* topics: NULL-ended, at most SB_TOPICS_MAX. */
void sb_track_init(sb_track_t *self, const char *const *topics);
/* The connection is a new one. */
void sb_track_reset(sb_track_t *self);
/* Notes a hint, a tick included. True if hints may have been missed before it. */
bool sb_track_hear(sb_track_t *self, const char *topic, int64_t seq, const cJSON *body);
/* True for one of topics. */
bool sb_track_wants(const sb_track_t *self, const char *topic);
