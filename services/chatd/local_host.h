/* local_host.h: whether a request was meant for us: the checks on Host and Origin. Pure.
 *
 * A page elsewhere may point a name of its own at our address (DNS rebinding) or open a WebSocket
 * to us from its own origin; a browser tells the truth about both, so both are refused here. */
#pragma once

#include <stdbool.h>

#include "lib/listen.h"

/* header is a Host as it was sent, with or without a port. Loopback names and the names in extra
 * (NULL-ended, may be NULL) are allowed, whatever the port and the case. */
bool local_host_allowed(const char *header, char *const *extra);

/* True if origin is http:// or https:// and exactly this Host. */
bool local_origin_matches(const char *origin, const char *host_header);
