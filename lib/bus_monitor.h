/* bus_monitor.h: what happens to a socket's connections, as a second socket that is read in the
 * same loop. */
#pragma once

#include <czmq.h>
#include <stdbool.h>

#include "lib/err.h"

#define SB_EVENTS_FAILED                                                                           \
    (ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |                       \
     ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL)

typedef struct {
    int event;      /* one of ZMQ_EVENT_ */
    uint32_t value; /* its meaning depends on the event */
} sb_event_t;

/* Before bind or connect. events: a set of ZMQ_EVENT_. The caller ends it with sb_monitor_close. */
zsock_t *sb_monitor_open(zsock_t *sock, int events, sb_err_t *err);
/* Before sock is destroyed. */
void sb_monitor_close(zsock_t *sock, zsock_t **monitor_p);

/* Takes the next event. False when none is there now. */
bool sb_monitor_read(zsock_t *monitor, sb_event_t *event_r);
