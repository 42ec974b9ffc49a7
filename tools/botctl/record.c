#include "tools/botctl/record.h"

#include <assert.h>
#include <string.h>

const cell_t record_columns[RECORD_COLUMNS] = {
    {"hash",          "hash",          CELL_TEXT  },
    {"title",         "title",         CELL_TEXT  },
    {"ldap",          "person",        CELL_TEXT  },
    {"reason",        "reason",        CELL_TEXT  },
    {"description",   "description",   CELL_TEXT  },
    {"url",           "url",           CELL_TEXT  },
    {"place",         "place",         CELL_TEXT  },
    {"comment",       "comment",       CELL_TEXT  },
    {"performed",     "performed",     CELL_YESNO },
    {"authenticated", "authenticated", CELL_YESNO },
    {"status",        "status",        CELL_NUMBER},
    {"event_time",    "event_ms",      CELL_TIME  },
    {"outcome",       "outcome",       CELL_TEXT  },
    {"state",         "state",         CELL_TEXT  },
    {"acked_ms",      "acked_ms",      CELL_NUMBER},
    {"acked_by",      "acked_by",      CELL_TEXT  },
    {"assigned_to",   "assigned_to",   CELL_TEXT  },
    {"disposition",   "disposition",   CELL_TEXT  },
    {"disposed_ms",   "disposed_ms",   CELL_NUMBER},
};

int record_set(const opt_list_t *names, record_set_t *set_r, sb_err_t *err)
{
    assert(names);
    assert(set_r);
    record_set_t set = 0;
    for (size_t i = 0; i < names->len; i++) {
        size_t column = 0;
        while (column < RECORD_COLUMNS &&
               strcmp(record_columns[column].head, names->items[i]) != 0) {
            column++;
        }
        if (column == RECORD_COLUMNS) {
            return sb_fail(err, SB_EINVALID,
                           "no column '%.64s'; there are hash, title, ldap, reason, description, "
                           "url, place, comment, performed, authenticated, status, event_time, "
                           "outcome, state, acked_ms, acked_by, assigned_to, disposition, "
                           "disposed_ms",
                           names->items[i]);
        }
        set |= 1u << column;
    }
    *set_r = set;
    return SB_OK;
}

cJSON *record_json(const cJSON *alert, record_set_t set)
{
    cJSON *record = sb_json_object();
    for (size_t i = 0; i < RECORD_COLUMNS; i++) {
        if (!(set & 1u << i)) {
            continue;
        }
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(alert, record_columns[i].member);
        if (cJSON_IsNumber(value) && record_columns[i].kind == CELL_TIME) {
            sb_json_add_int(record, record_columns[i].head, (int64_t)value->valuedouble / 1000);
        } else if (value) {
            sb_json_add(record, record_columns[i].head, sb_json_copy(value));
        } else {
            sb_json_add_str(record, record_columns[i].head, NULL);
        }
    }
    return record;
}

size_t record_cells(record_set_t set, cell_t cells[RECORD_COLUMNS])
{
    size_t len = 0;
    for (size_t i = 0; i < RECORD_COLUMNS; i++) {
        if (set & 1u << i) {
            cells[len++] = record_columns[i];
        }
    }
    return len;
}

void record_print(const cJSON *alert)
{
    static const cell_t cells[] = {
        {"hash",          "hash",          CELL_TEXT },
        {"title",         "title",         CELL_TEXT },
        {"person",        "person",        CELL_TEXT },
        {"description",   "description",   CELL_TEXT },
        {"reason",        "reason",        CELL_TEXT },
        {"url",           "url",           CELL_TEXT },
        {"place",         "place",         CELL_TEXT },
        {"state",         "state",         CELL_TEXT },
        {"outcome",       "outcome",       CELL_TEXT },
        {"performed",     "performed",     CELL_YESNO},
        {"authenticated", "authenticated", CELL_YESNO},
        {"factor",        "factor",        CELL_TEXT },
        {"comment",       "comment",       CELL_TEXT },
        {"event",         "event_ms",      CELL_TIME },
        {"accepted",      "created_ms",    CELL_TIME },
        {"asked",         "asked_ms",      CELL_TIME },
        {"ended",         "closed_ms",     CELL_TIME },
        {"acknowledged",  "acked_ms",      CELL_TIME },
        {"by",            "acked_by",      CELL_TEXT },
        {"assigned to",   "assigned_to",   CELL_TEXT },
        {"disposition",   "disposition",   CELL_TEXT },
        {"disposed",      "disposed_ms",   CELL_TIME },
    };
    cell_print_lines(alert, cells, sizeof cells / sizeof cells[0]);
}
