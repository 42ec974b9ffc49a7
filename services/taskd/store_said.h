/* store_said.h: an event of the inbox, as inbox.put and localchat.hear take it. */
#pragma once

#include "services/taskd/store_read.h"

typedef struct {
    const char *event;
    store_person_t person;
    const char *kind;
    const char *text;    /* or NULL */
    const char *value;   /* or NULL */
    const char *message; /* or NULL */
    int64_t at_ms;
} store_said_t;

#define STORE_SAID_WIDTH 7

/* False, and the command has its error, if something is wrong. */
bool store_said_read(store_cmd_t *cmd, store_said_t *out);
void store_said_add(db_sets_t *sets, size_t tag, const store_said_t *said);
/* on_new is called for those events that were not there yet. */
db_step_t store_said_step(const db_sets_t *sets, db_row_fn *on_new, void *ctx);
