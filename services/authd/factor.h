/* factor.h: the port behind which second factors live; one driver per file, factor_NAME.c.
 *
 * A driver says whether a person is there; what that means is botd's. It never waits: it starts
 * work, gives it a handle and reports the end later. So factors that are typed and done in a
 * millisecond and those that ask a phone and wait a minute look the same from here, and any can be
 * cancelled. The deadline is kept by jobs.c, which cancels what is late: a driver needs no clock of
 * its own for that. A driver that speaks HTTP opens an sb_http client of its own on the loop (an
 * actor and a pool of connections, so that one provider that hangs takes nothing from another) and
 * gives every request a limit of time. One thread: the loop's. */
#pragma once

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/timers.h"
#include "services/authd/config.h"
#include "services/authd/store.h"

#define FACTOR_CODE_MAX 64 /* bytes of a code as typed, with blanks */

/* proto/authd.md. 0 is not an approval, and neither is a number that is not here. */
typedef enum {
    FACTOR_UNAVAILABLE,
    FACTOR_OK, /* of can: enrolled and usable */
    FACTOR_APPROVED,
    FACTOR_WRONG_CODE,
    FACTOR_REFUSED,
    FACTOR_FRAUD,
    FACTOR_TIMEOUT,
    FACTOR_NONE,
    FACTOR_LOCKED,
    FACTOR_CANCELLED,
    FACTOR_DENIED, /* the provider refuses the account */
    FACTOR_SUSPECT /* the proof itself is wrong */
} factor_status_t;

/* The wire's word; "unavailable" for a number that is none. */
const char *factor_status_name(factor_status_t status);
/* The number of a word; FACTOR_UNAVAILABLE if it is none. */
factor_status_t factor_status_of(const char *name);

/* Weakest first, to be compared with <. */
typedef enum { FACTOR_WEAKEST, FACTOR_CODE, FACTOR_PUSH, FACTOR_PASSKEY } factor_strength_t;
#define FACTOR_STRENGTHS 4

/* The wire's word; NULL for FACTOR_WEAKEST and for a number that is none. */
const char *factor_strength_name(factor_strength_t strength);

struct pages; /* services/authd/pages.h */

/* What a driver may use. Lives longer than the driver. */
typedef struct {
    const authd_config_t *config;
    store_t *store;
    sb_timers_t *timers;
    zloop_t *loop;
    struct pages *pages; /* NULL without page.url and page.key_file: pages_check says so */
} factor_env_t;

/* Texts are borrowed until the work has ended or was cancelled. */
typedef struct {
    const char *job; /* the same id again is the same job, maybe after a restart */
    const char *person;
    const char *alert;          /* hash; NULL for can, as are the other texts */
    const char *short_code;     /* the alert's, as the chat's card shows it */
    const char *code;           /* as typed in the chat; NULL if none was */
    const char *title;          /* of the alert; foreign, to be encoded and cut */
    const char *description;    /* the same */
    const char *reason;         /* the same; "" if there is none */
    factor_strength_t strength; /* the least that suffices */
    bool again;                 /* it was handed out before, and the person may have been asked */
    const char *transaction;    /* what was told as accepted then; NULL: nothing was */
    int64_t left_ms;            /* from now until the deadline */
} factor_request_t;

/* What a person can do with a factor. */
typedef struct {
    factor_status_t status;     /* FACTOR_OK, _NONE, _LOCKED, _DENIED or _UNAVAILABLE */
    factor_strength_t strength; /* of what start would do; counts if OK */
    bool typed;                 /* the person types a code in the chat, which start must carry */
    /* For an operator: what was found and what start would do, in words of ours ("would send a push
     * with a number to \"phone\""); borrowed for the call. NULL: what the status says already. */
    const char *text;
} factor_found_t;

/* How work reports. None is called before the function that started the work has returned.
 *
 * found: the end of can, exactly once. accepted: of start, at most once, for work that waits for a
 * person: they were asked. transaction (may be NULL) is the provider's id, by which an authd that
 * takes the job up again finds it; show_kind (SB_SHOW_NUMBER, SB_SHOW_LINK or NULL) and show_text
 * are for the chat's card. done: the end of start, exactly once. The handle is dead after an end.
 */
typedef struct {
    void (*found)(void *arg, const factor_found_t *found);
    void (*accepted)(void *arg, const char *transaction, const char *show_kind,
                     const char *show_text);
    void (*done)(void *arg, factor_status_t status);
    void *arg;
} factor_events_t;

/* Why work is cancelled. */
typedef enum {
    FACTOR_DROP,    /* this process stops: another one goes on with it, so tell nobody */
    FACTOR_WITHDRAW /* nobody waits for it any more: take the question back where that is possible
                     */
} factor_cancel_t;

typedef struct {
    const char *name;
    factor_strength_t strength; /* the most that it can reach; jobs.c asks for no more */

    /* Whether the configuration suffices, for --check too. */
    int (*check)(const authd_config_t *config, sb_err_t *err);
    /* The driver's own state. NULL and err if it can't work. */
    void *(*open)(const factor_env_t *env, sb_err_t *err);
    /* All work has ended or was cancelled. */
    void (*close)(void **self_p);
    /* A start without a typed code is the caller's fault. NULL: never. */
    bool (*needs_code)(const void *self);

    /* Can this person prove themselves so? Asks no person. */
    void *(*can)(void *self, const factor_request_t *request, const factor_events_t *events);
    /* Asks for a proof for request->alert, of request->strength at least; ends FACTOR_UNAVAILABLE
     * and asks nobody if this person can't reach it. With again it asks nobody anew: it goes on
     * waiting for request->transaction, or ends FACTOR_UNAVAILABLE if it can't find out what became
     * of the question. A job that was approved before ends FACTOR_APPROVED again and consumes
     * nothing. */
    void *(*start)(void *self, const factor_request_t *request, const factor_events_t *events);
    /* Ends work of either kind; nothing is reported of it any more. */
    void (*cancel)(void *self, void *work, factor_cancel_t why);
} factor_driver_t;
