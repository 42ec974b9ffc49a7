/* msg.h: the strict codec of bus messages (proto/bus.md). Pure: bytes in, a struct out. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"
#include "proto/bus.h"

typedef enum {
    SB_KIND_READY,
    SB_KIND_REQ,
    SB_KIND_ACCEPT,
    SB_KIND_RESULT,
    SB_KIND_NACK,
    SB_KIND_HEARTBEAT,
    SB_KIND_CREDIT,
    SB_KIND_BYE,
    SB_KIND_HINT,
    SB_KIND_LEN
} sb_kind_t;

const char *sb_kind_name(sb_kind_t kind);

/* Frame 1. */
typedef struct {
    sb_kind_t kind;
    char name[SB_NAME_SIZE_MAX]; /* "" for kinds that have none */
} sb_head_t;

/* Frame 2. */
typedef struct {
    char id[SB_ID_SIZE_MAX]; /* "" when absent */
    int64_t epoch;           /* 0 when absent */
    int64_t timeout_ms;      /* 0 when absent */
    int64_t seq;             /* HINT only; 0 when absent */
    cJSON *body;             /* owned; an object, never NULL after a successful decode */
} sb_msg_t;

SB_MUSTCHECK int sb_head_decode(const void *data, size_t size, sb_head_t *head_r, sb_err_t *err);
/* Checks what the kind demands: an id for REQ, ACCEPT, RESULT and NACK, a time-out for REQ. The
 * caller frees with sb_msg_clear. After an error nothing is owned, and only id means something: it
 * is set if it was right, so that the refusal can name it. */
SB_MUSTCHECK int sb_msg_decode(sb_kind_t kind, const void *data, size_t size, sb_msg_t *msg_r,
                               sb_err_t *err);
void sb_msg_clear(sb_msg_t *self);

/* Writes "SB1 KIND NAME" and returns its length. name is NULL or "" for kinds that have none. */
size_t sb_head_encode(sb_kind_t kind, const char *name, char out[SB_HEAD_SIZE_MAX]);
/* The JSON of frame 2; free() it. body may be NULL and is not consumed. */
char *sb_msg_encode(const char *id, int64_t epoch, int64_t timeout_ms, int64_t seq,
                    const cJSON *body);

/* True for 1..64 characters of A-Za-z0-9._:- */
bool sb_id_valid(const char *id);

/* The body of a NACK, and what it says; a body that can't be read gives SB_EINTERNAL. */
cJSON *sb_nack_body(const sb_err_t *err);
void sb_nack_read(const cJSON *body, sb_err_t *err_r);
