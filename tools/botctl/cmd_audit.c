/* cmd_audit.c: who did what, when. */
#include <stdlib.h>
#include <string.h>

#include "proto/taskd.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"

typedef struct {
    const char *alert;
    const char *person;
    const char *after;
    int64_t limit;
    bool json;
} options_t;

#define AT(member) offsetof(options_t, member)
static const opt_t s_opts[] = {
    {"alert",  0,   OPT_TEXT,   AT(alert),  "HASH", "only what concerns this alert",    0,    0, 0, 0  },
    {"person", 'p', OPT_TEXT,   AT(person), "NAME", "only what concerns this person",   0,    0, 0, 0  },
    {"after",  0,   OPT_TEXT,   AT(after),  "SEQ",  "the first entries after this one", 0,    0, 0, 0  },
    {"limit",  'l', OPT_NUMBER, AT(limit),  "N",    "at most so many",                  "50", 0, 1, 500},
    {"json",   0,   OPT_FLAG,   AT(json),   0,      "one JSON object a line",           0,    0, 0, 0  },
};

/* A list of the same items, oldest first. */
static cJSON *s_in_order(const cJSON *entries, bool newest_first)
{
    cJSON *rows = sb_json_array();
    const cJSON *entry;
    cJSON_ArrayForEach(entry, entries)
    {
        cJSON *copy = cJSON_Duplicate(entry, true);
        if (newest_first) {
            (void)cJSON_InsertItemInArray(rows, 0, copy);
        } else {
            sb_json_push(rows, copy);
        }
    }
    return rows;
}

static exit_code_t s_list(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    static const cell_t cells[] = {
        {"seq",    "seq",    CELL_TEXT},
        {"time",   "at_ms",  CELL_TIME},
        {"actor",  "actor",  CELL_TEXT},
        {"action", "action", CELL_TEXT},
        {"person", "person", CELL_TEXT},
        {"alert",  "alert",  CELL_TEXT},
        {"detail", "detail", CELL_JSON},
    };
    const options_t *options = options_v;
    cJSON *body = sb_json_object();
    const struct {
        const char *key;
        const char *text;
    } texts[] = {
        {"alert",  options->alert },
        {"person", options->person},
        {"after",  options->after }
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].text) {
            sb_json_add_str(body, texts[i].key, texts[i].text);
        }
    }
    sb_json_add_int(body, "limit", options->limit);
    sb_json_add_bool(body, "newest", !options->after);
    cJSON *reply = NULL;
    sb_err_t err;
    if (ctl_ask_taskd(ctl, "audit.read", &body, &reply, &err)) {
        return ctl_fail(ctl, &err);
    }
    sb_reader_t reader = sb_reader(reply, "audit.read", &err);
    const cJSON *entries = sb_read_array(&reader, "entries", SB_JSON_MEMBERS_MAX);
    const int code = sb_reader_code(&reader);
    if (code == SB_OK) {
        cJSON *rows = s_in_order(entries, !options->after);
        list_print(rows, cells, sizeof cells / sizeof cells[0], options->json, "no entries");
        cJSON_Delete(rows);
    }
    cJSON_Delete(reply);
    return code == SB_OK ? EXIT_OK : ctl_fail(ctl, &err);
}

const command_t cmd_audit_list = {
    .name = "audit list",
    .summary = "List who did what, and when",
    .usage = "",
    COMMAND_OPTS(s_opts, options_t),
    .run = s_list,
    .details = "Without --after, the newest ones; the last of them comes last. The last seq that "
               "was printed is good for the next --after.",
};
