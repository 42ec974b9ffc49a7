/* bench.h: what the players of a bench share: the loop, the way to taskd, and the tally. */
#pragma once

#include <czmq.h>

#include "lib/bus_client.h"
#include "lib/crypto.h"

#define BENCH_PERSON_SIZE 16

typedef enum {
    BENCH_ENROLL,  /* gives each person a second factor */
    BENCH_OPEN,    /* creates an alert for each and leaves it open */
    BENCH_LATENCY, /* until the question is at the chat, one after the other */
    BENCH_WHOLE,   /* until the alert is confirmed and the person has been told */
} bench_mode_t;

typedef struct {
    zloop_t *loop;
    sb_client_t *taskd;
    uint8_t seal_key[SB_KEY_SIZE];
    int port; /* of the chat */
    bench_mode_t mode;
    unsigned first; /* number of the first person */
    unsigned count; /* people, one alert each */
    int64_t pause_ms;

    unsigned begun;
    unsigned ended;
    unsigned ended_seen; /* at the last look for a stall */
    double *accepted_ms; /* of each: from the question's being accepted to its message */
    double *sent_ms;     /* from its being sent to taskd */
} bench_t;

/* "p00017" */
void bench_person(unsigned number, char person[BENCH_PERSON_SIZE]);
/* The person's secret, made from the name alone, so that no run has to remember it. */
void bench_secret(const char *person, uint8_t secret[SB_SHA256_SIZE]);
/* The next person who is to play; false if all have begun. */
bool bench_next(bench_t *self, char person[BENCH_PERSON_SIZE]);
/* One more is done; the last one ends the loop. */
void bench_ended(bench_t *self);
/* Creates an alert for person; fn as in sb_client_call. */
void bench_create(bench_t *self, const char *person, sb_reply_fn *fn, void *arg);
/* Microseconds of a clock that never jumps, as milliseconds. */
double bench_now_ms(void);
