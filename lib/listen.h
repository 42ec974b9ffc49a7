/* listen.h: the address a web server of ours listens on. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

#define SB_HOST_MAX 256 /* bytes of a Host or Origin, with the NUL */

/* Splits "127.0.0.1:8080", "[::1]:0" or "localhost:8080" into host (without brackets) and port. No
 * other name is taken: what it means may change. */
SB_MUSTCHECK int sb_listen_parse(const char *listen, char host_r[SB_HOST_MAX], int *port_r,
                                 sb_err_t *err);

/* True for "localhost", 127.0.0.0/8 and ::1, with or without brackets. */
bool sb_listen_loopback(const char *host);
