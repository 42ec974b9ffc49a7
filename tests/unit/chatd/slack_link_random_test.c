/* A Slack that does anything at any time, for hours of its own time, by seed. What must hold: never
 * more than two sockets, never more than one being made, no storm of requests, no work without an
 * end; and when Slack is well again, a connection soon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "services/chatd/slack_link.h"

#define SEEDS 300
#define HOUR_MS 3600000
#define SOCKETS_MAX 8
/* From the worst backoff to a hello. */
#define SOON_MS (300000 + 60000 + 15000 + 15000)

/* A socket as the world has it. */
typedef struct {
    uint64_t gen; /* 0: none */
    bool asked;   /* for its URL */
    bool made;    /* there is a socket */
    bool greeted;
    int64_t due_ms; /* when something happens to it next; INT64_MAX: never */
} socket_t;

typedef struct {
    uint64_t seed;
    uint64_t random;
    slack_link_t *link;
    int64_t now_ms;
    bool well; /* Slack does what it should */
    socket_t sockets[SOCKETS_MAX];
    size_t asks;
    int64_t last_ask_ms;
    size_t ups;
} world_t;

static uint64_t s_random(world_t *world, uint64_t below)
{
    world->random ^= world->random >> 12;
    world->random ^= world->random << 25;
    world->random ^= world->random >> 27;
    return (world->random * 0x2545f4914f6cdd1dULL >> 8) % below;
}

static socket_t *s_socket(world_t *world, uint64_t gen)
{
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        if (world->sockets[i].gen == gen) {
            return &world->sockets[i];
        }
    }
    return NULL;
}

static void s_check(const world_t *world)
{
    size_t made = 0;
    size_t making = 0;
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        const socket_t *socket = &world->sockets[i];
        made += socket->gen && socket->made ? 1 : 0;
        making += socket->gen && !socket->greeted ? 1 : 0;
    }
    if (made > SLACK_LINK_SOCKETS_MAX || making > 1) {
        fail_msg("seed %u, ms %lld: %zu sockets, %zu being made", (unsigned)world->seed,
                 (long long)world->now_ms, made, making);
    }
}

static void s_act(world_t *world, const slack_link_action_t *action)
{
    socket_t *socket = s_socket(world, action->gen);
    switch (action->what) {
    case SLACK_LINK_ASK:
        for (size_t i = 0; i < SOCKETS_MAX; i++) {
            if (world->sockets[i].asked && !world->sockets[i].made) {
                fail_msg("seed %u: asks while asking", (unsigned)world->seed);
            }
        }
        socket = s_socket(world, 0);
        assert_non_null(socket);
        *socket = (socket_t){.gen = action->gen,
                             .asked = true,
                             .due_ms = world->now_ms + (int64_t)s_random(world, 3000)};
        world->asks++;
        world->last_ask_ms = world->now_ms;
        break;
    case SLACK_LINK_CONNECT:
        assert_non_null(socket);
        socket->made = true;
        socket->due_ms = world->now_ms + (int64_t)s_random(world, world->well ? 2000 : 20000);
        break;
    case SLACK_LINK_PING:
        assert_non_null(socket);
        break;
    case SLACK_LINK_CLOSE:
        assert_non_null(socket);
        /* Slack answers soon, or never. */
        socket->greeted = true;
        socket->due_ms =
            s_random(world, 3) ? world->now_ms + (int64_t)s_random(world, 900) : INT64_MAX;
        break;
    case SLACK_LINK_KILL:
        assert_non_null(socket);
        *socket = (socket_t){0};
        break;
    case SLACK_LINK_UP:
        world->ups++;
        break;
    case SLACK_LINK_DOWN:
    case SLACK_LINK_ALARM:
        assert_non_null(action->why);
        break;
    }
}

static void s_tell(world_t *world, slack_link_event_t event)
{
    slack_link_actions_t actions;
    slack_link_step(world->link, &event, world->now_ms, &actions);
    for (size_t i = 0; i < actions.len; i++) {
        s_act(world, &actions.items[i]);
    }
    s_check(world);
    if (slack_link_next_ms(world->link) < world->now_ms) {
        fail_msg("seed %u, ms %lld: late for %lld", (unsigned)world->seed, (long long)world->now_ms,
                 (long long)slack_link_next_ms(world->link));
    }
}

static void s_end(world_t *world, socket_t *socket, slack_link_kind_t kind)
{
    slack_link_event_t event = {.kind = kind, .gen = socket->gen, .why = "x"};
    event.refused = s_random(world, 10) == 0;
    event.retry_ms = (int64_t)s_random(world, 3) * 10000;
    *socket = (socket_t){0};
    s_tell(world, event);
}

/* The socket has been asked for; its URL comes or not. */
static void s_happen_url(world_t *world, socket_t *socket)
{
    if (world->well || s_random(world, 3) > 0) {
        s_tell(world, (slack_link_event_t){.kind = SLACK_LINK_URL, .gen = socket->gen});
    } else {
        s_end(world, socket, SLACK_LINK_NO_URL);
    }
}

