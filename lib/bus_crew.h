/* bus_crew.h: the workers as botd sees them: who is there, with how much credit, heard when. Pure;
 * used by bus_jobs.c alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/bus_wire.h"
#include "lib/json.h"
#include "lib/role.h"
#include "proto/bus.h"

#define SB_WORKERS_MAX 256

typedef struct sb_hand sb_hand_t;

/* One worker. */
struct sb_hand {
    uint64_t number; /* never used twice */
    sb_peer_t peer;
    char service[SB_NAME_SIZE_MAX];
    char driver[SB_NAME_SIZE_MAX];
    char instance[SB_INSTANCE_SIZE_MAX];
    int64_t credit;
    size_t jobs; /* unanswered */
    int64_t heard_ms;
    int64_t sent_ms;
    int64_t rest_ms;  /* it was busy: no job before this */
    uint64_t turn;    /* of the last job it got */
    unsigned strikes; /* unanswered in a row */
    sb_hand_t *next;
};

typedef struct {
    sb_hand_t *first;
    size_t len;
    uint64_t numbers;
    uint64_t turns;
} sb_crew_t; /* zeroed at birth */

/* What a READY says; the texts are the message's. */
typedef struct {
    const char *service;
    const char *driver;
    const char *instance;
    int64_t credit;
} sb_ready_t;

/* The service must be that of the head and of the peer's role. */
SB_MUSTCHECK int sb_ready_read(sb_role_t role, const sb_head_t *head, const sb_msg_t *msg,
                               sb_ready_t *ready_r, sb_err_t *err);

/* NULL if the crew is full. */
sb_hand_t *sb_crew_add(sb_crew_t *self, const sb_peer_t *peer);
/* Takes over what it says, with a clean slate. */
void sb_hand_ready(sb_hand_t *hand, const sb_ready_t *ready, int64_t now_ms);
/* Frees the hand. */
void sb_crew_remove(sb_crew_t *self, sb_hand_t *hand);
sb_hand_t *sb_crew_by_peer(const sb_crew_t *self, const sb_peer_t *peer);
sb_hand_t *sb_crew_by_instance(const sb_crew_t *self, const char *service, const char *instance);

/* Gets jobs at all: said READY and did not strike out since. */
bool sb_hand_is_trusted(const sb_hand_t *hand);
/* Whom the next job of the service goes to: of those with credit the one with the fewest jobs, and
 * of these the one whose turn is longest ago. The hand number `but` (0: none) gets it only if it is
 * the service's only trusted one. NULL: nobody can take it now. */
sb_hand_t *sb_crew_pick(const sb_crew_t *self, const char *service, uint64_t but, int64_t now_ms);
void sb_crew_note_turn(sb_crew_t *self, sb_hand_t *hand);

size_t sb_crew_count(const sb_crew_t *self, const char *service);
/* See sb_pool_workers_json. */
cJSON *sb_crew_json(const sb_crew_t *self, int64_t now_ms);
