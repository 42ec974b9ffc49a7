/* cmd_health.c: ping and stats, over a daemon's control socket: no other daemon and no network is
 * needed for them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus_client.h"
#include "lib/mem.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/list.h"

typedef struct {
    const char *endpoint;
    int64_t timeout_ms;
    bool quiet;
    bool json;
} ping_options_t;

#define AT(member) offsetof(ping_options_t, member)
static const opt_t s_ping_opts[] = {
    {"endpoint", 0,   OPT_TEXT,     AT(endpoint),   "ENDPOINT",
     "where SERVICE answers; else its control key",                                                0,    0, 0,  0},
    {"timeout",  0,   OPT_DURATION, AT(timeout_ms), "TIME",     "how long to wait for each",       "2s", 0, 10,
     600000                                                                                                      },
    {"quiet",    'q', OPT_FLAG,     AT(quiet),      0,          "say it by the exit status alone", 0,    0, 0,  0},
    {"json",     0,   OPT_FLAG,     AT(json),       0,          "one JSON object a line",          0,    0, 0,  0},
};
#undef AT

static exit_code_t s_print_ping(ctl_t *ctl, const ping_options_t *options,
                                const ctl_service_t *service, cJSON *reply)
{
    static const cell_t cells[] = {
        {"", "version",  CELL_TEXT},
        {"", "instance", CELL_TEXT}
    };
    (void)ctl;
    const bool ready = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(reply, "ready"));
    if (options->json) {
        cJSON *line = sb_json_copy(reply);
        ctl_print_json(&line);
    } else if (!options->quiet) {
        char *version = cell_text(reply, &cells[0]);
        char *instance = cell_text(reply, &cells[1]);
        (void)printf("%s %s (version %s, instance %s)\n", service->name,
                     ready ? "is ready" : "is not ready", version ? version : "?",
                     instance ? instance : "?");
        free(version);
        free(instance);
    }
    return ready ? EXIT_OK : EXIT_REFUSED;
}

static exit_code_t s_ping_one(ctl_t *ctl, const ping_options_t *options,
                              const ctl_service_t *service)
{
    const char *endpoint =
        options->endpoint ? options->endpoint : ctl_service_control(ctl_config(ctl), service);
    cJSON *body = NULL;
    cJSON *reply = NULL;
    sb_err_t err;
    ctl_act_as(ctl, service->role);
    if (ctl_ask_within(ctl, service->role, endpoint, "ping", &body, options->timeout_ms, &reply,
                       &err) != SB_OK) {
        return options->quiet ? exit_of(err.code) : ctl_fail(ctl, &err);
    }
    const exit_code_t code = s_print_ping(ctl, options, service, reply);
    cJSON_Delete(reply);
    return code;
}

static exit_code_t s_unknown_service(ctl_t *ctl, const char *name)
{
    return ctl_usage(ctl, "no service '%.64s'; there are taskd, botd, chatd, authd and webd", name);
}

static exit_code_t s_ping(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    const ping_options_t *options = options_v;
    if (options->endpoint && words_len == 0) {
        return ctl_usage(ctl, "say whose --endpoint it is: botctl ping SERVICE --endpoint ...");
    }
    if (words_len > 0) {
        const ctl_service_t *service = ctl_service_find(words[0]);
        return service ? s_ping_one(ctl, options, service) : s_unknown_service(ctl, words[0]);
    }
    exit_code_t worst = EXIT_OK;
    for (size_t i = 0; i < ctl_services_len; i++) {
        if (ctl_services[i].optional) {
            continue;
        }
        const exit_code_t code = s_ping_one(ctl, options, &ctl_services[i]);
        worst = code > worst ? code : worst;
    }
    return worst;
}

typedef struct {
    const char *endpoint;
    bool json;
} stats_options_t;

static const opt_t s_stats_opts[] = {
    {"endpoint", 0, OPT_TEXT, offsetof(stats_options_t, endpoint), "ENDPOINT",
     "where SERVICE answers; else its control key",                                                  0, 0, 0, 0},
    {"json",     0, OPT_FLAG, offsetof(stats_options_t, json),     0,          "as one JSON object", 0, 0, 0, 0},
};

/* "server.requests  17"; objects within are written with dots. */
static void s_print_stats(const cJSON *object, const char *prefix)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        const char *name = member->string ? member->string : "";
        char *path = prefix[0] ? sb_format("%s.%s", prefix, name) : sb_strdup(name);
        if (cJSON_IsObject(member)) {
            s_print_stats(member, path);
        } else {
            char *text =
                cJSON_IsString(member) ? sb_strdup(member->valuestring) : sb_json_print(member);
            (void)printf("%-36s %s\n", path, text);
            free(text);
        }
        free(path);
    }
}

static exit_code_t s_stats(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    const stats_options_t *options = options_v;
    const ctl_service_t *service = ctl_service_find(words[0]);
    if (!service) {
        return s_unknown_service(ctl, words[0]);
    }
    const char *endpoint =
        options->endpoint ? options->endpoint : ctl_service_control(ctl_config(ctl), service);
    cJSON *body = NULL;
    cJSON *reply = NULL;
    sb_err_t err;
    if (ctl_ask(ctl, service->role, endpoint, "stats", &body, &reply, &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    if (options->json) {
        ctl_print_json(&reply);
    } else {
        s_print_stats(reply, "");
        cJSON_Delete(reply);
    }
    return EXIT_OK;
}

const command_t cmd_ping = {
    .name = "ping",
    .summary = "Ask daemons whether they are ready",
    .usage = "[SERVICE]",
    .words_max = 1,
    COMMAND_OPTS(s_ping_opts, ping_options_t),
    .run = s_ping,
    .details =
        "SERVICE is taskd, botd, chatd, authd or webd; without it all are asked but webd, which\n"
        "is not everywhere. Exit status:\n"
        "0 ready, 1 it answered that it is not ready, 3 it did not answer. A botd that\n"
        "stands by for another is not ready. Where there is no key of botctl's own, the key of "
        "the\n"
        "daemon itself serves, so that a container needs no other.",
};
const command_t cmd_stats = {
    .name = "stats",
    .summary = "Print a daemon's counters",
    .usage = "SERVICE",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_stats_opts, stats_options_t),
    .run = s_stats,
};
