/* chat_session.h: one conversation of the built-in chat (proto/localchat.md), a client's side,
 * without a socket. What was said stays here until the chat has acknowledged it, and is sent again
 * under the same event id after a reconnect; one at a time, so that the order holds. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"

#define CHAT_SESSION_AGAIN_MS 1000   /* until a frame is repeated that may be */
#define CHAT_SESSION_MEMORY 500      /* messages whose seq and buttons are remembered */
#define CHAT_SESSION_UNSENT_MAX 1000 /* messages that wait for their acknowledgement */

typedef struct chat_session chat_session_t;

typedef struct {
    /* A message that is new, or changed (edited). Borrowed for the call. */
    void (*message)(void *ctx, const cJSON *message);
    /* Something was refused for good; what is NULL or the text or value that was refused. */
    void (*refused)(void *ctx, const char *what, const char *text);
} chat_session_fns_t;

/* as: a person; in the security channel who presses its buttons, or NULL: it is only read. prefix
 * makes event ids unique among all clients of this person. All are copied but fns. */
chat_session_t *chat_session_new(const char *as, bool security, const char *prefix,
                                 const chat_session_fns_t *fns, void *ctx);
void chat_session_destroy(chat_session_t **self_p);

void chat_session_opened(chat_session_t *self); /* there is a socket */
void chat_session_closed(chat_session_t *self); /* there is none any more */
/* A frame of the chat's. SB_EINVALID if it is none. */
SB_MUSTCHECK int chat_session_receive(chat_session_t *self, const void *data, size_t size,
                                      int64_t now_ms, sb_err_t *err);
/* The next frame that is to be sent now, or NULL; the caller frees it. */
char *chat_session_next(chat_session_t *self, int64_t now_ms);
/* When chat_session_next may have one though nothing was received; INT64_MAX: never. */
int64_t chat_session_due_ms(const chat_session_t *self);

/* SB_EINVALID: empty, too long, or nobody speaks in the security channel. SB_EBUSY: too many wait.
 */
SB_MUSTCHECK int chat_session_say(chat_session_t *self, const char *text, sb_err_t *err);
/* message NULL: the newest that has or had a button of this value. */
SB_MUSTCHECK int chat_session_press(chat_session_t *self, const char *value, const char *message,
                                    sb_err_t *err);

/* The buttons that can be pressed now: those of the newest message that has any; NULL: none. */
const cJSON *chat_session_buttons(const chat_session_t *self);
bool chat_session_ready(const chat_session_t *self);    /* all that was said before is known */
size_t chat_session_unsent(const chat_session_t *self); /* not acknowledged yet */
/* Why the last frame was not taken that may be repeated; "" if none was refused so. */
const char *chat_session_trouble(const chat_session_t *self);
bool chat_session_dead(const chat_session_t *self); /* the conversation was refused */
/* True for the id of a message that was said by this client. */
bool chat_session_own(const chat_session_t *self, const char *id);
