/* host.h: what chatd does for a driver: calls to the store, and the two that every driver needs.
 * One thread: the zloop's. */
#pragma once

#include <czmq.h>

#include "lib/bus_client.h"
#include "lib/err.h"
#include "lib/json.h"

#define CHAT_HEAR_MS 2500   /* until a heard event is stored; chat systems wait 3 s */
#define CHAT_STORE_MS 5000  /* until any other call is answered */
#define CHAT_CALLS_MAX 1024 /* open calls to the store */

typedef struct chat_host chat_host_t;

typedef enum { CHAT_TEXT, CHAT_BUTTON, CHAT_TEAM } chat_event_kind_t;

/* What a person said or pressed, borrowed for the call. */
typedef struct {
    const char *event;  /* the chat system's unique id, at most SB_EVENT_ID_MAX bytes */
    const char *person; /* the person's id in the directory; of the team: who pressed */
    chat_event_kind_t kind;
    const char *text;    /* verbatim; of a button: the comment, or NULL (localchat.hear: its label);
                            of the team: NULL */
    const char *value;   /* of a button: ACTION:HASH, perhaps with an argument; else NULL */
    const char *message; /* of a button: the id of the message that it hangs on; else NULL */
    int64_t at_ms;       /* when it was said; 0: now */
} chat_event_t;

typedef struct {
    uint64_t heard;     /* events that the store took */
    uint64_t repeated;  /* of these: it had them already */
    uint64_t not_heard; /* refused or not answered: not acknowledged */
    uint64_t synced;    /* people told to the store */
} chat_host_stats_t;

/* store is borrowed. driver and hear are those of the driver's row, borrowed. */
chat_host_t *chat_host_new(zloop_t *loop, sb_client_t *store, const char *driver, const char *hear);
/* From now on every call ends at once with SB_ERETRY, before the function that made it returns. */
void chat_host_close(chat_host_t *self);
/* After the client is destroyed: no call may be open. */
void chat_host_destroy(chat_host_t **self_p);

zloop_t *chat_host_loop(const chat_host_t *self);
const chat_host_stats_t *chat_host_stats(const chat_host_t *self);

/* Stores an event and calls back once: SB_OK when it is durable. Never before this returns, unless
 * the host is closed. */
void chat_host_hear(chat_host_t *self, const chat_event_t *event, sb_reply_fn *fn, void *arg);

/* Any request to the store. Takes the body; fn as in sb_client_call. */
void chat_host_call(chat_host_t *self, const char *request, cJSON **body_p, sb_reply_fn *fn,
                    void *arg);

/* Tells the store who is in the chat system: people is an array of {id, name, email, chat_id,
 * zone, active}, ids in lower case and each once; whoever of this driver is not in it becomes
 * inactive. Tries until it succeeds or is called again. Takes the array. */
void chat_host_sync(chat_host_t *self, cJSON **people_p);
