/* alert_row.h: an alert to be made, from options or from one line of JSON. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/json.h"

typedef struct {
    const char *hash; /* NULL: a random one is made */
    const char *title;
    const char *person;
    const char *description; /* NULL: the title */
    const char *reason;
    const char *url;
    const char *place;
    int64_t event_ms; /* WHEN_NONE: now */
} alert_row_t;

/* The body of alert.create. Limits are checked here, so that the text can name the option. A hash
 * is always set, so that the request may be repeated. NULL and err if something is wrong. */
cJSON *alert_row_body(const alert_row_t *row, sb_err_t *err);

/* The same from a JSON object with the names that `alert list --json` prints, or person for ldap.
 * event_time is in seconds, or a time as when_parse takes it. The other members that `alert list`
 * prints are passed over; one that nobody knows is refused. */
cJSON *alert_row_parse(const char *line, size_t size, int64_t now_ms, sb_err_t *err);
