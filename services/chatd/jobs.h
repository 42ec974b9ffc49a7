/* jobs.h: what botd may ask of a chatd: the table of routes for its workers, and the way from a
 * job's JSON to the driver and back (proto/chatd.md). */
#pragma once

#include "lib/bus_server.h"
#include "services/chatd/chat.h"

typedef struct {
    uint64_t sent;     /* chat.send that ended well */
    uint64_t updated;  /* chat.update that ended well */
    uint64_t failed;   /* jobs that did not, whatever they were */
    uint64_t given_up; /* of these: messages to the security team, for good */
} jobs_stats_t;

/* The context of the routes' handlers. */
typedef struct {
    const chat_driver_t *driver;
    void *self; /* the driver's own */
    jobs_stats_t stats;
} jobs_t;

extern const sb_route_t jobs_routes[];
extern const size_t jobs_routes_len;
