/* chat_local.c: the built-in web chat as a driver. Its messages live in the store, so that any
 * chatd shows them all; this one keeps a copy of the directory and a place in the stream of
 * messages.
 *
 * There is no login, on purpose: whoever reaches the page can be any person of the directory. */
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/people_file.h"
#include "proto/bus.h"
#include "proto/chatd.h"
#include "proto/localchat.h"
#include "services/chatd/chat.h"
#include "services/chatd/local_directory.h"
#include "services/chatd/local_feed.h"
#include "services/chatd/local_frame.h"
#include "services/chatd/local_host.h"
#include "services/chatd/local_web.h"

#define LOOKUP_MAX SB_QUERY_LIMIT_MAX /* messages of a channel that are looked through */

typedef struct {
    chat_host_t *host;
    const chatd_config_t *config;
    char listen_host[SB_HOST_MAX];
    local_web_config_t web_config;
    local_web_t *web;
    local_directory_t *directory;
    local_feed_t *feed;
} local_t;

/* Something a browser sent, while the store or the directory is asked. */
typedef struct {
    local_t *local;
    uint64_t conn;
    uint64_t hello;
    int64_t after;
    bool security; /* the security channel */
    char *person;  /* who speaks or presses; NULL: nobody, the security channel is only read */
    char *event;
    char *search;
    const char *about;
} asked_t;

/* A job, while the store or the directory is asked. */
typedef struct {
    local_t *local;
    char *id;
    char *person; /* to whom; NULL: the security channel */
    cJSON *body;  /* for the store, once the directory knows the person */
    chat_done_fn *done;
    void *arg;
} job_t;

/* ---- From the browsers. */

static asked_t *s_asked(local_t *self, const local_mail_t *mail, const char *about)
{
    asked_t *asked = sb_alloc(sizeof *asked);
    *asked = (asked_t){.local = self,
                       .conn = mail->conn,
                       .hello = mail->hello,
                       .after = mail->seq,
                       .security = mail->channel != NULL,
                       .person = sb_strdup(mail->person),
                       .event = sb_strdup(mail->event),
                       .search = sb_strdup(mail->text),
                       .about = about};
    return asked;
}

static void s_asked_end(asked_t *asked)
{
    free(asked->person);
    free(asked->event);
    free(asked->search);
    free(asked);
}

/* Takes text. */
static void s_answer(const asked_t *asked, local_mail_kind_t kind, char *text)
{
    local_mail_t *mail = local_mail_new(kind, asked->conn, asked->hello);
    mail->text = text;
    local_web_send(asked->local->web, &mail);
}

static void s_answer_error(const asked_t *asked, local_mail_kind_t kind, const sb_err_t *err)
{
    s_answer(asked, kind, local_frame_error(asked->about, asked->event, err));
}

/* The browser joins first and is sent the history then (local_feed.c says why). */
static void s_open(const asked_t *asked, const cJSON *person)
{
    local_t *self = asked->local;
    char *channel = asked->security ? sb_strdup(SB_CHAT_SECURITY) : sb_format("@%s", asked->person);
    local_mail_t *mail = local_mail_new(LOCAL_MAIL_JOIN, asked->conn, asked->hello);
    mail->channel = sb_strdup(channel);
    mail->person = sb_strdup(asked->person);
    mail->text = local_frame_welcome(channel, person, self->config->local_channel);
    local_web_send(self->web, &mail);
    local_feed_history(self->feed, asked->conn, asked->hello, channel, asked->after);
    free(channel);
}

static void s_on_hello_known(void *arg, int code, const sb_err_t *reply_err)
{
    asked_t *asked = arg;
    sb_err_t err = *reply_err;
    const cJSON *person = NULL;
    if (!code) {
        person = local_directory_find(asked->local->directory, asked->person);
        if (!person) {
            code =
                sb_fail(&err, SB_ENOTFOUND, "there is no \"%s\" in the directory", asked->person);
        }
    }
    if (code) {
        s_answer_error(asked, LOCAL_MAIL_REFUSE, &err);
    } else {
        s_open(asked, person);
    }
    s_asked_end(asked);
}

static void s_on_hello(local_t *self, const local_mail_t *mail)
{
    asked_t *asked = s_asked(self, mail, LOCALCHAT_HELLO);
    if (asked->person) {
        local_directory_want(self->directory, asked->person, s_on_hello_known, asked);
    } else {
        s_open(asked, NULL);
        s_asked_end(asked);
    }
}

static void s_on_people_known(void *arg, int code, const sb_err_t *err)
{
    asked_t *asked = arg;
    if (code) {
        s_answer_error(asked, LOCAL_MAIL_FRAME, err);
    } else {
        bool more = false;
        cJSON *people = local_directory_search(asked->local->directory, asked->search,
                                               LOCALCHAT_PEOPLE_MAX, &more);
        s_answer(asked, LOCAL_MAIL_FRAME, local_frame_people(&people, more));
    }
    s_asked_end(asked);
}

