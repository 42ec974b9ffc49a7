/* chat_session.c. The hello comes first on every socket; what waits follows its welcome. */
#include "tools/botctl/chat_session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/utf8.h"
#include "proto/localchat.h"

#define MEMBERS_MAX 65536 /* JSON values in a frame of the chat's */

typedef struct unsent unsent_t;
struct unsent {
    char *event;
    char *what; /* the text or the value */
    char *frame;
    bool sent;        /* over this socket */
    int64_t again_ms; /* not before */
    unsent_t *next;
};

typedef struct {
    char *id; /* NULL: the place is free */
    int64_t seq;
    cJSON *buttons; /* now; an array */
    cJSON *had;     /* the last that were not empty, or NULL */
} known_t;

struct chat_session {
    char *as; /* NULL: nobody */
    bool security;
    char *prefix;
    const chat_session_fns_t *fns;
    void *ctx;
    uint64_t events;  /* ids given out */
    bool open;        /* there is a socket */
    bool hello_due;   /* hello is to be said */
    int64_t hello_ms; /* not before */
    bool welcomed;    /* on this socket */
    bool complete;    /* the history has ended, on this socket */
    bool ready;       /* it has ended once */
    bool dead;
    char *trouble;    /* text of the last error that may be repeated */
    int64_t after;    /* the seq whose predecessors are all known; -1: none */
    int64_t seen;     /* the greatest of live messages; -1: none */
    unsent_t *unsent; /* the oldest first */
    unsent_t **unsent_end;
    size_t unsent_len;
    known_t known[CHAT_SESSION_MEMORY];
    size_t known_next; /* the place that is used next */
};

chat_session_t *chat_session_new(const char *as, bool security, const char *prefix,
                                 const chat_session_fns_t *fns, void *ctx)
{
    assert(prefix && fns);
    assert(as || security);
    chat_session_t *self = sb_alloc(sizeof *self);
    self->as = sb_strdup(as);
    self->security = security;
    self->prefix = sb_strdup(prefix);
    self->fns = fns;
    self->ctx = ctx;
    self->after = -1;
    self->seen = -1;
    self->unsent_end = &self->unsent;
    return self;
}

static void s_unsent_free(unsent_t *unsent)
{
    free(unsent->event);
    free(unsent->what);
    free(unsent->frame);
    free(unsent);
}

static void s_known_clear(known_t *known)
{
    free(known->id);
    cJSON_Delete(known->buttons);
    cJSON_Delete(known->had);
    *known = (known_t){.seq = -1};
}

void chat_session_destroy(chat_session_t **self_p)
{
    chat_session_t *self = *self_p;
    if (!self) {
        return;
    }
    while (self->unsent) {
        unsent_t *next = self->unsent->next;
        s_unsent_free(self->unsent);
        self->unsent = next;
    }
    for (size_t i = 0; i < CHAT_SESSION_MEMORY; i++) {
        s_known_clear(&self->known[i]);
    }
    free(self->as);
    free(self->prefix);
    free(self->trouble);
    free(self);
    *self_p = NULL;
}

/* ---- Saying. */

static int s_keep(chat_session_t *self, cJSON *frame, const char *what, sb_err_t *err)
{
    if (self->unsent_len >= CHAT_SESSION_UNSENT_MAX) {
        cJSON_Delete(frame);
        return sb_fail(err, SB_EBUSY, "%d messages wait to be sent; no more are taken",
                       CHAT_SESSION_UNSENT_MAX);
    }
    unsent_t *unsent = sb_alloc(sizeof *unsent);
    unsent->event = sb_format("%s-%llu", self->prefix, (unsigned long long)++self->events);
    unsent->what = sb_strdup(what);
    sb_json_add_str(frame, "event", unsent->event);
    unsent->frame = sb_json_print(frame);
    cJSON_Delete(frame);
    *self->unsent_end = unsent;
    self->unsent_end = &unsent->next;
    self->unsent_len++;
    return SB_OK;
}

static cJSON *s_frame(const char *type)
{
    cJSON *frame = sb_json_object();
    sb_json_add_str(frame, "type", type);
    return frame;
}

