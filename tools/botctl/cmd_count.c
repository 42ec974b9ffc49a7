/* cmd_count.c: every alert that came in, and where it is now; the sums must agree. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"

typedef struct {
    bool json;
} options_t;

static const opt_t s_opts[] = {
    {"json", 0, OPT_FLAG, offsetof(options_t, json), 0, "as one JSON object", 0, 0, 0, 0},
};

static exit_code_t s_run(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    const options_t *options = options_v;
    cJSON *body = NULL;
    cJSON *reply = NULL;
    sb_err_t err;
    if (ctl_ask_taskd(ctl, "count", &body, &reply, &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    if (options->json) {
        ctl_print_json(&reply);
        return EXIT_OK;
    }
    sb_reader_t reader = sb_reader(reply, "count", &err);
    const int64_t in = sb_read_int(&reader, "in", 0, SB_JSON_INT_MAX);
    const int64_t open = sb_read_int(&reader, "open", 0, SB_JSON_INT_MAX);
    const int64_t confirmed = sb_read_int(&reader, "confirmed", 0, SB_JSON_INT_MAX);
    const int64_t by_rule = sb_read_int(&reader, "closed_by_rule", 0, SB_JSON_INT_MAX);
    const int64_t escalated = sb_read_int(&reader, "escalated", 0, SB_JSON_INT_MAX);
    const cJSON *outcomes = sb_read_object_or_null(&reader, "by_outcome");
    const int code = sb_reader_code(&reader);
    if (code == SB_OK) {
        (void)printf("in = confirmed + escalated + closed by rule + open\n"
                     "%" PRId64 " = %" PRId64 " + %" PRId64 " + %" PRId64 " + %" PRId64 "\n",
                     in, confirmed, escalated, by_rule, open);
        const cJSON *outcome;
        cJSON_ArrayForEach(outcome, outcomes)
        {
            (void)printf("  %-20s %.0f\n", outcome->string, outcome->valuedouble);
        }
    }
    cJSON_Delete(reply);
    if (code != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    if (in != confirmed + escalated + by_rule + open) {
        ctl_note("the sums do not agree: alerts are missing or counted twice");
        return EXIT_FAULT;
    }
    return EXIT_OK;
}

const command_t cmd_count = {
    .name = "count",
    .summary = "Count all alerts by how they ended",
    .usage = "",
    COMMAND_OPTS(s_opts, options_t),
    .run = s_run,
    .details = "Exit status 4 if what came in is not what ended and what is open.",
};
