/* cmd_factor.c: what would happen if a person had to prove that it was them. */
#include <string.h>

#include "proto/authd.h"
#include "proto/taskd.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"

#define CHECK_MS_MIN 20000 /* each provider has its share of it */

typedef struct {
    bool json;
} options_t;

static const opt_t s_opts[] = {
    {"json", 0, OPT_FLAG, offsetof(options_t, json), 0, "one JSON object a line", 0, 0, 0, 0},
};

static bool s_any_ok(const cJSON *drivers)
{
    const cJSON *driver;
    cJSON_ArrayForEach(driver, drivers)
    {
        const char *status =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(driver, "status"));
        if (status && strcmp(status, SB_FACTOR_OK) == 0) {
            return true;
        }
    }
    return false;
}

static exit_code_t s_check(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    static const cell_t cells[] = {
        {"factor",             "driver",   CELL_TEXT},
        {"status",             "status",   CELL_TEXT},
        {"strength",           "strength", CELL_TEXT},
        {"what would be done", "text",     CELL_TEXT},
    };
    const options_t *options = options_v;
    const ctl_config_t *config = ctl_config(ctl);
    const int64_t timeout_ms =
        config->timeout_ms > CHECK_MS_MIN ? config->timeout_ms : CHECK_MS_MIN;
    cJSON *body = sb_json_object();
    cJSON *reply = NULL;
    sb_err_t err;
    sb_json_add_str(body, "person", words[0]);
    if (ctl_ask_within(ctl, SB_ROLE_BOTD, config->botd, SB_FACTOR_CHECK, &body, timeout_ms, &reply,
                       &err)) {
        return ctl_fail(ctl, &err);
    }
    sb_reader_t reader = sb_reader(reply, SB_FACTOR_CHECK, &err);
    const cJSON *drivers = sb_read_array(&reader, "drivers", SB_DRIVERS_MAX);
    const int code = sb_reader_code(&reader);
    const bool can = s_any_ok(drivers);
    if (code == SB_OK) {
        list_print(drivers, cells, sizeof cells / sizeof cells[0], options->json, "no factors");
    }
    if (code == SB_OK && !can && !options->json) {
        ctl_note("%s can't prove anything now: what they confirm goes to the security team",
                 words[0]);
    }
    cJSON_Delete(reply);
    if (code != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    return can ? EXIT_OK : EXIT_REFUSED;
}

const command_t cmd_factor_check = {
    .name = "factor check",
    .summary = "Say what would happen if a person had to prove who they are",
    .usage = "PERSON",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_opts, options_t),
    .run = s_check,
    .details = "Every factor that authd has is tried as far as that asks nobody: the person gets\n"
               "no push, no message and no page. The status is 1 if they can use none.",
};
