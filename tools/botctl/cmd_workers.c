/* cmd_workers.c: who has come to botd for work. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"

typedef struct {
    bool json;
} options_t;

static const opt_t s_opts[] = {
    {"json", 0, OPT_FLAG, offsetof(options_t, json), 0, "the answer as one JSON object", 0, 0, 0,
     0},
};

static exit_code_t s_run(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    static const cell_t cells[] = {
        {"service",   "service",      CELL_TEXT  },
        {"driver",    "driver",       CELL_TEXT  },
        {"instance",  "instance",     CELL_TEXT  },
        {"credit",    "credit",       CELL_NUMBER},
        {"jobs",      "jobs",         CELL_NUMBER},
        {"heard ago", "heard_ms_ago", CELL_SPAN  },
        {"strikes",   "strikes",      CELL_NUMBER},
    };
    const options_t *options = options_v;
    cJSON *body = NULL;
    cJSON *reply = NULL;
    sb_err_t err;
    if (ctl_ask(ctl, SB_ROLE_BOTD, ctl_config(ctl)->botd, "workers", &body, &reply, &err)) {
        return ctl_fail(ctl, &err);
    }
    if (options->json) {
        ctl_print_json(&reply);
        return EXIT_OK;
    }
    sb_reader_t reader = sb_reader(reply, "workers", &err);
    const cJSON *workers = sb_read_array(&reader, "workers", SB_JSON_MEMBERS_MAX);
    const int code = sb_reader_code(&reader);
    if (code == SB_OK) {
        if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(reply, "leader"))) {
            ctl_note("this botd does not lead: workers' jobs come from another");
        }
        list_print(workers, cells, sizeof cells / sizeof cells[0], false, "no workers");
    }
    cJSON_Delete(reply);
    return code == SB_OK ? EXIT_OK : ctl_fail(ctl, &err);
}

const command_t cmd_workers = {
    .name = "workers",
    .summary = "List the workers that are connected to botd",
    .usage = "",
    COMMAND_OPTS(s_opts, options_t),
    .run = s_run,
    .details = "credit is how many jobs a worker takes at once, jobs how many it has, strikes how\n"
               "many it left unanswered in a row.",
};
