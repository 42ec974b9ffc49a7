/* lanes.h: outbox rows that wait to be handed out, in lanes.
 *
 * Rows of one lane leave in the order they came, one at a time: what is said to one person arrives
 * in order. Different lanes don't wait for each other. Pure: no clock, no socket. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/json.h"

typedef struct lanes lanes_t;

typedef struct {
    char *id;         /* outbox id */
    char *kind;       /* "chat.send" */
    char *lane;       /* "@alice" */
    cJSON *body;      /* what the worker gets */
    int64_t attempts; /* tries that failed */
    int64_t ready_ms; /* not before; on the caller's clock */
    bool accepted;    /* a worker has said that it is at work on it */
} lane_row_t;

/* Takes nothing: copies what it needs and duplicates the body. */
lanes_t *lanes_new(void);
void lanes_destroy(lanes_t **self_p);

/* Appends a row to its lane. False if the id is here already: it is left as it is. */
bool lanes_add(lanes_t *self, const char *id, const char *kind, const char *lane, const cJSON *body,
               int64_t attempts, int64_t ready_ms);

/* Is anything of this lane here? */
bool lanes_has(const lanes_t *self, const char *lane);

/* The next row that may leave at now_ms, now marked as out; NULL if there is none. Borrowed until
 * lanes_done or lanes_back. */
const lane_row_t *lanes_next(lanes_t *self, int64_t now_ms);

/* A worker is at work on the row. False if that was known. */
bool lanes_accept(lanes_t *self, const char *id);

/* The row that is out has ended: forgets it, its lane moves on. */
void lanes_done(lanes_t *self, const char *id);

/* The row that is out failed for now: it stays first of its lane until ready_ms. Counts an attempt
 * if failed. */
void lanes_back(lanes_t *self, const char *id, bool failed, int64_t ready_ms);

/* The row of an id, or NULL. */
const lane_row_t *lanes_find(const lanes_t *self, const char *id);

/* When the next row becomes ready that isn't yet; INT64_MAX if none waits for a time. */
int64_t lanes_next_ready_ms(const lanes_t *self);

size_t lanes_len(const lanes_t *self); /* rows, those that are out included */
void lanes_clear(lanes_t *self);
