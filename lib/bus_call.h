/* bus_call.h: how a server or a worker makes calls and is told of their answers; used by the bus
 * alone. */
#pragma once

#include "lib/bus_server.h"
#include "lib/bus_wire.h"

/* One answer: kind is ACCEPT, RESULT or NACK, code the NACK's, json frame 2. After RESULT and NACK
 * the call is freed; the owner has taken it off its list by then. */
typedef void(sb_call_send_fn)(void *owner, sb_call_t *call, sb_kind_t kind, int code,
                              const char *json);

struct sb_call {
    sb_call_send_fn *send; /* NULL: the owner is gone, answers go nowhere */
    void *owner;
    sb_peer_t peer; /* a server's calls only */
    char id[SB_ID_SIZE_MAX];
    char name[SB_NAME_SIZE_MAX];
    sb_role_t role;
    int64_t epoch;
    int64_t deadline_ms;
    cJSON *body;
    char *accepted; /* frame 2 of the ACCEPT; NULL before it */
    sb_call_t *prev;
    sb_call_t *next;
};

typedef struct {
    sb_call_t *first;
    size_t len;
} sb_call_list_t;

/* Takes the message's body. */
sb_call_t *sb_call_new(sb_call_send_fn *send, void *owner, const char *name, sb_role_t role,
                       sb_msg_t *msg);
void sb_call_list_add(sb_call_list_t *self, sb_call_t *call);
void sb_call_list_remove(sb_call_list_t *self, sb_call_t *call);
/* The calls live on until their holders end them, but nobody hears it. */
void sb_call_list_orphan(sb_call_list_t *self);
