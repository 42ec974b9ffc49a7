/* factor.h: the port behind which second factors live; one driver per file, factor_NAME.c.
 *
 * A driver says whether a person is there; what that means is botd's. It never waits: it starts
 * work, gives it a handle and reports the end later. So factors that are typed and done in a
 * millisecond and those that ask a phone and wait a minute look the same from here, and any can be
 * cancelled. The deadline is kept by jobs.c, which cancels what is late: a driver needs no clock of
 * its own for that. One thread: the loop's. */
#pragma once

#include <stdbool.h>

#include "lib/err.h"
#include "lib/timers.h"
#include "services/authd/config.h"
#include "services/authd/store.h"

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
    FACTOR_CANCELLED
} factor_status_t;

/* The wire's word; "unavailable" for a number that is none. */
const char *factor_status_name(factor_status_t status);

/* What a driver may use. Lives longer than the driver. */
typedef struct {
    const authd_config_t *config;
    store_t *store;
    sb_timers_t *timers;
} factor_env_t;

/* Texts are borrowed until the work has ended or was cancelled. */
typedef struct {
    const char *job; /* the same id again is the same job, maybe after a restart */
    const char *person;
    const char *alert; /* hash; NULL for can, as are the rest */
    const char *code;  /* as typed; NULL if the factor is not typed */
    const char *title, *description;
} factor_request_t;

/* How work reports. accepted: at most once, for work that waits for a person: they were asked;
 * transaction (may be NULL) is the provider's id. done: exactly once, the handle is dead then.
 * Neither is called before the function that started the work has returned. */
typedef struct {
    void (*accepted)(void *arg, const char *transaction);
    void (*done)(void *arg, factor_status_t status);
    void *arg;
} factor_events_t;

typedef struct {
    const char *name;
    bool typed; /* the person types a code in the chat */

    /* Whether the configuration suffices, for --check too. */
    int (*check)(const authd_config_t *config, sb_err_t *err);
    /* The driver's own state. NULL and err if it can't work. */
    void *(*open)(const factor_env_t *env, sb_err_t *err);
    /* All work has ended or was cancelled. */
    void (*close)(void **self_p);

    /* Can this person prove themselves so? Ends with FACTOR_OK, _NONE, _LOCKED or _UNAVAILABLE. */
    void *(*can)(void *self, const factor_request_t *request, const factor_events_t *events);
    /* Asks for a proof for request->alert. A job that was approved before ends FACTOR_APPROVED
     * again and consumes nothing. */
    void *(*start)(void *self, const factor_request_t *request, const factor_events_t *events);
    /* Ends work of either kind; nothing is reported of it any more. */
    void (*cancel)(void *self, void *work);
} factor_driver_t;
