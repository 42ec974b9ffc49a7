/* cmd_exemptions.c: people who are not asked; each of their alerts goes to the security team. */
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"

typedef struct {
    bool json;
} list_options_t;

static const opt_t s_list_opts[] = {
    {"json", 0, OPT_FLAG, offsetof(list_options_t, json), 0, "one JSON object a line", 0, 0, 0, 0},
};

static exit_code_t s_list(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    const list_options_t *options = options_v;
    static const cell_t cells[] = {
        {"person", "person",   CELL_TEXT},
        {"reason", "reason",   CELL_TEXT},
        {"since",  "since_ms", CELL_TIME},
        {"by",     "actor",    CELL_TEXT}
    };
    cJSON *body = NULL;
    return list_request(ctl, "exemption.list", &body, "exemptions", cells, 4, options->json,
                        "no exemptions");
}

typedef struct {
    const char *reason;
} add_options_t;

static const opt_t s_add_opts[] = {
    {"reason", 'r', OPT_TEXT, offsetof(add_options_t, reason), "TEXT", "why", "exempted by hand", 0,
     0, 0},
};

static exit_code_t s_add(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    const add_options_t *options = options_v;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", words[0]);
    sb_json_add_str(body, "reason", options->reason);
    sb_json_add_str(body, "actor", ctl_actor(ctl));
    return ctl_do_taskd(ctl, "exemption.add", &body);
}

static exit_code_t s_remove(ctl_t *ctl, void *options, char **words, size_t words_len)
{
    (void)options;
    (void)words_len;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "person", words[0]);
    sb_json_add_str(body, "actor", ctl_actor(ctl));
    return ctl_do_taskd(ctl, "exemption.remove", &body);
}

const command_t cmd_exemptions_list = {
    .name = "exemptions list",
    .summary = "List the people who are not asked",
    .usage = "",
    COMMAND_OPTS(s_list_opts, list_options_t),
    .run = s_list,
};
const command_t cmd_exemptions_add = {
    .name = "exemptions add",
    .summary = "Ask a person no more; their alerts go to the security team",
    .usage = "PERSON",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_add_opts, add_options_t),
    .run = s_add,
};
const command_t cmd_exemptions_remove = {
    .name = "exemptions remove",
    .summary = "Ask a person again",
    .usage = "PERSON",
    .words_min = 1,
    .words_max = 1,
    .run = s_remove,
};
