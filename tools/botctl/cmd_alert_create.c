/* cmd_alert_create.c: hands alerts in, one by its options or many from JSON lines. */
#include <stdio.h>

#include "proto/taskd.h"
#include "tools/botctl/alert_row.h"
#include "tools/botctl/bulk.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"

typedef struct {
    const char *title;
    const char *person;
    const char *description;
    const char *reason;
    const char *url;
    const char *place;
    const char *hash;
    int64_t event_ms;
    const char *from;
    bool json;
} options_t;

#define AT(member) offsetof(options_t, member)

static const opt_t s_opts[] = {
    {"title",       't', OPT_TEXT, AT(title),       "TEXT", "the rule that fired",                         0, 0, 0, 0},
    {"person",      'p', OPT_TEXT, AT(person),      "NAME", "username of whom to ask",                     0, 0, 0, 0},
    {"name",        'n', OPT_TEXT, AT(person),      "NAME", "the same as --person",                        0, 0, 0, 0},
    {"description", 'd', OPT_TEXT, AT(description), "TEXT",
     "what the person is told about it; else the title",                                                   0, 0, 0, 0},
    {"reason",      'r', OPT_TEXT, AT(reason),      "TEXT", "more about why, quoted to the person",        0, 0, 0,
     0                                                                                                               },
    {"url",         'u', OPT_TEXT, AT(url),         "URL",  "where the security team reads on",            0, 0, 0, 0},
    {"place",       0,   OPT_TEXT, AT(place),       "TEXT", "where it happened: a host, a city",           0, 0, 0, 0},
    {"hash",        0,   OPT_TEXT, AT(hash),        "HEX",  "64 digits that name it; else random ones",    0, 0, 0, 0},
    {"event-time",  0,   OPT_TIME, AT(event_ms),    "TIME", "when it happened; else now",                  0, 0, 0, 0},
    {"from",        'f', OPT_TEXT, AT(from),        "FILE", "one JSON object a line; - is standard input", 0, 0,
     0,                                                                                                             0},
    {"json",        0,   OPT_FLAG, AT(json),        0,      "report as JSON lines",                        0, 0, 0, 0},
};

static exit_code_t s_create(ctl_t *ctl, const options_t *options)
{
    const alert_row_t row = {
        .hash = options->hash,
        .title = options->title,
        .person = options->person,
        .description = options->description,
        .reason = options->reason,
        .url = options->url,
        .place = options->place,
        .event_ms = options->event_ms,
    };
    sb_err_t err;
    cJSON *reply = NULL;
    cJSON *body = alert_row_body(&row, &err);
    if (!body) {
        return ctl_usage(ctl, "--%s", err.text);
    }
    char hash[SB_HASH_HEX + 1];
    (void)snprintf(hash, sizeof hash, "%s",
                   cJSON_GetObjectItemCaseSensitive(body, "hash")->valuestring);
    if (ctl_ask_taskd(ctl, "alert.create", &body, &reply, &err) != SB_OK) {
        const exit_code_t code = ctl_fail(ctl, &err);
        if (err.code == SB_ETIMEOUT) {
            ctl_note("whether it was accepted is not known; to repeat it safely add --hash %s",
                     hash);
        }
        return code;
    }
    sb_reader_t reader = sb_reader(reply, "alert.create", &err);
    const bool created = sb_read_bool(&reader, "created");
    const int code = sb_reader_code(&reader);
    cJSON_Delete(reply);
    if (code != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    if (options->json) {
        cJSON *line = sb_json_object();
        sb_json_add_str(line, "hash", hash);
        sb_json_add_bool(line, "created", created);
        ctl_print_json(&line);
    } else {
        (void)puts(hash);
    }
    if (!created) {
        ctl_note("it was there already");
    }
    return EXIT_OK;
}

static exit_code_t s_run(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words;
    (void)words_len;
    const options_t *options = options_v;
    if (!options->from) {
        return s_create(ctl, options);
    }
    if (options->title || options->person || options->hash || options->description ||
        options->reason || options->url || options->place) {
        return ctl_usage(ctl, "with --from the rows say all; leave the other options out");
    }
    return bulk_create(ctl, options->from, options->json);
}

const command_t cmd_alert_create = {
    .name = "alert create",
    .summary = "Hand in an alert, and print its hash",
    .usage = "",
    COMMAND_OPTS(s_opts, options_t),
    .run = s_run,
    .details =
        "--title and --person are needed. The same hash with the same content is the same alert:\n"
        "to repeat a request is safe. A row of FILE has title, person (or ldap), and any of\n"
        "description, reason, url, place, hash and event_time (seconds since 1970 or a TIME);\n"
        "what 'alert list --json' prints is fine too. Rows are reported one by one, in their\n"
        "order.",
};
