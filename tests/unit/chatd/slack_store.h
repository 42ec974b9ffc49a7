/* slack_store.h: taskd's budgets as a test wants them: questions wait until the test answers. */
#pragma once

#include <czmq.h>

#include "services/chatd/slack_budget.h"

#define STORE_ASKS_MAX 64

typedef struct {
    char request[32];
    char key[SLACK_BUDGET_KEY_MAX];
    int64_t per_minute;
    int64_t burst;
    int64_t for_ms;
    sb_reply_fn *fn; /* NULL: answered */
    void *arg;
} store_ask_t;

typedef struct {
    store_ask_t asks[STORE_ASKS_MAX];
    size_t len;
    bool at_once; /* answer SB_OK, or fail with code, before store_fake has returned */
    int code;
} store_t;

/* ctx is a store_t. */
void store_fake(void *ctx, const char *request, cJSON **body_p, sb_reply_fn *fn, void *arg);
/* Answers ask i of those there were so far: code, or SB_OK with wait_ms. */
void store_answer(store_t *self, size_t i, int code, int64_t wait_ms);
/* Answers all that are open, as a client that is destroyed does. */
void store_close(store_t *self);
