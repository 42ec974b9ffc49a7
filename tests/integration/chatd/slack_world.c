#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/integration/chatd/slack_world.h"

const slack_link_timing_t world_timing = {
    .connect_ms = 3000,
    .hello_ms = 1500,
    .ping_ms = 300,
    .idle_ms = 1500,
    .drain_ms = 300,
    .close_ms = 300,
    .backoff_ms = 50,
    .backoff_max_ms = 400,
    .stable_ms = 400,
    .slow_ms = 700,
    .ahead_ms = 1700,
};

const char *const world_people[] = {"--users", "3", NULL};
const char *const world_fast[] = {"--users", "3", "--time-scale", "100", "--ack-ms", "300", NULL};

/* ---- What the transport tells. */

static void s_note_event(world_t *world, const cJSON *payload)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(payload, "event_id");
    const cJSON *event = cJSON_GetObjectItemCaseSensitive(payload, "event");
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(event, "text");
    world->text_len = cJSON_IsString(text) ? strlen(text->valuestring) : 0;
    if (!cJSON_IsString(id)) {
        return;
    }
    for (size_t i = 0; i < world->ids_len; i++) {
        if (strcmp(world->ids[i], id->valuestring) == 0) {
            world->repeated++;
            return;
        }
    }
    assert_true(world->ids_len < WORLD_IDS_MAX);
    (void)snprintf(world->ids[world->ids_len++], sizeof world->ids[0], "%s", id->valuestring);
}

void world_on_envelope(void *ctx, const slack_envelope_t *envelope)
{
    world_t *world = ctx;
    slack_ack_t *ack = envelope->ack;
    world->envelopes++;
    world->retried += envelope->retry > 0 ? 1 : 0;
    world->kinds[envelope->kind]++;
    const int code = world->codes_left > 0 ? world->code : SB_OK;
    world->codes_left -= world->codes_left > 0 ? 1 : 0;
    if (!code) {
        s_note_event(world, envelope->payload);
    }
    slack_ack(&ack, code);
}

static void s_on_up(void *ctx, const slack_up_t *up)
{
    world_t *world = ctx;
    world->ups++;
    world->gap_ms = up->gap_ms;
}

static void s_on_down(void *ctx, const char *why)
{
    world_t *world = ctx;
    world->downs++;
    (void)snprintf(world->why, sizeof world->why, "%s", why);
}

static void s_on_alarm(void *ctx, const char *why)
{
    world_t *world = ctx;
    world->alarms++;
    (void)snprintf(world->why, sizeof world->why, "%s", why);
}

/* ---- The world. */

void world_begin(world_t *world, const char *const *options)
{
    *world = (world_t){.loop = zloop_new(), .gap_ms = -2};
    world->slack = slack_bed_new(options);
    const sb_http_config_t http = {.open_max = 256, .connections_max = 16};
    world->http = sb_http_new(world->loop, &http);
}

void world_begin_api(world_t *world, const char *url, const char *ca_file)
{
    char *api = sb_format("%sapi/", url);
    const slack_api_config_t config = {.url = api,
                                       .bot_token = "xoxb-fake-bot-token",
                                       .app_token = "xapp-fake-app-token",
                                       .ca_file = ca_file,
                                       .timeout_ms = 3000,
                                       .pace = 0};
    world->api = slack_api_new(world->loop, world->http, &config);
    free(api);
}

void world_begin_socket(world_t *world)
{
    static const slack_socket_port_t port = {
        .envelope = world_on_envelope, .up = s_on_up, .down = s_on_down, .alarm = s_on_alarm};
    sb_err_t err;
    world->socket = slack_socket_new(world->loop, world->api, &world_timing, &port, world, &err);
    if (!world->socket) {
        fail_msg("%s", err.text);
    }
}

void world_open(world_t *world, const char *const *options)
{
    world_begin(world, options);
    world_begin_api(world, slack_bed_url(world->slack), "");
    world_begin_socket(world);
}

void world_close(world_t *world)
{
    if (world->socket) {
        slack_socket_stop(world->socket);
    }
    slack_api_stop(world->api);
    slack_socket_destroy(&world->socket);
    slack_events_destroy(&world->events);
    slack_api_destroy(&world->api);
    sb_http_destroy(&world->http);
    slack_bed_destroy(&world->slack);
    zloop_destroy(&world->loop);
}

static int s_on_end(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

void world_run(world_t *world, size_t ms)
{
    const int timer = zloop_timer(world->loop, ms, 1, s_on_end, NULL);
    (void)zloop_start(world->loop);
    zloop_timer_end(world->loop, timer);
}

long world_counter(const world_t *world, const char *path)
{
    return slack_bed_number(world->slack, "counters", NULL, path);
}

long world_sockets(const world_t *world, const char *path)
{
    return slack_bed_number(world->slack, "sockets", NULL, path);
}

int64_t world_stat(const world_t *world, const char *name)
{
    cJSON *object = sb_json_object();
    slack_socket_stats(world->socket, object);
    const cJSON *reasons = cJSON_GetObjectItemCaseSensitive(object, "socket_disconnects");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    item = item ? item : cJSON_GetObjectItemCaseSensitive(reasons, name);
    const int64_t value = cJSON_IsNumber(item) ? (int64_t)item->valuedouble : -1;
    cJSON_Delete(object);
    return value;
}

void world_post(const world_t *world)
{
    slack_bed_do(world->slack, "post", "{\"user\":\"" WORLD_USER "\",\"text\":\"hi\"}");
}