static int s_check_speaker(const chat_session_t *self, bool press, sb_err_t *err)
{
    if (!self->security || (self->as && press)) {
        return SB_OK;
    }
    return sb_fail(err, SB_EINVALID,
                   self->as ? "nobody speaks in the security channel; press a button"
                            : "the security channel is only read");
}

int chat_session_say(chat_session_t *self, const char *text, sb_err_t *err)
{
    const size_t size = strlen(text);
    if (s_check_speaker(self, false, err)) {
        return err->code;
    }
    if (size == 0 || size > SB_TEXT_MAX) {
        return sb_fail(err, SB_EINVALID, "a message has 1 to %d bytes, not %zu", SB_TEXT_MAX, size);
    }
    if (!sb_utf8_valid(text, size, NULL)) {
        return sb_fail(err, SB_EINVALID, "a message is UTF-8");
    }
    cJSON *frame = s_frame(LOCALCHAT_SAY);
    sb_json_add_str(frame, "text", text);
    return s_keep(self, frame, text, err);
}

static const char *s_label(const cJSON *buttons, const char *value)
{
    const cJSON *button;
    cJSON_ArrayForEach(button, buttons)
    {
        const char *has = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(button, "value"));
        const char *label = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(button, "label"));
        if (has && strcmp(has, value) == 0) {
            return label ? label : "";
        }
    }
    return NULL;
}

/* The newest that has or had such a button. */
static const known_t *s_with_button(const chat_session_t *self, const char *value)
{
    const known_t *found = NULL;
    for (size_t i = 0; i < CHAT_SESSION_MEMORY; i++) {
        const known_t *known = &self->known[i];
        if (known->id && s_label(known->had, value) && (!found || known->seq > found->seq)) {
            found = known;
        }
    }
    return found;
}

int chat_session_press(chat_session_t *self, const char *value, const char *message, sb_err_t *err)
{
    if (s_check_speaker(self, true, err)) {
        return err->code;
    }
    const known_t *known = s_with_button(self, value);
    if (!message && !known) {
        return sb_fail(err, SB_EINVALID, "no message has a button of the value %.80s", value);
    }
    cJSON *frame = s_frame(LOCALCHAT_PRESS);
    sb_json_add_str(frame, "message", message ? message : known->id);
    sb_json_add_str(frame, "value", value);
    sb_json_add_str(frame, "label", known ? s_label(known->had, value) : NULL);
    return s_keep(self, frame, value, err);
}

/* ---- Sending. */

void chat_session_opened(chat_session_t *self)
{
    self->open = true;
    self->hello_due = true;
    self->hello_ms = 0;
}

/* Nothing that was sent and not acknowledged can be trusted to have arrived. */
static void s_begin_anew(chat_session_t *self)
{
    self->welcomed = false;
    self->complete = false;
    for (unsent_t *unsent = self->unsent; unsent; unsent = unsent->next) {
        unsent->sent = false;
        unsent->again_ms = 0;
    }
}

void chat_session_closed(chat_session_t *self)
{
    self->open = false;
    self->hello_due = false;
    s_begin_anew(self);
}

static char *s_hello(chat_session_t *self)
{
    cJSON *frame = s_frame(LOCALCHAT_HELLO);
    if (self->security) {
        sb_json_add_str(frame, "view", LOCALCHAT_VIEW_SECURITY);
    }
    if (self->as) {
        sb_json_add_str(frame, "as", self->as);
    }
    if (self->after >= 0) {
        sb_json_add_id(frame, "after", self->after);
    }
    char *text = sb_json_print(frame);
    cJSON_Delete(frame);
    self->hello_due = false;
    self->welcomed = false;
    return text;
}

char *chat_session_next(chat_session_t *self, int64_t now_ms)
{
    if (!self->open || self->dead) {
        return NULL;
    }
    if (self->hello_due) {
        return now_ms >= self->hello_ms ? s_hello(self) : NULL;
    }
    unsent_t *first = self->unsent;
    if (!self->welcomed || !first || first->sent || now_ms < first->again_ms) {
        return NULL;
    }
    first->sent = true;
    return sb_strdup(first->frame);
}