static void s_on_heard(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    asked_t *asked = arg;
    (void)body;
    if (code) {
        s_answer_error(asked, LOCAL_MAIL_FRAME, err);
    } else {
        char *id = sb_format("%s:%s", asked->person, asked->event);
        s_answer(asked, LOCAL_MAIL_FRAME, local_frame_ack(asked->event, id));
        free(id);
    }
    s_asked_end(asked);
}

/* What is pressed in the security channel is a responder's, and shows by what the bot says then. */
static void s_on_speak(local_t *self, const local_mail_t *mail)
{
    const bool press = mail->kind == LOCAL_MAIL_PRESS;
    char *event = sb_format("%s:%s", mail->person, mail->event);
    /* A button without a label is shown as its value. */
    const chat_event_t heard = {.event = event,
                                .person = mail->person,
                                .kind = mail->channel ? CHAT_TEAM
                                        : press       ? CHAT_BUTTON
                                                      : CHAT_TEXT,
                                .text = mail->text[0] ? mail->text : NULL,
                                .value = mail->value,
                                .message = mail->message};
    asked_t *asked = s_asked(self, mail, press ? LOCALCHAT_PRESS : LOCALCHAT_SAY);
    asked->hello = 0; /* the answer is good whichever conversation is open by then */
    chat_host_hear(self->host, &heard, s_on_heard, asked);
    free(event);
}

static void s_on_mail(void *ctx, const local_mail_t *mail)
{
    local_t *self = ctx;
    switch (mail->kind) {
    case LOCAL_MAIL_HELLO:
        s_on_hello(self, mail);
        break;
    case LOCAL_MAIL_PEOPLE:
        local_directory_want(self->directory, NULL, s_on_people_known,
                             s_asked(self, mail, LOCALCHAT_PEOPLE));
        break;
    case LOCAL_MAIL_SAY:
    case LOCAL_MAIL_PRESS:
        s_on_speak(self, mail);
        break;
    default:
        break; /* STOPPED is awaited by local_web_stop */
    }
}

/* ---- Jobs. */

static void s_job_end(job_t *job, int code, const char *message, const sb_err_t *err)
{
    job->done(job->arg, code, message, err);
    cJSON_Delete(job->body);
    free(job->id);
    free(job->person);
    free(job);
}

/* NULL if `to` is no place of ours; then it has been answered. */
static job_t *s_job(local_t *self, const chat_message_t *message, chat_done_fn *done, void *arg)
{
    const bool security = strcmp(message->to, SB_CHAT_SECURITY) == 0;
    if (!security && (message->to[0] != '@' || message->to[1] == '\0')) {
        sb_err_t err;
        const int code =
            sb_fail(&err, SB_ENOTFOUND, "to: there is no channel \"%.80s\"", message->to);
        done(arg, code, NULL, &err);
        return NULL;
    }
    job_t *job = sb_alloc(sizeof *job);
    *job = (job_t){.local = self,
                   .id = sb_strdup(message->id),
                   .person = security ? NULL : sb_strdup(message->to + 1),
                   .done = done,
                   .arg = arg};
    return job;
}

/* What can't wait is marked. */
static void s_add_text(cJSON *body, const chat_message_t *message)
{
    const bool top = message->card && message->card->top &&
                     strlen(message->text) + sizeof CHAT_TOP_MARK - 1 <= SB_TEXT_MAX;
    char *text = sb_format("%s%s", top ? CHAT_TOP_MARK : "", message->text);
    sb_json_add_str(body, "text", text);
    free(text);
}

static cJSON *s_buttons(const chat_message_t *message)
{
    cJSON *buttons = sb_json_array();
    for (size_t i = 0; i < message->buttons_len; i++) {
        cJSON *button = sb_json_object();
        sb_json_add_str(button, "label", message->buttons[i].label);
        sb_json_add_str(button, "value", message->buttons[i].value);
        sb_json_add_str(button, "style", message->buttons[i].style);
        if (message->buttons[i].url) {
            sb_json_add_str(button, "url", message->buttons[i].url);
        }
        sb_json_push(buttons, button);
    }
    return buttons;
}

static void s_on_posted(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    job_t *job = arg;
    (void)body;
    s_job_end(job, code, job->id, err);
}

static void s_post(job_t *job)
{
    chat_host_call(job->local->host, "localchat.post", &job->body, s_on_posted, job);
}

static void s_on_person_known(void *arg, int code, const sb_err_t *reply_err)
{
    job_t *job = arg;
    sb_err_t err = *reply_err;
    if (!code && !local_directory_find(job->local->directory, job->person)) {
        code = sb_fail(&err, SB_ENOTFOUND, "to: there is no \"%s\" in the directory", job->person);
    }
    if (code) {
        s_job_end(job, code, NULL, &err);
    } else {
        s_post(job);
    }
}

