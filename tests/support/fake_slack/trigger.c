/* trigger.c */
#include "tests/support/fake_slack/trigger.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/mem.h"
#include "tests/support/fake_slack/content.h"
#include "tests/support/fake_slack/event.h"
#include "tests/support/fake_slack/slack.h"

#define ID_SIZE 80

typedef struct {
    char id[ID_SIZE];
    int64_t made_ms;
    user_t *user;
    channel_t *channel; /* NULL: no response_url */
    message_t *message; /* that the interaction was on; NULL: none */
    bool exchanged;
    int responses;
} trigger_t;

struct triggers {
    slack_t *slack;
    table_t *by_id;
    trigger_t *ring[TRIGGERS_MAX];
    size_t next;
    uint64_t made;
};

triggers_t *triggers_new(slack_t *slack)
{
    triggers_t *self = sb_alloc(sizeof *self);
    self->slack = slack;
    self->by_id = table_new();
    return self;
}

void triggers_destroy(triggers_t **self_p)
{
    triggers_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t i = 0; i < TRIGGERS_MAX; i++) {
        free(self->ring[i]);
    }
    table_destroy(&self->by_id);
    free(self);
    *self_p = NULL;
}

const char *triggers_add(triggers_t *self, user_t *user, channel_t *channel, message_t *message)
{
    uint8_t bytes[16];
    char hex[33];
    sb_random(bytes, sizeof bytes);
    sb_hex(bytes, sizeof bytes, hex);
    trigger_t *trigger = sb_alloc(sizeof *trigger);
    snprintf(trigger->id, sizeof trigger->id, "%" PRIu64 ".1000000000.%s", ++self->made, hex);
    trigger->made_ms = sb_clock_mono_ms();
    trigger->user = user;
    trigger->channel = channel;
    trigger->message = message;
    trigger_t *oldest = self->ring[self->next];
    if (oldest) {
        table_remove(self->by_id, oldest->id);
        free(oldest);
    }
    self->ring[self->next] = trigger;
    self->next = (self->next + 1) % TRIGGERS_MAX;
    table_set(self->by_id, trigger->id, trigger);
    return trigger->id;
}

static int64_t s_age_ms(const trigger_t *trigger)
{
    return sb_clock_mono_ms() - trigger->made_ms;
}

user_t *triggers_exchange(triggers_t *self, const char *id, const char **error_r)
{
    trigger_t *trigger = table_get(self->by_id, id);
    *error_r = !trigger                              ? "invalid_trigger_id"
               : trigger->exchanged                  ? "exchanged_trigger_id"
               : s_age_ms(trigger) > TRIGGER_LIFE_MS ? "expired_trigger_id"
                                                     : NULL;
    if (*error_r) {
        return NULL;
    }
    trigger->exchanged = true;
    return trigger->user;
}

char *triggers_response_url(const triggers_t *self, const char *id)
{
    return sb_format("%s" RESPONSE_PATH "%s", self->slack->base_url, id);
}

/* Puts a new message where the interaction was. */
static void s_post(triggers_t *self, const trigger_t *trigger, args_t *args, content_t *content)
{
    const char *type = args_str(args, "response_type");
    const bool shown = type && strcmp(type, "in_channel") == 0;
    message_t *message = channel_post(self->slack->channels, trigger->channel, self->slack->bot,
                                      NULL, !shown, false);
    message->from_app = true;
    message->seen_by = shown ? NULL : trigger->user;
    content_move(content, message, false);
    if (shown) {
        (void)event_posted(self->slack, message);
    }
}

static void s_replace(triggers_t *self, message_t *message, content_t *content)
{
    char *before = event_before(message);
    content_move(content, message, false);
    message->edited_us = channels_stamp(self->slack->channels);
    message->edited_by = self->slack->bot;
    (void)event_changed(self->slack, message, &before);
}

/* NULL, or the error. */
static const char *s_respond(triggers_t *self, trigger_t *trigger, call_t *call)
{
    message_t *message = trigger->message && !trigger->message->deleted ? trigger->message : NULL;
    if (args_bool(call->args, "delete_original", false)) {
        if (message) {
            (void)event_deleted(self->slack, message);
            message_delete(message);
        }
        return NULL;
    }
    content_t content;
    const char *error = content_read(call, false, &content);
    if (!error && message && args_bool(call->args, "replace_original", false)) {
        s_replace(self, message, &content);
    } else if (!error) {
        s_post(self, trigger, call->args, &content);
    }
    content_free(&content);
    return error;
}

void triggers_respond(triggers_t *self, const request_t *request, reply_t *reply)
{
    trigger_t *trigger = table_get(self->by_id, request->path + strlen(RESPONSE_PATH));
    const bool good = trigger && trigger->channel;
    const char *error = !good                                  ? "expired_url"
                        : s_age_ms(trigger) > RESPONSE_LIFE_MS ? "expired_url"
                        : trigger->responses == RESPONSES_MAX  ? "used_url"
                                                               : NULL;
    call_t call = {.slack = self->slack, .args = args_new(), .out = &reply->body};
    if (!error && !args_add_json(call.args, request->body.text, request->body.len)) {
        error = "invalid_payload";
    }
    if (!error) {
        trigger->responses++;
        error = s_respond(self, trigger, &call);
    }
    out_begin(&reply->body, NULL, '{');
    out_bool(&reply->body, "ok", !error);
    if (error) {
        reply->status = good ? 200 : 404;
        out_str(&reply->body, "error", error);
    }
    out_end(&reply->body, '}');
    args_destroy(&call.args);
    faults_told_free(&call.faults);
}
