/* local_mail.h: what the core thread and the web server's thread hand each other: one struct a
 * piece, by pointer through the actor's pipe, which both sides only use without waiting. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <czmq.h>

typedef enum {
    /* From the web server. */
    LOCAL_MAIL_HELLO,  /* conn, hello, channel: the security channel or NULL (the person's own),
                          person  or NULL (the channel is only read), seq: after or -1 */
    LOCAL_MAIL_PEOPLE, /* conn, text: the search */
    LOCAL_MAIL_SAY,    /* conn, person, event, text */
    LOCAL_MAIL_PRESS,  /* conn, channel as in hello, person, event, text: the label, value, message
                        */
    LOCAL_MAIL_STOPPED,
    /* To the web server. */
    LOCAL_MAIL_FRAME,  /* conn, text; with hello only if that is still the last one */
    LOCAL_MAIL_JOIN,   /* conn, hello, channel, person or NULL, text: the welcome */
    LOCAL_MAIL_REFUSE, /* conn, hello, text: the error */
    LOCAL_MAIL_POST,   /* channel, text: for everyone who has it open */
    LOCAL_MAIL_RESYNC, /* for everyone: frames were lost on the way to the web server */
    LOCAL_MAIL_STOP,
} local_mail_kind_t;

typedef struct {
    local_mail_kind_t kind;
    uint64_t conn;  /* a connection; its number is never used again */
    uint64_t hello; /* counts the hellos of a connection, from 1; 0: whichever */
    int64_t seq;
    char *channel;
    char *person;
    char *event; /* as the browser named it */
    char *text;
    char *value;
    char *message;
    atomic_bool sent; /* written by the one thread, read by the other: orders all of the above */
} local_mail_t;

local_mail_t *local_mail_new(local_mail_kind_t kind, uint64_t conn, uint64_t hello);
/* Frees it and what it points to. */
void local_mail_destroy(local_mail_t **self_p);

/* Never waits. True if it was taken (*mail_p is NULL then); false if the pipe is full. */
bool local_mail_send(zsock_t *pipe, local_mail_t **mail_p);
/* The next, or NULL. Never waits, unless wait is set. *term_r (may be NULL) is set when the actor
 * was told to end. */
local_mail_t *local_mail_receive(zsock_t *pipe, bool wait, bool *term_r);
