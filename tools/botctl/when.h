/* when.h: times as people type and read them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define WHEN_NONE INT64_MIN /* no time was given */
#define WHEN_SIZE 32        /* room for any time that is printed */

/* Milliseconds since 1970 of
 *   -6h, -1h30m, +2d, now          relative to now_ms
 *   2026-11-24                     midnight, UTC
 *   2026-11-24T10:00[:05[.250]]    UTC; a space instead of the T, and Z or +01:00 after it are fine
 *   @1795514400                    seconds since 1970
 * SB_EINVALID says what was expected. */
SB_MUSTCHECK int when_parse(const char *text, int64_t now_ms, int64_t *ms_r, sb_err_t *err);

/* "2026-11-24T10:00:05Z"; out has WHEN_SIZE bytes. Returns out. */
char *when_format(int64_t ms, char *out);

/* "3 s", "2 min", "4 h", "5 d": for how long something has been so. Returns out. */
char *when_span(int64_t ms, char *out);
