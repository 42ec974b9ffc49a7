/* chat.h: the port to a chat system: what a driver does for chatd. What chatd does for a driver is
 * in host.h.
 *
 * A driver has two halves. The one whose functions stand here runs on chatd's core thread and never
 * blocks. Its foreign library (a web server, an HTTP client, a socket to a chat system) runs in a
 * zactor of its own; the halves are joined by a bounded pipe on which both send without waiting,
 * and each names its limit and what happens when it is reached.
 *
 * Nothing said is lost: what a driver heard it hands up with chat_host_hear (host.h), and it
 * acknowledges to its chat system only when that calls back with SB_OK, which is after the store's
 * commit. On any other code it does not, and the chat system delivers again, perhaps to another
 * chatd; the store knows an event that it has.
 *
 * Nothing is said twice: jobs come under the id of an outbox row, and one that may have been done
 * before says so (`again`). A driver whose chat system doesn't know ids looks then whether it was
 * sent, and so it does after a send of its own whose outcome is not known. */
#pragma once

#include "lib/err.h"
#include "lib/json.h"
#include "services/chatd/card.h"
#include "services/chatd/config.h"
#include "services/chatd/host.h"

typedef struct {
    const char *label;
    const char *value; /* ACTION:HASH, comes back as it is */
    const char *style; /* "primary", "danger", "plain" */
    const char *url;   /* to be opened, and then no answer; or NULL */
} chat_button_t;

/* A job, borrowed for the call. */
typedef struct {
    const char *id; /* of the outbox row; of a message that is changed: of the row that sent it */
    const char *to; /* "@alice" or "#security", which is the reporting channel */
    const char *chat_id; /* the person's id in the chat system, or NULL */
    const char *message; /* update: the message's id in the chat system, or NULL if not known */
    const char *alert;   /* the alert's hash, or NULL */
    const char *text;    /* as in proto/chatd.md */
    const chat_button_t *buttons;
    size_t buttons_len;
    const chat_card_t *card; /* what it is about, or NULL */
    const char *thread;      /* id of the outbox row under whose message it belongs, or NULL */
    bool again;              /* it may have been sent already: look before it is said */
    int64_t until_ms;        /* on sb_clock_mono_ms(): nobody waits for its end any more */
} chat_message_t;

/* Ends a job: exactly once, perhaps before the function that took the job has returned. SB_OK, and
 * message is the chat system's id (NULL: not found, by lookup); or a code of proto/chatd.md and err
 * says why. Both are borrowed for the call. */
typedef void(chat_done_fn)(void *arg, int code, const char *message, const sb_err_t *err);

typedef struct {
    const char *name;
    const char *hear; /* the request by which the store takes what was heard */
    const char *const
        *topics; /* hints that it wants, NULL-ended; NULL: none, nor hint and resync */
    bool slow;   /* a job may take longer than a worker may be silent about it */
    /* host and config outlive the driver. NULL and err if it can't start. */
    void *(*new)(chat_host_t *host, const chatd_config_t *config, sb_err_t *err);
    /* Hears nothing from now on. What is open ends, with SB_ERETRY if it must. */
    void (*stop)(void *self);
    /* After stop, and when no call on the host is open any more. */
    void (*destroy)(void **self_p);
    void (*send)(void *self, const chat_message_t *message, chat_done_fn *done, void *arg);
    void (*update)(void *self, const chat_message_t *message, chat_done_fn *done, void *arg);
    /* Was id sent to `to`? */
    void (*lookup)(void *self, const chat_message_t *message, chat_done_fn *done, void *arg);
    /* Tells the store who is there (chat_host_sync). At start and on SIGHUP. */
    void (*people)(void *self);
    void (*hint)(void *self, const char *topic, const cJSON *body);
    /* Hints may have been missed. */
    void (*resync)(void *self);
    /* Where it can be reached ("http://127.0.0.1:8080/"), under this name in the endpoint file;
     * NULL if nowhere. */
    const char *(*address)(void *self, const char **name_r);
    void (*stats)(void *self, cJSON *object);
} chat_driver_t;

/* The row of a name, or NULL. */
const chat_driver_t *chat_driver_find(const char *name);
/* "local|slack", as the configuration's table wants it. */
#define CHAT_DRIVERS "local|slack"
/* The row at an index into CHAT_DRIVERS. */
const chat_driver_t *chat_driver_at(size_t i);

extern const chat_driver_t chat_local;
extern const chat_driver_t chat_slack;
