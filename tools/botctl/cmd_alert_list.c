/* cmd_alert_list.c: alerts by the filters, orders and columns of the original's query tool. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bus.h"
#include "proto/taskd.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"
#include "tools/botctl/record.h"
#include "tools/botctl/when.h"

#define PAGE_SIZE 100 /* alerts asked for at once; long texts make even these a large answer */

typedef struct {
    opt_list_t titles;
    opt_list_t persons;
    const char *status;
    const char *state;
    const char *outcome;
    int performed;
    int authenticated;
    int64_t after_ms;
    int64_t before_ms;
    int64_t limit;
    bool all;
    const char *order;
    bool hash;
    bool time;
    bool url;
    bool anon;
    opt_list_t drop;
    bool json;
} options_t;

#define AT(member) offsetof(options_t, member)

static const opt_t s_opts[] = {
    {"titles",        0,   OPT_LIST,   AT(titles),        "TITLE...",   "only alerts of these rules",               0,            0,                       0, 0      },
    {"persons",       0,   OPT_NAMES,  AT(persons),       "NAME,...",   "only alerts on these people",              0,            0,                       0, 0      },
    {"ldap",          0,   OPT_NAMES,  AT(persons),       "NAME,...",   "the same as --persons",                    0,            0,                       0, 0      },
    {"status",        's', OPT_CHOICE, AT(status),        "0|1|2",      "new, in progress, closed",                 0,
     "0|1|2|new|progress|closed",                                                                                                                          0, 0      },
    {"state",         0,   OPT_CHOICE, AT(state),         "STATE",      "new, queued, asked, escalated or closed",  0,
     "new|queued|asked|escalated|closed",                                                                                                                  0, 0      },
    {"outcome",       0,   OPT_TEXT,   AT(outcome),       "NAME",       "how it ended: confirmed, denied, ...",     0,            0,                       0,
     0                                                                                                                                                               },
    {"performed",     'p', OPT_YESNO,  AT(performed),     "0|1",        "the person said no, or yes",               0,            0,                       0, 0      },
    {"authenticated", 0,   OPT_YESNO,  AT(authenticated), "0|1",        "not proven, or proven",                    0,            0,                       0, 0      },
    {"after",         0,   OPT_TIME,   AT(after_ms),      "TIME",       "events after it: -6h, 2026-11-24T10:00Z",  0,            0,                       0,
     0                                                                                                                                                               },
    {"before",        0,   OPT_TIME,   AT(before_ms),     "TIME",       "events before it",                         0,            0,                       0, 0      },
    {"limit",         'l', OPT_NUMBER, AT(limit),         "N",          "at most so many",                          "25",         0,                       1, 1000000},
    {"all",           0,   OPT_FLAG,   AT(all),           0,            "all there are, without a limit",           0,            0,                       0, 0      },
    {"order",         'o', OPT_CHOICE, AT(order),         "COLUMN",
     "event_time (newest first), ldap or title (A to Z)",                                                           "event_time", "event_time|ldap|title", 0,
     0                                                                                                                                                               },
    {"hash",          0,   OPT_FLAG,   AT(hash),          0,            "show the hash",                            0,            0,                       0, 0      },
    {"time",          't', OPT_FLAG,   AT(time),          0,            "show the time of the event",               0,            0,                       0, 0      },
    {"url",           'u', OPT_FLAG,   AT(url),           0,            "show the link",                            0,            0,                       0, 0      },
    {"anon",          'a', OPT_FLAG,   AT(anon),          0,            "leave out who it is about",                0,            0,                       0, 0      },
    {"drop",          0,   OPT_NAMES,  AT(drop),          "COLUMN,...", "leave out these columns",                  0,            0,                       0, 0      },
    {"json",          0,   OPT_FLAG,   AT(json),          0,            "one JSON object a line, with all columns", 0,            0,                       0, 0      },
};

static void s_add_list(cJSON *body, const char *key, const opt_list_t *list)
{
    if (list->len == 0) {
        return;
    }
    cJSON *array = sb_json_array();
    for (size_t i = 0; i < list->len; i++) {
        sb_json_push(array, cJSON_CreateString(list->items[i]));
    }
    sb_json_add(body, key, array);
}

static void s_add_time(cJSON *body, const char *key, int64_t ms)
{
    if (ms != WHEN_NONE) {
        sb_json_add_int(body, key, ms);
    }
}

static int64_t s_status(const char *word)
{
    static const char *const words[] = {"0", "new", "1", "progress", "2", "closed"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], word) == 0) {
            return (int64_t)i / 2;
        }
    }
    return 0;
}

