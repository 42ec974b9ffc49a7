/* tz.h: time of day in an IANA zone, per call and from any thread; the process's TZ is left alone.
 *
 * Reads TZif files (RFC 9636), version 1 to 4, and the POSIX TZ string in their footer for times
 * after the last transition. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SB_TZ_FILE_SIZE_MAX (512 * 1024)

typedef struct sb_tz sb_tz_t;

/* zone is a name like "America/Los_Angeles" or "UTC", looked up in folder (NULL:
 * /usr/share/zoneinfo). Names that leave the folder are refused. */
sb_tz_t *sb_tz_load(const char *folder, const char *zone, sb_err_t *err);
/* From the bytes of a file. */
sb_tz_t *sb_tz_parse(const void *data, size_t size, sb_err_t *err);
void sb_tz_destroy(sb_tz_t **self_p);

typedef struct {
    int year;    /* 2026 */
    int month;   /* 1..12 */
    int day;     /* 1..31 */
    int weekday; /* 0 Sunday .. 6 */
    int hour, minute, second;
    int32_t offset_s; /* seconds east of UTC */
    char abbreviation[16];
} sb_local_t;

/* seconds since 1970 UTC to local time. */
void sb_tz_local(const sb_tz_t *self, int64_t utc_s, sb_local_t *local_r);

/* Local time to UTC. A time that a change of clocks skips gives the instant of the change; one
 * that comes twice gives the first. Fields beyond their range are carried (day 32, hour 24). */
int64_t sb_tz_utc(const sb_tz_t *self, int year, int month, int day, int hour, int minute,
                  int second);
