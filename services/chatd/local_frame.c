/* local_frame.c. The kind is found first, and what of a wrong frame can be read is kept, so that
 * the error can say which of the browser's frames it means. */
#include "services/chatd/local_frame.h"

#include <string.h>

#include "lib/mem.h"
#include "proto/localchat.h"

#define FRAME_MEMBERS_MAX 32 /* JSON values in one frame */

const char local_frame_resync[] = "{\"type\":\"" LOCALCHAT_RESYNC "\"}";

static const char *const s_types[] = {LOCALCHAT_HELLO, LOCALCHAT_PEOPLE, LOCALCHAT_SAY,
                                      LOCALCHAT_PRESS};

static bool s_event_valid(const char *event)
{
    static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    const size_t len = strspn(event, set);
    return len > 0 && len <= LOCALCHAT_EVENT_MAX && event[len] == '\0';
}

static void s_read_event(sb_reader_t *r, local_frame_t *frame)
{
    const char *event = sb_read_str(r, "event", 1, LOCALCHAT_EVENT_MAX);
    if (sb_reader_code(r)) {
        return;
    }
    if (!s_event_valid(event)) {
        sb_reader_fault(r, "event", "expected letters, digits and . _ - only");
        return;
    }
    frame->event = event;
}

static void s_read_hello(sb_reader_t *r, local_frame_t *frame)
{
    const char *view = sb_read_str_or(r, "view", SB_PERSON_ID_MAX, NULL);
    const char *as = sb_read_str_or(r, "as", SB_PERSON_ID_MAX, NULL);
    frame->after = sb_read_id_or(r, "after", -1);
    if (view && strcmp(view, LOCALCHAT_VIEW_SECURITY) != 0) {
        sb_reader_fault(r, "view", "expected \"" LOCALCHAT_VIEW_SECURITY "\"");
    } else if (!view && !as) {
        sb_reader_fault(r, "as", "expected as or view");
    } else if (as && !as[0]) {
        sb_reader_fault(r, "as", "expected a person");
    }
    frame->security = view != NULL;
    frame->as = as;
}

static void s_read_kind(sb_reader_t *r, local_frame_t *frame)
{
    switch (frame->kind) {
    case LOCAL_HELLO:
        s_read_hello(r, frame);
        break;
    case LOCAL_PEOPLE:
        frame->search = sb_read_str_or(r, "search", LOCALCHAT_SEARCH_MAX, "");
        break;
    case LOCAL_SAY:
        s_read_event(r, frame);
        frame->text = sb_read_str(r, "text", 1, SB_TEXT_MAX);
        break;
    case LOCAL_PRESS:
        s_read_event(r, frame);
        frame->message = sb_read_str(r, "message", 1, SB_EVENT_ID_MAX);
        frame->value = sb_read_str(r, "value", 1, SB_VALUE_MAX);
        frame->label = sb_read_str_or(r, "label", LOCALCHAT_LABEL_MAX, "");
        break;
    }
}

int local_frame_decode(const void *data, size_t size, local_frame_t *frame_r, sb_err_t *err)
{
    *frame_r = (local_frame_t){.after = -1};
    if (size > LOCALCHAT_FRAME_MAX) {
        return sb_fail(err, SB_ETOOLARGE, "frame: over %d bytes", LOCALCHAT_FRAME_MAX);
    }
    frame_r->json = sb_json_parse(data, size, FRAME_MEMBERS_MAX, err);
    if (!frame_r->json) {
        return sb_fail_in(err, "frame");
    }
    sb_reader_t r = sb_reader(frame_r->json, "frame", err);
    const int kind = sb_read_enum(&r, "type", s_types, sizeof s_types / sizeof s_types[0]);
    if (kind < 0) {
        return sb_reader_code(&r);
    }
    frame_r->kind = (local_frame_kind_t)kind;
    frame_r->about = s_types[kind];
    s_read_kind(&r, frame_r);
    return sb_reader_code(&r);
}

void local_frame_clear(local_frame_t *self)
{
    cJSON_Delete(self->json);
    *self = (local_frame_t){.after = -1};
}

/* Prints and frees. */
static char *s_text(cJSON *frame)
{
    char *text = sb_json_print(frame);
    cJSON_Delete(frame);
    return text;
}

static cJSON *s_frame(const char *type)
{
    cJSON *frame = sb_json_object();
    sb_json_add_str(frame, "type", type);
    return frame;
}

char *local_frame_history(const cJSON *messages, bool more, int64_t last)
{
    cJSON *frame = s_frame(LOCALCHAT_HISTORY);
    sb_json_add(frame, "messages", sb_json_copy(messages));
    sb_json_add_bool(frame, "more", more);
    sb_json_add_id(frame, "last", last);
    return s_text(frame);
}

char *local_frame_message(const cJSON *message)
{
    cJSON *frame = s_frame(LOCALCHAT_MESSAGE);
    sb_json_add(frame, "message", sb_json_copy(message));
    return s_text(frame);
}

char *local_frame_welcome(const char *channel, const cJSON *person, const char *security)
{
    cJSON *frame = s_frame(LOCALCHAT_WELCOME);
    sb_json_add_str(frame, "channel", channel);
    if (person) {
        sb_json_add(frame, "person", sb_json_copy(person));
    } else {
        sb_json_add_str(frame, "person", NULL);
    }
    sb_json_add_str(frame, "security", security);
    return s_text(frame);
}

char *local_frame_people(cJSON **people_p, bool more)
{
    cJSON *frame = s_frame(LOCALCHAT_PEOPLE);
    sb_json_add(frame, "people", *people_p);
    *people_p = NULL;
    sb_json_add_bool(frame, "more", more);
    return s_text(frame);
}

char *local_frame_ack(const char *event, const char *id)
{
    cJSON *frame = s_frame(LOCALCHAT_ACK);
    sb_json_add_str(frame, "event", event);
    sb_json_add_str(frame, "id", id);
    return s_text(frame);
}

char *local_frame_error(const char *about, const char *event, const sb_err_t *err)
{
    cJSON *frame = s_frame(LOCALCHAT_ERROR);
    sb_json_add_str(frame, "about", about);
    sb_json_add_str(frame, "event", event);
    sb_json_add_str(frame, "code", sb_code_name(err->code));
    sb_json_add_str(frame, "text", err->text);
    return s_text(frame);
}
