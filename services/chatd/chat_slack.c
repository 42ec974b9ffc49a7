/* chat_slack.c: Slack as a driver: its parts put together. Nothing is heard before Slack has said
 * who we are, since our own messages come back to us. */
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/mem.h"
#include "lib/secret_file.h"
#include "lib/timers.h"
#include "services/chatd/chat.h"
#include "services/chatd/slack_catchup.h"
#include "services/chatd/slack_ear.h"
#include "services/chatd/slack_events.h"
#include "services/chatd/slack_post.h"
#include "services/chatd/slack_socket.h"

#define CONNECTIONS_MAX 64 /* to Slack's Web API */
#define IDENTITY_PATIENCE_MS 30000
#define IDENTITY_RETRY_MS 5000
#define PING_MS_MIN 1000 /* of a pace that is not Slack\'s */

typedef struct {
    chat_host_t *host;
    const chatd_config_t *config;
    sb_timers_t *timers;
    sb_http_t *http;
    slack_api_t *api;
    slack_when_t *when;
    slack_people_t *people;
    slack_dm_t *dm;
    slack_desk_t *desk;
    slack_pages_t *pages;
    slack_team_t *team;
    slack_ear_t *ear;
    slack_catchup_t *catchup;
    slack_post_t *post;
    slack_link_timing_t timing;
    slack_socket_t *socket;           /* NULL: not yet, or over HTTP */
    slack_events_t *events;           /* NULL: by sockets */
    char secret[SB_SECRET_FILE_SIZE]; /* that signs what comes over HTTP */
    uint64_t timer;
    bool known; /* Slack has said who we are */
    bool told;  /* people were wanted once: from now on it is for a reason */
    bool stopped;
} slack_t;

static void s_ask_identity(void *arg);

/* ---- Deliveries. */

static void s_on_up(void *ctx, const slack_up_t *up)
{
    slack_t *self = ctx;
    if (up->gap_ms != 0) {
        slack_catchup_begin(self->catchup, up->gap_ms);
    }
}

/* The socket has said so; it goes on trying. */
static void s_on_down(void *ctx, const char *why)
{
    (void)ctx;
    (void)why;
}

static void s_on_alarm(void *ctx, const char *why)
{
    (void)ctx;
    sb_error("Slack does not let us connect; see botctl slack check", "why", why, NULL);
}

static void s_on_envelope(void *ctx, const slack_envelope_t *envelope)
{
    slack_t *self = ctx;
    if (self->known) {
        slack_ear_envelope(self->ear, envelope);
    } else { /* over HTTP; it comes again */
        slack_ack_t *ack = envelope->ack;
        slack_ack(&ack, SB_EBUSY);
    }
}

static int s_listen(slack_t *self, sb_err_t *err)
{
    const slack_events_config_t config = {.listen = self->config->slack_events_listen,
                                          .signing_secret = self->secret};
    self->events = slack_events_new(chat_host_loop(self->host), &config, s_on_envelope, self, err);
    return self->events ? SB_OK : sb_fail_in(err, "slack.events_listen");
}

static int64_t s_at_pace(int64_t ms, int64_t pace, int64_t min_ms)
{
    return ms / pace > min_ms ? ms / pace : min_ms;
}

/* A stand-in whose time goes faster ends connections faster too. */
static void s_set_timing(slack_t *self)
{
    const int64_t pace = self->config->slack_pace;
    slack_link_timing_t *timing = &self->timing;
    *timing = slack_link_timing;
    if (pace > 1) {
        timing->ping_ms = s_at_pace(timing->ping_ms, pace, PING_MS_MIN);
        timing->idle_ms = s_at_pace(timing->idle_ms, pace, 4 * PING_MS_MIN);
        timing->backoff_ms = s_at_pace(timing->backoff_ms, pace, 1);
        timing->backoff_max_ms = s_at_pace(timing->backoff_max_ms, pace, 1);
        timing->stable_ms = s_at_pace(timing->stable_ms, pace, 1);
        timing->slow_ms = s_at_pace(timing->slow_ms, pace, 1);
        timing->ahead_ms = s_at_pace(timing->ahead_ms, pace, 1);
    }
}

static void s_connect(slack_t *self)
{
    static const slack_socket_port_t port = {
        .envelope = s_on_envelope, .up = s_on_up, .down = s_on_down, .alarm = s_on_alarm};
    sb_err_t err;
    s_set_timing(self);
    self->socket =
        slack_socket_new(chat_host_loop(self->host), self->api, &self->timing, &port, self, &err);
    if (!self->socket) {
        sb_error("Slack can't be connected", "why", err.text, NULL);
    }
}

