/* slack_world.h: a loop with a transport to Slack on it, a fake Slack at the other end, and what
 * became of both. Times are scaled down; what must take time is waited for, and nothing is judged
 * by a clock that a busy machine could falsify. */
#pragma once

#include <czmq.h>
#include <stdbool.h>

#include "lib/clock.h"
#include "services/chatd/slack_events.h"
#include "services/chatd/slack_socket.h"
#include "tests/integration/chatd/slack_bed.h"

#define WORLD_WAIT_MS 30000
#define WORLD_USER "U000000001"
#define WORLD_IDS_MAX 512

extern const slack_link_timing_t world_timing;
/* Options of the fake Slack. The fast one tries again after 0, 0.6 and 3 s, and waits for an
 * acknowledgement for 0.3 s. */
extern const char *const world_people[];
extern const char *const world_fast[];

typedef struct {
    slack_bed_t *slack;
    zloop_t *loop;
    sb_http_t *http;
    slack_api_t *api;
    slack_socket_t *socket;
    slack_events_t *events;
    int ups;
    int downs;
    int alarms;
    int64_t gap_ms;
    char why[128];
    int code;       /* what becomes of the next envelopes */
    int codes_left; /* so many; then SB_OK */
    int envelopes;
    int retried;
    int kinds[3];
    char ids[WORLD_IDS_MAX][64]; /* of the events, without repetition */
    size_t ids_len;
    size_t repeated;
    size_t text_len; /* of the last message */
    int replies;
    int classes[SLACK_AMBIGUOUS + 1];
} world_t;

/* Begins the fake Slack and the loop; the rest is the test's. */
void world_begin(world_t *world, const char *const *options);
/* url: of the fake Slack, however it is called. */
void world_begin_api(world_t *world, const char *url, const char *ca_file);
void world_begin_socket(world_t *world);
/* All of these. */
void world_open(world_t *world, const char *const *options);
void world_close(world_t *world);

/* Notes what comes, and decides as world says. */
void world_on_envelope(void *ctx, const slack_envelope_t *envelope);

void world_run(world_t *world, size_t ms);

/* Runs until the condition holds; a test fails by its line if it never does. */
#define UNTIL(world, condition)                                                                    \
    do {                                                                                           \
        const int64_t until_ms = sb_clock_mono_ms() + WORLD_WAIT_MS;                               \
        while (!(condition)) {                                                                     \
            world_run(world, 5);                                                                   \
            if (sb_clock_mono_ms() > until_ms) {                                                   \
                fail_msg("line %d: never: %s (%s)", __LINE__, #condition, (world)->why);           \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/* A number of the fake Slack's counters, and of its sockets; -1 if there is none. */
long world_counter(const world_t *world, const char *path);
long world_sockets(const world_t *world, const char *path);
/* A number of the socket's, or how often it was told to disconnect for a reason. */
int64_t world_stat(const world_t *world, const char *name);
/* A person writes to the bot. */
void world_post(const world_t *world);
