/* local_host.h: whether a request was meant for us: the checks on Host and Origin. Pure.
 *
 * A page elsewhere may point a name of its own at our address (DNS rebinding) or open a WebSocket
 * to us from its own origin; a browser tells the truth about both, so both are refused here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

#define LOCAL_HOST_MAX 256 /* bytes of a Host or Origin, with the NUL */

/* Splits "127.0.0.1:8080", "[::1]:0" or "localhost:8080" into host (without brackets) and port. No
 * other name is taken: what it means may change. */
SB_MUSTCHECK int local_listen_parse(const char *listen, char host_r[LOCAL_HOST_MAX], int *port_r,
                                    sb_err_t *err);

/* True for "localhost", 127.0.0.0/8 and ::1, with or without brackets. */
bool local_host_loopback(const char *host);

/* header is a Host as it was sent, with or without a port. Loopback names and the names in extra
 * (NULL-ended, may be NULL) are allowed, whatever the port and the case. */
bool local_host_allowed(const char *header, char *const *extra);

/* True if origin is http:// or https:// and exactly this Host. */
bool local_origin_matches(const char *origin, const char *host_header);
