/* slack_budget.h: who may call Slack when. A budget is a token bucket in taskd (budget.take) that
 * all chatd share; here those who wait for one stand in line, and only the first of a line asks.
 * One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "lib/bus_client.h"
#include "lib/err.h"

#define SLACK_BUDGET_KEY_MAX 160 /* bytes of a key, with the NUL */

typedef struct slack_budget slack_budget_t;

/* A call to the store, as chat_host_call: takes the body. */
typedef void(slack_store_fn)(void *ctx, const char *request, cJSON **body_p, sb_reply_fn *fn,
                             void *arg);

typedef struct {
    slack_store_fn *store; /* NULL: no budget is shared, only what is blocked is waited for */
    void *store_ctx;
    size_t waiting_max; /* in all lines together; one more is SB_EBUSY */
} slack_budget_config_t;

/* Comes once for a take, perhaps before it has returned. SB_OK: one token is ours. SB_ETIMEOUT:
 * none came in time; wait_ms is how long it would take from now. SB_EBUSY: too many wait.
 * SB_ERETRY: the store is away, or the budget was destroyed. */
typedef void(slack_budget_fn)(void *arg, int code, int64_t wait_ms, const sb_err_t *err);

slack_budget_t *slack_budget_new(zloop_t *loop, const slack_budget_config_t *config);
/* Who waits gets SB_ERETRY. Answers of the store that are still to come are ignored. Not from a
 * callback. */
void slack_budget_destroy(slack_budget_t **self_p);

/* per_minute 0: no bucket, only what is blocked is waited for. Tokens come in the order they were
 * asked for. */
void slack_budget_take(slack_budget_t *self, const char *key, int64_t per_minute, int64_t burst,
                       int64_t patience_ms, slack_budget_fn *fn, void *arg);
/* Slack said Retry-After: nobody gets a token of key for so long, here at once and elsewhere by the
 * store. */
void slack_budget_block(slack_budget_t *self, const char *key, int64_t for_ms);

size_t slack_budget_waiting(const slack_budget_t *self);
