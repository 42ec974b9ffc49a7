/* record.h: an alert as the original's query tool and API show it, with the members that tell more:
 * place, outcome, state, and what responders made of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/json.h"
#include "tools/botctl/cell.h"
#include "tools/botctl/opt.h"

/* A set of columns, by their place in record_columns. */
typedef unsigned record_set_t;

enum {
    RECORD_HASH = 1 << 0,
    RECORD_TITLE = 1 << 1,
    RECORD_LDAP = 1 << 2,
    RECORD_REASON = 1 << 3,
    RECORD_DESCRIPTION = 1 << 4,
    RECORD_URL = 1 << 5,
    RECORD_PLACE = 1 << 6,
    RECORD_COMMENT = 1 << 7,
    RECORD_PERFORMED = 1 << 8,
    RECORD_AUTHENTICATED = 1 << 9,
    RECORD_STATUS = 1 << 10,
    RECORD_EVENT_TIME = 1 << 11,
    RECORD_OUTCOME = 1 << 12,
    RECORD_STATE = 1 << 13,
    RECORD_TEAM = ((1 << 5) - 1) << 14, /* acked_ms and the four behind it */
    RECORD_ALL = (1 << 19) - 1,
};
#define RECORD_COLUMNS 19

extern const cell_t record_columns[RECORD_COLUMNS];

/* The columns with these names. SB_EINVALID names one that does not exist. */
SB_MUSTCHECK int record_set(const opt_list_t *names, record_set_t *set_r, sb_err_t *err);

/* taskd's alert as an object with the members of set. event_time is in seconds, as it was. */
cJSON *record_json(const cJSON *alert, record_set_t set);

/* The cells of the columns in set, in order; returns how many. */
size_t record_cells(record_set_t set, cell_t cells[RECORD_COLUMNS]);

/* taskd's alert as "member   text" lines for people. */
void record_print(const cJSON *alert);
