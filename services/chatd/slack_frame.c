/* slack_frame.c. */
#include "services/chatd/slack_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

static const char *s_text(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

/* A count or a number of seconds; 0 if it is none. */
static int64_t s_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    const bool good =
        cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= INT32_MAX;
    return good ? (int64_t)item->valuedouble : 0;
}

static void s_copy(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
}

static void s_hello(slack_frame_t *frame)
{
    const cJSON *debug = cJSON_GetObjectItemCaseSensitive(frame->json, "debug_info");
    frame->kind = SLACK_FRAME_HELLO;
    frame->connections = s_number(frame->json, "num_connections");
    frame->lifetime_s = s_number(debug, "approximate_connection_time");
}

static void s_envelope(slack_frame_t *frame, const char *type)
{
    static const struct {
        const char *type;
        slack_kind_t kind;
    } types[] = {
        {"events_api",     SLACK_EVENTS_API    },
        {"interactive",    SLACK_INTERACTIVE   },
        {"slash_commands", SLACK_SLASH_COMMANDS},
    };
    slack_envelope_t *envelope = &frame->envelope;
    const cJSON *payload = cJSON_GetObjectItemCaseSensitive(frame->json, "payload");
    s_copy(frame->type, sizeof frame->type, type);
    frame->kind = SLACK_FRAME_UNKNOWN;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i].type, type) == 0 && envelope->id[0] && cJSON_IsObject(payload)) {
            frame->kind = SLACK_FRAME_ENVELOPE;
            envelope->kind = types[i].kind;
        }
    }
    envelope->payload = payload;
    envelope->retry = (int)s_number(frame->json, "retry_attempt");
    s_copy(envelope->retry_reason, sizeof envelope->retry_reason,
           s_text(frame->json, "retry_reason"));
}

int slack_frame_parse(const char *text, size_t size, slack_frame_t *frame_r, sb_err_t *err)
{
    *frame_r = (slack_frame_t){0};
    frame_r->json = sb_json_parse_foreign(text, size, SLACK_FRAME_VALUES_MAX, err);
    if (!frame_r->json) {
        return sb_fail_in(err, "frame");
    }
    const char *id = s_text(frame_r->json, "envelope_id");
    if (strlen(id) >= SLACK_ENVELOPE_ID_MAX) {
        slack_frame_clear(frame_r);
        return sb_fail(err, SB_ETOOLARGE, "frame: an envelope_id of over %d bytes",
                       SLACK_ENVELOPE_ID_MAX - 1);
    }
    s_copy(frame_r->envelope.id, sizeof frame_r->envelope.id, id);
    const char *type = s_text(frame_r->json, "type");
    if (strcmp(type, "hello") == 0) {
        s_hello(frame_r);
    } else if (strcmp(type, "disconnect") == 0) {
        frame_r->kind = SLACK_FRAME_DISCONNECT;
        s_copy(frame_r->reason, sizeof frame_r->reason, s_text(frame_r->json, "reason"));
    } else {
        s_envelope(frame_r, type);
    }
    return SB_OK;
}

void slack_frame_clear(slack_frame_t *frame)
{
    cJSON_Delete(frame->json);
    *frame = (slack_frame_t){0};
}

char *slack_frame_ack(const char *id)
{
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "envelope_id", id);
    char *text = sb_json_print(json);
    cJSON_Delete(json);
    return text;
}
