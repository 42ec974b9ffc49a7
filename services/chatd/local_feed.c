/* local_feed.c. A browser joins its channel before its history is read, so that nothing falls
 * between the two; what comes by both ways it knows by id.
 *
 * The tail is one position in the order of all messages. It is taken from the answer to the first
 * history, and forgotten when no browser is left: then hints cost nothing. */
#include "services/chatd/local_feed.h"

#include <stdlib.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/timers.h"
#include "proto/localchat.h"
#include "services/chatd/local_frame.h"

#define TAIL_PAGE 100      /* messages in one reading of the tail */
#define TAIL_RETRY_MS 1000 /* after the store could not be read */

struct local_feed {
    chat_host_t *host;
    local_web_t *web;
    sb_timers_t *timers;
    int64_t last;   /* the seq up to which all was handed on; -1: no browser follows */
    bool reading;   /* an answer is awaited */
    bool again;     /* a hint came meanwhile */
    uint64_t retry; /* timer, 0: none */
};

typedef struct {
    local_feed_t *feed;
    uint64_t conn;
    uint64_t hello;
    bool newest; /* it was asked for the newest messages */
} history_t;

/* What an answer to localchat.list says. */
typedef struct {
    const cJSON *messages;
    bool more;
    int64_t last; /* greatest seq of all */
    int64_t seq;  /* of the last message in it; -1: none */
} page_t;

static void s_read(local_feed_t *self);

local_feed_t *local_feed_new(chat_host_t *host, local_web_t *web)
{
    local_feed_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->web = web;
    self->timers = sb_timers_new(chat_host_loop(host));
    self->last = -1;
    return self;
}

void local_feed_destroy(local_feed_t **self_p)
{
    local_feed_t *self = *self_p;
    if (!self) {
        return;
    }
    sb_timers_destroy(&self->timers);
    free(self);
    *self_p = NULL;
}

static int s_page(const cJSON *body, page_t *page_r, sb_err_t *err)
{
    sb_reader_t r = sb_reader(body, "localchat.list", err);
    page_r->messages = sb_read_array(&r, "messages", SB_QUERY_LIMIT_MAX);
    page_r->more = sb_read_bool(&r, "more");
    page_r->last = sb_read_id(&r, "last");
    page_r->seq = -1;
    size_t i = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, page_r->messages)
    {
        sb_reader_t m = sb_reader_item(&r, "messages", item, i++);
        page_r->seq = sb_read_id(&m, "seq");
        (void)sb_read_str(&m, "channel", 1, SB_PERSON_ID_MAX + 1);
        if (sb_reader_join(&r, &m)) {
            break;
        }
    }
    return sb_reader_code(&r);
}

static cJSON *s_ask(const char *channel, int64_t after, int limit)
{
    cJSON *body = sb_json_object();
    if (channel) {
        sb_json_add_str(body, "channel", channel);
    }
    if (after >= 0) {
        sb_json_add_id(body, "after", after);
    }
    sb_json_add_int(body, "limit", limit);
    return body;
}

/* ---- The tail. */

static void s_post(local_feed_t *self, const cJSON *message)
{
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_POST, 0, 0);
    const cJSON *channel = cJSON_GetObjectItemCaseSensitive(message, "channel");
    mail->channel = sb_strdup(channel->valuestring);
    mail->text = local_frame_message(message);
    local_web_send(self->web, &mail);
}

static void s_on_retry(void *arg)
{
    local_feed_t *self = arg;
    self->retry = 0;
    local_feed_wake(self);
}

static void s_on_tail(void *arg, int code, const cJSON *body, const sb_err_t *reply_err)
{
    local_feed_t *self = arg;
    sb_err_t err = {0};
    page_t page;
    self->reading = false;
    if (code) {
        err = *reply_err;
    } else {
        code = s_page(body, &page, &err);
    }
    if (code) {
        sb_warn("local chat not read", "code", sb_code_name(code), "why", err.text, NULL);
        if (!self->retry) {
            self->retry = sb_timers_add(self->timers, TAIL_RETRY_MS, s_on_retry, self);
        }
        return;
    }
    const cJSON *message;
    cJSON_ArrayForEach(message, page.messages)
    {
        s_post(self, message);
    }
    if (page.seq > self->last) {
        self->last = page.seq;
    }
    if (page.more || self->again) {
        s_read(self);
    }
}

static void s_read(local_feed_t *self)
{
    self->again = false;
    if (atomic_load(&local_web_counts(self->web)->open) == 0) {
        self->last = -1;
        return;
    }
    self->reading = true;
    cJSON *body = s_ask(NULL, self->last, TAIL_PAGE);
    chat_host_call(self->host, "localchat.list", &body, s_on_tail, self);
}

void local_feed_wake(local_feed_t *self)
{
    if (self->last < 0) {
        return; /* nobody follows; whoever comes reads for himself */
    }
    if (self->reading) {
        self->again = true;
    } else {
        s_read(self);
    }
}

/* ---- A conversation's history. */

static void s_frame(history_t *history, char *text)
{
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_FRAME, history->conn, history->hello);
    mail->text = text;
    local_web_send(history->feed->web, &mail);
}

static void s_on_history(void *arg, int code, const cJSON *body, const sb_err_t *reply_err)
{
    history_t *history = arg;
    local_feed_t *self = history->feed;
    sb_err_t err = {0};
    page_t page;
    if (code) {
        err = *reply_err;
    } else {
        code = s_page(body, &page, &err);
    }
    if (code) {
        s_frame(history, local_frame_error(LOCALCHAT_HELLO, NULL, &err));
    } else {
        /* Of the newest, what is more is older. At the end all is known up to the greatest seq,
         * even if none of this conversation is near it. */
        const bool more = page.more && !history->newest;
        const int64_t last = more || page.seq > page.last ? page.seq : page.last;
        s_frame(history, local_frame_history(page.messages, more, last));
        if (self->last < 0) {
            self->last = page.last;
        }
    }
    free(history);
}

void local_feed_history(local_feed_t *self, uint64_t conn, uint64_t hello, const char *channel,
                        int64_t after)
{
    history_t *history = sb_alloc(sizeof *history);
    *history = (history_t){.feed = self, .conn = conn, .hello = hello, .newest = after < 0};
    cJSON *body = s_ask(channel, after, LOCALCHAT_HISTORY_MAX);
    chat_host_call(self->host, "localchat.list", &body, s_on_history, history);
}
