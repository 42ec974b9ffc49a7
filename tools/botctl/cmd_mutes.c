/* cmd_mutes.c: titles that are closed for a person without being asked. */
#include "lib/clock.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"
#include "tools/botctl/when.h"

typedef struct {
    const char *person;
    bool expired;
    int64_t limit;
    bool json;
} list_options_t;

#define AT(member) offsetof(list_options_t, member)
static const opt_t s_list_opts[] = {
    {"person",  'p', OPT_TEXT,   AT(person),  "NAME", "only those of this person", 0,    0, 0, 0  },
    {"expired", 0,   OPT_FLAG,   AT(expired), 0,      "those that are over, too",  0,    0, 0, 0  },
    {"limit",   'l', OPT_NUMBER, AT(limit),   "N",    "at most so many",           "50", 0, 1, 500},
    {"json",    0,   OPT_FLAG,   AT(json),    0,      "one JSON object a line",    0,    0, 0, 0  },
};
#undef AT

static exit_code_t s_list(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    const list_options_t *options = options_v;
    static const cell_t cells[] = {
        {"person", "person",   CELL_TEXT},
        {"title",  "title",    CELL_TEXT},
        {"reason", "reason",   CELL_TEXT},
        {"until",  "until_ms", CELL_TIME}
    };
    cJSON *body = sb_json_object();
    if (options->person) {
        sb_json_add_str(body, "person", options->person);
    }
    sb_json_add_bool(body, "expired", options->expired);
    sb_json_add_int(body, "limit", options->limit);
    return list_request(ctl, "mute.list", &body, "mutes", cells, 4, options->json, "no mutes");
}

typedef struct {
    int64_t for_ms;
    int64_t until_ms;
    const char *reason;
} add_options_t;

static const opt_t s_add_opts[] = {
    {"for",    0,   OPT_DURATION, offsetof(add_options_t, for_ms),   "TIME", "how long: 4h, 2d", 0,               0,
     1000,                                                                                                              366 * 86400000LL},
    {"until",  0,   OPT_TIME,     offsetof(add_options_t, until_ms), "TIME", "when it ends",     0,               0, 0, 0               },
    {"reason", 'r', OPT_TEXT,     offsetof(add_options_t, reason),   "TEXT", "why",              "muted by hand", 0, 0,
     0                                                                                                                                  },
};

static exit_code_t s_add(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    const add_options_t *options = options_v;
    if ((options->for_ms < 0) == (options->until_ms == WHEN_NONE)) {
        return ctl_usage(ctl, "say how long with either --for or --until");
    }
    const int64_t now_ms = sb_clock_wall_ms();
    const int64_t until_ms = options->for_ms < 0 ? options->until_ms : now_ms + options->for_ms;
    if (until_ms <= now_ms) {
        return ctl_usage(ctl, "--until lies in the past");
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", words[0]);
    sb_json_add_str(body, "title", words[1]);
    sb_json_add_str(body, "reason", options->reason);
    sb_json_add_int(body, "until_ms", until_ms);
    sb_json_add_str(body, "actor", ctl_actor(ctl));
    return ctl_do_taskd(ctl, "mute.add", &body);
}

static exit_code_t s_remove(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    (void)words_len;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", words[0]);
    sb_json_add_str(body, "title", words[1]);
    sb_json_add_str(body, "actor", ctl_actor(ctl));
    return ctl_do_taskd(ctl, "mute.remove", &body);
}

const command_t cmd_mutes_list = {
    .name = "mutes list",
    .summary = "List the titles that people are not asked about for a while",
    .usage = "",
    COMMAND_OPTS(s_list_opts, list_options_t),
    .run = s_list,
};
const command_t cmd_mutes_add = {
    .name = "mutes add",
    .summary = "Close a person's alerts of a title for a while without asking",
    .usage = "PERSON TITLE",
    .words_min = 2,
    .words_max = 2,
    COMMAND_OPTS(s_add_opts, add_options_t),
    .run = s_add,
};
const command_t cmd_mutes_remove = {
    .name = "mutes remove",
    .summary = "End a mute",
    .usage = "PERSON TITLE",
    .words_min = 2,
    .words_max = 2,
    .run = s_remove,
};