int64_t chat_session_due_ms(const chat_session_t *self)
{
    if (!self->open || self->dead) {
        return INT64_MAX;
    }
    if (self->hello_due) {
        return self->hello_ms;
    }
    if (self->welcomed && self->unsent && !self->unsent->sent) {
        return self->unsent->again_ms;
    }
    return INT64_MAX;
}

/* ---- Receiving. */

static known_t *s_known(chat_session_t *self, const char *id)
{
    for (size_t i = 0; i < CHAT_SESSION_MEMORY; i++) {
        if (self->known[i].id && strcmp(self->known[i].id, id) == 0) {
            return &self->known[i];
        }
    }
    return NULL;
}

static void s_remember_buttons(known_t *known, const cJSON *buttons)
{
    cJSON_Delete(known->buttons);
    known->buttons = buttons ? sb_json_copy(buttons) : sb_json_array();
    if (cJSON_GetArraySize(known->buttons) > 0) {
        cJSON_Delete(known->had);
        known->had = sb_json_copy(known->buttons);
    }
}

/* Hands a message up unless it is known. Its seq, or -1 and the reader's error. */
static int64_t s_take(chat_session_t *self, sb_reader_t *r)
{
    const int64_t seq = sb_read_id(r, "seq");
    const char *id = sb_read_str(r, "id", 1, SB_EVENT_ID_MAX);
    const cJSON *buttons = sb_read_array_or_null(r, "buttons", SB_BUTTONS_MAX);
    if (sb_reader_code(r)) {
        return -1;
    }
    known_t *known = s_known(self, id);
    if (known && known->seq >= seq) {
        return seq;
    }
    if (!known) {
        known = &self->known[self->known_next];
        self->known_next = (self->known_next + 1) % CHAT_SESSION_MEMORY;
        s_known_clear(known);
        known->id = sb_strdup(id);
    }
    known->seq = seq;
    s_remember_buttons(known, buttons);
    self->fns->message(self->ctx, r->object);
    return seq;
}

static void s_on_history(chat_session_t *self, sb_reader_t *r)
{
    const bool more = sb_read_bool(r, "more");
    const int64_t last = sb_read_id(r, "last");
    const cJSON *messages = sb_read_array(r, "messages", SB_QUERY_LIMIT_MAX);
    size_t i = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, messages)
    {
        sb_reader_t m = sb_reader_item(r, "messages", item, i++);
        (void)s_take(self, &m);
        if (sb_reader_join(r, &m)) {
            return;
        }
    }
    if (sb_reader_code(r)) {
        return;
    }
    self->after = last;
    self->hello_due = more;
    self->complete = !more;
    self->ready = self->ready || !more;
    if (self->complete && self->seen > self->after) {
        self->after = self->seen;
    }
}

static void s_on_message(chat_session_t *self, sb_reader_t *r)
{
    const cJSON *message = sb_read_object(r, "message");
    if (!message) {
        return;
    }
    sb_reader_t m = sb_reader_in(r, "message", message);
    const int64_t seq = s_take(self, &m);
    if (sb_reader_join(r, &m)) {
        return;
    }
    self->seen = seq > self->seen ? seq : self->seen;
    if (self->complete && self->seen > self->after) {
        self->after = self->seen;
    }
}

static void s_drop_first(chat_session_t *self)
{
    unsent_t *first = self->unsent;
    self->unsent = first->next;
    if (!self->unsent) {
        self->unsent_end = &self->unsent;
    }
    self->unsent_len--;
    s_unsent_free(first);
}

/* The one that was sent last, if event is its; an answer to any other came twice. */
static unsent_t *s_unsent(const chat_session_t *self, const char *event)
{
    unsent_t *first = self->unsent;
    return first && first->sent && event && strcmp(first->event, event) == 0 ? first : NULL;
}

