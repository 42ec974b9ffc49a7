/* bus_hint.h: hints over XPUB/SUB with sequence numbers (proto/bus.md). One thread. */
#pragma once

#include <czmq.h>

#include "lib/err.h"
#include "lib/json.h"
#include "lib/keys.h"

#define SB_TOPICS_MAX 16 /* of one publisher, and of one reader */

/* ---- The publisher: taskd. */
typedef struct sb_hints sb_hints_t;
sb_hints_t *sb_hints_new(zloop_t *loop, sb_keys_t *keys, const char *endpoint, sb_err_t *err);
void sb_hints_destroy(sb_hints_t **self_p);
const char *sb_hints_endpoint(const sb_hints_t *self);
/* Adds hints and hint_strangers (connections refused). */
void sb_hints_stats_json(const sb_hints_t *self, cJSON *object);
/* Takes the body (NULL is {}). At most SB_TOPICS_MAX topics; tick is the publisher's own. Never
 * blocks: a slow reader loses hints and finds the gap. */
void sb_hints_send(sb_hints_t *self, const char *topic, cJSON **body_p);

/* ---- The reader. */
typedef struct sb_hears sb_hears_t;
typedef void(sb_hint_fn)(void *ctx, const char *topic, const cJSON *body);
/* Called after each (re)connect, whenever hints were missed, and every SB_SILENCE_MS in which
 * nothing was heard: ask for a snapshot. Comes before the hint that showed it. */
typedef void(sb_resync_fn)(void *ctx);
/* topics: NULL-ended, at most SB_TOPICS_MAX, borrowed for the reader's life. server is the
 * publisher's role. Not destroyed from its callbacks. */
sb_hears_t *sb_hears_new(zloop_t *loop, sb_keys_t *keys, sb_role_t server, const char *endpoint,
                         const char *const *topics, sb_hint_fn *on_hint, sb_resync_fn *on_resync,
                         void *ctx, sb_err_t *err);
void sb_hears_destroy(sb_hears_t **self_p);
