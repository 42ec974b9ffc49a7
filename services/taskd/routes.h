/* routes.h: every request taskd knows, who may send it and how large it may be. */
#pragma once

#include "lib/bus_server.h"

extern const sb_route_t taskd_routes[];
extern const size_t taskd_routes_len;

/* The handlers; ctx is the taskd_t (taskd.h). */
sb_handler_fn taskd_on_ping;
sb_handler_fn taskd_on_stats;
sb_handler_fn taskd_on_request; /* everything that goes to the store */