static void s_on_error(chat_session_t *self, sb_reader_t *r, int64_t now_ms)
{
    const char *about = sb_read_str_or(r, "about", SB_NAME_MAX, "");
    const char *event = sb_read_str_or(r, "event", SB_EVENT_ID_MAX, NULL);
    const char *text = sb_read_str(r, "text", 0, SB_TEXT_MAX);
    const int code = sb_code_of(sb_read_str(r, "code", 1, SB_NAME_MAX));
    const bool again =
        code == SB_EBUSY || code == SB_ETIMEOUT || code == SB_ERETRY || code == SB_EINTERNAL;
    unsent_t *unsent = s_unsent(self, event);
    if (again) {
        free(self->trouble);
        self->trouble = sb_strdup(text);
    }
    if (unsent && again) {
        unsent->sent = false;
        unsent->again_ms = now_ms + CHAT_SESSION_AGAIN_MS;
    } else if (unsent) {
        self->fns->refused(self->ctx, unsent->what, text);
        s_drop_first(self);
    } else if (strcmp(about, LOCALCHAT_HELLO) == 0 && again) {
        self->hello_due = true;
        self->hello_ms = now_ms + CHAT_SESSION_AGAIN_MS;
    } else if (!event) {
        self->dead = strcmp(about, LOCALCHAT_HELLO) == 0;
        self->fns->refused(self->ctx, NULL, text);
    }
}

int chat_session_receive(chat_session_t *self, const void *data, size_t size, int64_t now_ms,
                         sb_err_t *err)
{
    cJSON *frame = sb_json_parse(data, size, MEMBERS_MAX, err);
    if (!frame) {
        return sb_fail_in(err, "frame of the chat");
    }
    sb_reader_t r = sb_reader(frame, "frame of the chat", err);
    const char *type = sb_read_str(&r, "type", 1, SB_NAME_MAX);
    if (strcmp(type, LOCALCHAT_WELCOME) == 0) {
        self->welcomed = true;
    } else if (strcmp(type, LOCALCHAT_HISTORY) == 0) {
        s_on_history(self, &r);
    } else if (strcmp(type, LOCALCHAT_MESSAGE) == 0) {
        s_on_message(self, &r);
    } else if (strcmp(type, LOCALCHAT_ACK) == 0) {
        if (s_unsent(self, sb_read_str(&r, "event", 1, SB_EVENT_ID_MAX))) {
            s_drop_first(self);
        }
    } else if (strcmp(type, LOCALCHAT_ERROR) == 0) {
        s_on_error(self, &r, now_ms);
    } else if (strcmp(type, LOCALCHAT_RESYNC) == 0) {
        s_begin_anew(self);
        self->hello_due = true;
        self->hello_ms = 0;
    }
    const int code = sb_reader_code(&r);
    cJSON_Delete(frame);
    return code;
}

/* ---- What is known. */

const cJSON *chat_session_buttons(const chat_session_t *self)
{
    const known_t *newest = NULL;
    for (size_t i = 0; i < CHAT_SESSION_MEMORY; i++) {
        const known_t *known = &self->known[i];
        if (known->id && cJSON_GetArraySize(known->buttons) > 0 &&
            (!newest || known->seq > newest->seq)) {
            newest = known;
        }
    }
    return newest ? newest->buttons : NULL;
}

bool chat_session_ready(const chat_session_t *self)
{
    return self->ready;
}

size_t chat_session_unsent(const chat_session_t *self)
{
    return self->unsent_len;
}

const char *chat_session_trouble(const chat_session_t *self)
{
    return self->trouble ? self->trouble : "";
}

bool chat_session_dead(const chat_session_t *self)
{
    return self->dead;
}

bool chat_session_own(const chat_session_t *self, const char *id)
{
    const size_t as_len = self->as ? strlen(self->as) : 0;
    const size_t prefix_len = strlen(self->prefix);
    return self->as && strncmp(id, self->as, as_len) == 0 && id[as_len] == ':' &&
           strncmp(id + as_len + 1, self->prefix, prefix_len) == 0 &&
           id[as_len + 1 + prefix_len] == '-';
}
