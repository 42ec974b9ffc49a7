/* cmd_alert_show.c: one alert with everything that happened to it. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "proto/bus.h"
#include "proto/taskd.h"
#include "tools/botctl/commands.h"
#include "tools/botctl/ctl.h"
#include "tools/botctl/record.h"
#include "tools/botctl/text.h"
#include "tools/botctl/when.h"

#define TIMELINE_MAX 200

typedef struct {
    bool json;
} options_t;

static const opt_t s_opts[] = {
    {"json", 0, OPT_FLAG, offsetof(options_t, json), 0, "as one JSON object", 0, 0, 0, 0},
};

/* "Timeline" and its rows; the cells of a row are joined by two blanks. */
static void s_print_events(const char *head, const cJSON *events, const cell_t *cells, size_t len)
{
    if (cJSON_GetArraySize(events) == 0) {
        return;
    }
    (void)printf("\n%s\n", head);
    const cJSON *event;
    cJSON_ArrayForEach(event, events)
    {
        sb_buf_t line = sb_buf(SB_BODY_SIZE_MAX);
        for (size_t i = 0; i < len; i++) {
            char *text = cell_text(event, &cells[i]);
            if (text) {
                sb_buf_puts(&line, "  ");
                text_escape_lines(&line, text, 4);
            }
            free(text);
        }
        (void)puts(sb_buf_text(&line));
        sb_buf_free(&line);
    }
}

static void s_print(const cJSON *alert, const cJSON *notes, const cJSON *timeline)
{
    static const cell_t note[] = {
        {"", "at_ms", CELL_TIME},
        {"", "actor", CELL_TEXT},
        {"", "text",  CELL_TEXT}
    };
    static const cell_t entry[] = {
        {"", "at_ms",  CELL_TIME},
        {"", "actor",  CELL_TEXT},
        {"", "action", CELL_TEXT},
        {"", "detail", CELL_JSON}
    };
    record_print(alert);
    s_print_events("Notes", notes, note, 3);
    s_print_events("Timeline", timeline, entry, 4);
}

static void s_print_json(const cJSON *alert, const cJSON *answer, const cJSON *notes,
                         const cJSON *timeline)
{
    cJSON *record = record_json(alert, RECORD_ALL);
    static const char *const more[] = {"factor", "event_ms", "created_ms", "asked_ms", "closed_ms"};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(alert, more[i]);
        sb_json_add(record, more[i], value ? sb_json_copy(value) : cJSON_CreateNull());
    }
    sb_json_add(record, "answer", answer ? sb_json_copy(answer) : cJSON_CreateNull());
    sb_json_add(record, "notes", notes ? sb_json_copy(notes) : sb_json_array());
    sb_json_add(record, "timeline", timeline ? sb_json_copy(timeline) : sb_json_array());
    ctl_print_json(&record);
}

static exit_code_t s_run(ctl_t *ctl, void *options_v, char **words, size_t words_len)
{
    (void)words_len;
    const options_t *options = options_v;
    cJSON *body = sb_json_object();
    cJSON *reply = NULL;
    cJSON *audit = NULL;
    sb_err_t err;
    sb_json_add_str(body, "hash", words[0]);
    if (ctl_ask_taskd(ctl, "alert.get", &body, &reply, &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    sb_reader_t reader = sb_reader(reply, "alert.get", &err);
    const cJSON *alert = sb_read_object(&reader, "alert");
    const cJSON *answer = sb_read_object_or_null(&reader, "answer");
    const cJSON *notes = sb_read_array_or_null(&reader, "notes", SB_JSON_MEMBERS_MAX);
    sb_reader_t inner = sb_reader_in(&reader, "alert", alert);
    const char *hash = sb_read_str(&inner, "hash", SB_HASH_HEX, SB_HASH_HEX);
    (void)sb_reader_join(&reader, &inner);
    int code = sb_reader_code(&reader);
    if (code == SB_OK) {
        body = sb_json_object();
        sb_json_add_str(body, "alert", hash);
        sb_json_add_int(body, "limit", TIMELINE_MAX);
        code = ctl_ask_taskd(ctl, "audit.read", &body, &audit, &err);
    }
    if (code == SB_OK) {
        const cJSON *timeline = cJSON_GetObjectItemCaseSensitive(audit, "entries");
        if (options->json) {
            s_print_json(alert, answer, notes, timeline);
        } else {
            s_print(alert, notes, timeline);
        }
    }
    cJSON_Delete(audit);
    cJSON_Delete(reply);
    return code == SB_OK ? EXIT_OK : ctl_fail(ctl, &err);
}

const command_t cmd_alert_show = {
    .name = "alert show",
    .summary = "Show one alert, its answer, notes and timeline",
    .usage = "HASH",
    .words_min = 1,
    .words_max = 1,
    COMMAND_OPTS(s_opts, options_t),
    .run = s_run,
    .details = "The first 6 digits of the hash are enough if no other alert begins so.",
};