static void s_happen_hello(world_t *world, socket_t *socket)
{
    const uint64_t gen = socket->gen;
    s_tell(world, (slack_link_event_t){.kind = SLACK_LINK_OPENED, .gen = gen});
    if (!world->well && s_random(world, 4) == 0) {
        socket->due_ms = INT64_MAX; /* and then nothing */
        return;
    }
    socket->greeted = true;
    socket->due_ms = world->now_ms + 500 + (int64_t)s_random(world, 30000);
    s_tell(world, (slack_link_event_t){.kind = SLACK_LINK_HELLO,
                                       .gen = gen,
                                       .lifetime_ms = (int64_t)s_random(world, 5) * 90000});
}

static void s_happen_up(world_t *world, socket_t *socket)
{
    static const char *const reasons[] = {
        "warning", "refresh_requested", "too_many_websockets", "link_disabled", "news", ""};
    const uint64_t what = s_random(world, world->well ? 8 : 16);
    slack_link_event_t event = {.kind = SLACK_LINK_HEARD, .gen = socket->gen};
    socket->due_ms = world->now_ms + 500 + (int64_t)s_random(world, 20000);
    if (what == 15) {
        s_end(world, socket, SLACK_LINK_CLOSED);
        return;
    }
    if (what == 14) {
        socket->due_ms = INT64_MAX; /* half-open */
        return;
    }
    if (what >= 12) {
        event.kind = SLACK_LINK_DISCONNECT;
        event.why = reasons[s_random(world, sizeof reasons / sizeof reasons[0])];
    } else if (what >= 10) {
        event.kind = (slack_link_kind_t)s_random(world, SLACK_LINK_TICK); /* out of turn */
        event.why = "x";
        if (event.kind == SLACK_LINK_CLOSED || event.kind == SLACK_LINK_NO_URL) {
            event.kind = SLACK_LINK_HEARD; /* the world would not know */
        }
    }
    s_tell(world, event);
}

static void s_happen(world_t *world, socket_t *socket)
{
    if (!socket->made) {
        s_happen_url(world, socket);
    } else if (!slack_link_open(world->link, socket->gen) && socket->greeted) {
        s_end(world, socket, SLACK_LINK_CLOSED);
    } else if (!socket->greeted) {
        if (world->well || s_random(world, 3) > 0) {
            s_happen_hello(world, socket);
        } else {
            s_end(world, socket, SLACK_LINK_CLOSED);
        }
    } else {
        s_happen_up(world, socket);
    }
}

/* Goes on to what is next, a tick or something of Slack's. */
static void s_go_on(world_t *world, int64_t until_ms)
{
    const int64_t tick_ms = slack_link_next_ms(world->link);
    int64_t next_ms = tick_ms < until_ms ? tick_ms : until_ms;
    socket_t *next = NULL;
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        if (world->sockets[i].gen && world->sockets[i].due_ms < next_ms) {
            next = &world->sockets[i];
            next_ms = next->due_ms;
        }
    }
    world->now_ms = next_ms > world->now_ms ? next_ms : world->now_ms;
    if (next) {
        s_happen(world, next);
    } else {
        s_tell(world, (slack_link_event_t){.kind = SLACK_LINK_TICK});
    }
}

static void s_play(uint64_t seed)
{
    world_t world = {.seed = seed, .random = seed * 0x9e3779b97f4a7c15ULL | 1};
    world.link = slack_link_new(&slack_link_timing, seed);
    s_tell(&world, (slack_link_event_t){.kind = SLACK_LINK_START});
    size_t steps = 0;
    while (world.now_ms < HOUR_MS) {
        s_go_on(&world, HOUR_MS);
        assert_true(++steps < 100000);
    }
    if (world.asks > 60 + 40) { /* one a minute, and what stable times have forgiven */
        fail_msg("seed %u: %zu requests for a URL in an hour", (unsigned)seed, world.asks);
    }
    /* Slack is well again. A half-open socket may still have to be found out. */
    world.well = true;
    for (size_t i = 0; i < SOCKETS_MAX; i++) {
        if (world.sockets[i].gen && world.sockets[i].due_ms == INT64_MAX &&
            slack_link_open(world.link, world.sockets[i].gen)) {
            s_end(&world, &world.sockets[i], SLACK_LINK_CLOSED);
        }
    }
    while (world.now_ms < HOUR_MS + SOON_MS) {
        s_go_on(&world, HOUR_MS + SOON_MS);
    }
    if (!slack_link_up(world.link)) {
        fail_msg("seed %u: not up %d s after Slack was well", (unsigned)seed, SOON_MS / 1000);
    }
    assert_true(world.ups > 0);
    slack_link_destroy(&world.link);
}

static void test_anything_may_happen(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        s_play(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_anything_may_happen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