static void s_send(void *driver, const chat_message_t *message, chat_done_fn *done, void *arg)
{
    local_t *self = driver;
    job_t *job = s_job(self, message, done, arg);
    if (!job) {
        return;
    }
    job->body = sb_json_object();
    sb_json_add_str(job->body, "id", message->id);
    sb_json_add_str(job->body, "channel", message->to);
    s_add_text(job->body, message);
    sb_json_add(job->body, "buttons", s_buttons(message));
    sb_json_add_int(job->body, "at_ms", sb_clock_wall_ms());
    if (job->person) {
        local_directory_want(self->directory, job->person, s_on_person_known, job);
    } else {
        s_post(job);
    }
}

static void s_update(void *driver, const chat_message_t *message, chat_done_fn *done, void *arg)
{
    local_t *self = driver;
    job_t *job = s_job(self, message, done, arg);
    if (!job) {
        return;
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "id", message->id);
    s_add_text(body, message);
    sb_json_add(body, "buttons", s_buttons(message));
    chat_host_call(self->host, "localchat.update", &body, s_on_posted, job);
}

static void s_on_looked(void *arg, int code, const cJSON *body, const sb_err_t *err)
{
    job_t *job = arg;
    const cJSON *messages = cJSON_GetObjectItemCaseSensitive(body, "messages");
    const char *found = NULL;
    const cJSON *message;
    cJSON_ArrayForEach(message, messages)
    {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(message, "id");
        if (cJSON_IsString(id) && strcmp(id->valuestring, job->id) == 0) {
            found = job->id;
        }
    }
    s_job_end(job, code, found, err);
}

/* A repeated send is harmless here, since the store knows the id; so it is enough to look where a
 * send of late would be. */
static void s_lookup(void *driver, const chat_message_t *message, chat_done_fn *done, void *arg)
{
    local_t *self = driver;
    job_t *job = s_job(self, message, done, arg);
    if (!job) {
        return;
    }
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "channel", message->to);
    sb_json_add_int(body, "limit", LOOKUP_MAX);
    chat_host_call(self->host, "localchat.list", &body, s_on_looked, job);
}

/* ---- Life. */

static void s_people(void *driver)
{
    local_t *self = driver;
    if (!self->config->local_people_file[0]) {
        return;
    }
    sb_err_t err;
    cJSON *people = sb_people_file_load(self->config->local_people_file, &err);
    if (people) {
        chat_host_sync(self->host, &people);
    } else {
        sb_error("people not read; those of before stay", "why", err.text, NULL);
    }
}

static void s_destroy(void **driver_p)
{
    local_t *self = *driver_p;
    if (!self) {
        return;
    }
    local_web_destroy(&self->web);
    local_feed_destroy(&self->feed);
    local_directory_destroy(&self->directory);
    free(self);
    *driver_p = NULL;
}

static void *s_new(chat_host_t *host, const chatd_config_t *config, sb_err_t *err)
{
    local_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->config = config;
    self->web_config.host = self->listen_host;
    self->web_config.hosts = config->local_hosts;
    if (sb_listen_parse(config->local_listen, self->listen_host, &self->web_config.port, err)) {
        free(self);
        return NULL;
    }
    self->web = local_web_new(chat_host_loop(host), &self->web_config, s_on_mail, self, err);
    if (!self->web) {
        sb_fail_in(err, "chat.local.listen");
        free(self);
        return NULL;
    }
    self->directory = local_directory_new(host);
    self->feed = local_feed_new(host, self->web);
    return self;
}

static void s_stop(void *driver)
{
    local_t *self = driver;
    local_web_stop(self->web);
}

static void s_hint(void *driver, const char *topic, const cJSON *body)
{
    local_t *self = driver;
    (void)topic;
    (void)body;
    local_feed_wake(self->feed);
}

static void s_resync(void *driver)
{
    local_t *self = driver;
    local_feed_wake(self->feed);
}

static const char *s_address(void *driver, const char **name_r)
{
    local_t *self = driver;
    *name_r = "http";
    return local_web_url(self->web);
}

static void s_stats(void *driver, cJSON *object)
{
    local_t *self = driver;
    const local_counts_t *counts = local_web_counts(self->web);
    sb_json_add_int(object, "browsers", (int64_t)counts->open);
    sb_json_add_int(object, "frames", (int64_t)counts->frames);
    sb_json_add_int(object, "frames_refused", (int64_t)counts->refused);
    sb_json_add_int(object, "frames_busy", (int64_t)counts->busy);
    sb_json_add_int(object, "browsers_paused", (int64_t)counts->paused);
    sb_json_add_int(object, "browsers_resynced", (int64_t)counts->resyncs);
}

static const char *const s_topics[] = {SB_HINT_LOCALCHAT, NULL};

const chat_driver_t chat_local = {
    .name = "local",
    .hear = "localchat.hear",
    .topics = s_topics,
    .new = s_new,
    .stop = s_stop,
    .destroy = s_destroy,
    .send = s_send,
    .update = s_update,
    .lookup = s_lookup,
    .people = s_people,
    .hint = s_hint,
    .resync = s_resync,
    .address = s_address,
    .stats = s_stats,
};