static cJSON *s_query(const options_t *options, int64_t limit, const char *cursor)
{
    cJSON *body = sb_json_object();
    sb_json_add_int(body, "limit", limit);
    sb_json_add_str(body, "order", strcmp(options->order, "ldap") == 0 ? "person" : options->order);
    s_add_list(body, "titles", &options->titles);
    s_add_list(body, "persons", &options->persons);
    s_add_time(body, "after_ms", options->after_ms);
    s_add_time(body, "before_ms", options->before_ms);
    if (options->status) {
        sb_json_add_int(body, "status", s_status(options->status));
    }
    if (options->state) {
        sb_json_add_str(body, "state", options->state);
    }
    if (options->outcome) {
        sb_json_add_str(body, "outcome", options->outcome);
    }
    if (options->performed >= 0) {
        sb_json_add_bool(body, "performed", options->performed);
    }
    if (options->authenticated >= 0) {
        sb_json_add_bool(body, "authenticated", options->authenticated);
    }
    if (cursor) {
        sb_json_add_str(body, "cursor", cursor);
    }
    return body;
}

/* The columns that are shown; as in the original, a filter by status makes its column needless. */
static int s_columns(const options_t *options, record_set_t *set_r, sb_err_t *err)
{
    record_set_t drop;
    if (record_set(&options->drop, &drop, err) != SB_OK) {
        return sb_fail_in(err, "--drop");
    }
    if (options->anon) {
        drop |= RECORD_LDAP;
    }
    if (!options->json) {
        drop |= RECORD_STATE; /* outcome and status say it */
        drop |= RECORD_TEAM;
        drop |= options->hash ? 0u : RECORD_HASH;
        drop |= options->time ? 0u : RECORD_EVENT_TIME;
        drop |= options->url ? 0u : RECORD_URL;
        drop |= options->status ? RECORD_STATUS : 0u;
    }
    *set_r = RECORD_ALL & ~drop;
    return *set_r ? SB_OK : sb_fail(err, SB_EINVALID, "no column is left to show");
}

/* Asks page after page; with json they are printed at once, else kept in rows. */
static int s_pages(ctl_t *ctl, const options_t *options, record_set_t set, cJSON *rows,
                   sb_err_t *err)
{
    int64_t left = options->all ? INT64_MAX : options->limit;
    char *cursor = NULL;
    int code;
    do {
        cJSON *body = s_query(options, left < PAGE_SIZE ? left : PAGE_SIZE, cursor);
        cJSON *reply = NULL;
        free(cursor);
        cursor = NULL;
        code = ctl_ask_taskd(ctl, "alert.query", &body, &reply, err);
        if (code != SB_OK) {
            break;
        }
        sb_reader_t reader = sb_reader(reply, "alert.query", err);
        cJSON *alerts = (cJSON *)sb_read_array(&reader, "alerts", SB_QUERY_LIMIT_MAX);
        const char *next = sb_read_str_or(&reader, "cursor", SB_BODY_SIZE_MAX, NULL);
        cursor = next ? strdup(next) : NULL;
        code = sb_reader_code(&reader);
        for (cJSON *alert;
             code == SB_OK && left > 0 && (alert = cJSON_DetachItemFromArray(alerts, 0)) != NULL;
             left--) {
            if (options->json) {
                cJSON *record = record_json(alert, set);
                ctl_print_json(&record);
                cJSON_Delete(alert);
            } else {
                sb_json_push(rows, alert);
            }
        }
        cJSON_Delete(reply);
    } while (code == SB_OK && cursor && left > 0);
    free(cursor);
    return code;
}

static exit_code_t s_run(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    const options_t *options = options_v;
    sb_err_t err;
    record_set_t set = 0;
    if (s_columns(options, &set, &err) != SB_OK) {
        return ctl_usage(ctl, "%s", err.text);
    }
    cJSON *rows = sb_json_array();
    const int code = s_pages(ctl, options, set, rows, &err);
    if (code == SB_OK && !options->json) {
        cell_t cells[RECORD_COLUMNS];
        list_print(rows, cells, record_cells(set, cells), false, "no such alerts");
    }
    cJSON_Delete(rows);
    return code == SB_OK ? EXIT_OK : ctl_fail(ctl, &err);
}

const command_t cmd_alert_list = {
    .name = "alert list",
    .summary = "List alerts",
    .usage = "",
    COMMAND_OPTS(s_opts, options_t),
    .run = s_run,
    .details =
        "TIME is -6h (six hours ago), now, 2026-11-24 or 2026-11-24T10:00[:05][Z|+01:00]; without "
        "a\n"
        "zone it is UTC. The table is cut to the width of the terminal; $COLUMNS says another.",
};