/* ---- Who we are. */

static const char *s_text(const cJSON *json, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsString(member) ? member->valuestring : "";
}

static void s_begin(slack_t *self, const cJSON *body)
{
    sb_info("Slack knows us", "team", s_text(body, "team"), "user", s_text(body, "user"), NULL);
    self->known = true;
    slack_api_team(self->api, s_text(body, "team_id"));
    slack_ear_self(self->ear, s_text(body, "user_id"), s_text(body, "bot_id"));
    slack_ear_place(self->ear, s_text(body, "team_id"), s_text(body, "enterprise_id"));
    slack_post_bot(self->post, s_text(body, "bot_id"));
    if (self->config->slack_events_listen[0]) {
        slack_catchup_begin(self->catchup, -1);
    } else {
        s_connect(self);
    }
    slack_people_sync(self->people, false);
}

static void s_on_identity(void *arg, const slack_reply_t *reply)
{
    slack_t *self = arg;
    if (self->stopped) {
        return;
    }
    if (reply->class == SLACK_OK && slack_id_valid(s_text(reply->body, "user_id")) &&
        slack_id_valid(s_text(reply->body, "bot_id"))) {
        s_begin(self, reply->body);
        return;
    }
    const char *why = reply->class == SLACK_OK ? "it is no bot's token" : reply->err.text;
    sb_log(reply->class == SLACK_RETRY ? SB_WARN : SB_ERROR, "Slack does not know us yet", "why",
           why, NULL);
    self->timer = sb_timers_add(self->timers, IDENTITY_RETRY_MS, s_ask_identity, self);
}

static void s_ask_identity(void *arg)
{
    slack_t *self = arg;
    self->timer = 0;
    slack_api_call(self->api, "auth.test", NULL, 0, IDENTITY_PATIENCE_MS, s_on_identity, self);
}

/* ---- Jobs. */

static void s_send(void *driver, const chat_message_t *message, chat_done_fn *done, void *arg)
{
    slack_t *self = driver;
    slack_post_send(self->post, message, done, arg);
    slack_pages_changed(self->pages, message->chat_id);
}

static void s_update(void *driver, const chat_message_t *message, chat_done_fn *done, void *arg)
{
    slack_t *self = driver;
    slack_post_update(self->post, message, done, arg);
    slack_pages_changed(self->pages, message->chat_id);
}

static void s_lookup(void *driver, const chat_message_t *message, chat_done_fn *done, void *arg)
{
    slack_t *self = driver;
    slack_post_lookup(self->post, message, done, arg);
}

static void s_people(void *driver)
{
    slack_t *self = driver;
    if (self->known) {
        slack_people_sync(self->people, self->told);
    }
    self->told = true;
}

/* ---- Life. */

static void s_store(void *ctx, const char *request, cJSON **body_p, sb_reply_fn *fn, void *arg)
{
    slack_t *self = ctx;
    chat_host_call(self->host, request, body_p, fn, arg);
}

static int s_new_api(slack_t *self, sb_err_t *err)
{
    const chatd_config_t *config = self->config;
    char bot[SB_SECRET_FILE_SIZE];
    char app[SB_SECRET_FILE_SIZE] = "";
    if (sb_secret_file_read(config->slack_bot_token_file, SLACK_BOT_TOKEN_PREFIX, bot, err)) {
        return sb_fail_in(err, "slack.bot_token_file");
    }
    if (config->slack_events_listen[0]) {
        if (sb_secret_file_read(config->slack_signing_secret_file, "", self->secret, err)) {
            (void)sb_fail_in(err, "slack.signing_secret_file");
        }
    } else if (sb_secret_file_read(config->slack_app_token_file, SLACK_APP_TOKEN_PREFIX, app,
                                   err)) {
        (void)sb_fail_in(err, "slack.app_token_file");
    }
    if (!err->code) {
        const sb_http_config_t http = {.open_max = SB_HTTP_OPEN_MAX,
                                       .connections_max = CONNECTIONS_MAX};
        const slack_api_config_t api = {.url = config->slack_api_url,
                                        .bot_token = bot,
                                        .app_token = app,
                                        .ca_file = config->slack_ca_file,
                                        .pace = config->slack_pace,
                                        .store = s_store,
                                        .store_ctx = self};
        self->http = sb_http_new(chat_host_loop(self->host), &http);
        self->api = slack_api_new(chat_host_loop(self->host), self->http, &api);
    }
    sb_wipe(bot, sizeof bot);
    sb_wipe(app, sizeof app);
    return err->code;
}

