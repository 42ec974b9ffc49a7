/* store_said.h: an event of the inbox, as inbox.put, localchat.hear and escalation.act take it. */
#pragma once

#include "services/taskd/store_read.h"

typedef struct {
    const char *event;
    store_person_t person; /* of a team event: "" until the alert's is known */
    store_hash_t alert;    /* the one that a team event is about; "" */
    const char *kind;
    const char *text;    /* or NULL */
    const char *value;   /* or NULL */
    const char *message; /* or NULL */
    int64_t at_ms;       /* -1: now */
} store_said_t;

#define STORE_SAID_WIDTH 7

/* False, and the command has its error, if something is wrong. team: such events are taken too. */
bool store_said_read(store_cmd_t *cmd, bool team, store_said_t *out);
void store_said_add(db_sets_t *sets, size_t tag, const store_said_t *said);
/* on_new is called for those events that were not there yet. */
db_step_t store_said_step(const db_sets_t *sets, db_row_fn *on_new, void *ctx);
