/* live.h: a loop that hears taskd's hints about alerts and asks taskd about them. */
#pragma once

#include "lib/bus_client.h"
#include "lib/bus_hint.h"
#include "tools/botctl/ctl.h"

typedef struct {
    ctl_t *ctl;
    zloop_t *loop;
    sb_client_t *client;
    sb_hears_t *hears;
} live_t;

#define LIVE_CALLS_MAX 64

/* Hints come to on_hint, and on_resync is called whenever some may have been missed. The caller
 * ends with live_close, also after an error. */
SB_MUSTCHECK int live_open(live_t *self, ctl_t *ctl, sb_hint_fn *on_hint, sb_resync_fn *on_resync,
                           void *arg, sb_err_t *err);
void live_close(live_t *self);

/* Asks taskd; the answer comes to fn. Takes the body. */
void live_ask(live_t *self, const char *request, cJSON **body_p, sb_reply_fn *fn, void *arg);

/* Ends the loop after what runs now. */
void live_end(live_t *self);

/* Member `key` of a hint or record, "" if it is no string. */
const char *live_text(const cJSON *object, const char *key);
/* True if an alert's state is one that no one can change. */
bool live_ended(const char *state);