static void s_new_parts(slack_t *self)
{
    const char *channel = self->config->slack_reporting_channel;
    self->timers = sb_timers_new(chat_host_loop(self->host));
    self->when = slack_when_new(NULL);
    self->people =
        slack_people_new(self->host, self->api, (slack_username_t)self->config->slack_username);
    self->dm = slack_dm_new(self->api);
    self->desk = slack_desk_new(self->host, self->api, self->people, self->when);
    self->pages = slack_pages_new(self->host, self->api, self->people, self->when);
    self->team = slack_team_new(chat_host_loop(self->host), self->api, channel);
    self->ear = slack_ear_new(&(slack_ear_config_t){.host = self->host,
                                                    .people = self->people,
                                                    .dm = self->dm,
                                                    .desk = self->desk,
                                                    .pages = self->pages,
                                                    .team = self->team,
                                                    .reporting_channel = channel});
    self->catchup = slack_catchup_new(self->host, self->api, self->dm, self->ear);
    self->post = slack_post_new(&(slack_post_config_t){
        .host = self->host, .api = self->api, .dm = self->dm, .reporting_channel = channel});
}

static void s_stop(void *driver)
{
    slack_t *self = driver;
    self->stopped = true;
    sb_timers_cancel(self->timers, &self->timer);
    if (self->socket) {
        slack_socket_stop(self->socket);
    }
    if (self->events) {
        slack_events_stop(self->events);
    }
    slack_ear_stop(self->ear);
    slack_team_stop(self->team);
    slack_people_stop(self->people);
    slack_pages_stop(self->pages);
    slack_catchup_stop(self->catchup);
}

/* First the calls to Slack end, each of which leads to one of the parts. */
static void s_destroy(void **driver_p)
{
    slack_t *self = *driver_p;
    if (!self) {
        return;
    }
    slack_api_destroy(&self->api);
    slack_post_destroy(&self->post);
    slack_socket_destroy(&self->socket);
    slack_events_destroy(&self->events);
    slack_catchup_destroy(&self->catchup);
    slack_ear_destroy(&self->ear);
    slack_team_destroy(&self->team);
    slack_pages_destroy(&self->pages);
    slack_desk_destroy(&self->desk);
    slack_dm_destroy(&self->dm);
    slack_people_destroy(&self->people);
    slack_when_destroy(&self->when);
    sb_timers_destroy(&self->timers);
    sb_http_destroy(&self->http);
    sb_wipe(self->secret, sizeof self->secret);
    free(self);
    *driver_p = NULL;
}

static void *s_new(chat_host_t *host, const chatd_config_t *config, sb_err_t *err)
{
    slack_t *self = sb_alloc(sizeof *self);
    self->host = host;
    self->config = config;
    *err = (sb_err_t){0};
    if (s_new_api(self, err)) {
        sb_wipe(self->secret, sizeof self->secret);
        free(self);
        return NULL;
    }
    s_new_parts(self);
    void *driver = self;
    if (config->slack_events_listen[0] && s_listen(self, err)) {
        s_stop(driver);
        s_destroy(&driver);
        return NULL;
    }
    s_ask_identity(self);
    return self;
}

static const char *s_address(void *driver, const char **name_r)
{
    slack_t *self = driver;
    *name_r = "slack_events";
    return self->events ? slack_events_url(self->events) : NULL;
}

static void s_stats(void *driver, cJSON *object)
{
    slack_t *self = driver;
    sb_json_add_bool(object, "slack_known", self->known);
    slack_api_stats(self->api, object);
    if (self->socket) {
        slack_socket_stats(self->socket, object);
    }
    if (self->events) {
        slack_events_stats(self->events, object);
    }
    slack_ear_stats(self->ear, object);
    slack_team_stats(self->team, object);
    slack_people_stats(self->people, object);
    slack_post_stats(self->post, object);
    slack_pages_stats(self->pages, object);
    slack_catchup_stats(self->catchup, object);
}

const chat_driver_t chat_slack = {
    .name = "slack",
    .hear = "inbox.put",
    .slow = true,
    .new = s_new,
    .stop = s_stop,
    .destroy = s_destroy,
    .send = s_send,
    .update = s_update,
    .lookup = s_lookup,
    .people = s_people,
    .address = s_address,
    .stats = s_stats,
};
