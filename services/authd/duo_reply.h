/* duo_reply.h: what Duo's answers mean. Pure.
 *
 * Duo adds values to what it enumerates as it likes, so whatever is not known here proves nothing.
 * Nothing that Duo wrote is shown to anybody or logged as it came: texts in these structs are ours,
 * or cleaned (duo_clean). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/http.h"
#include "lib/json.h"
#include "proto/authd.h"
#include "services/authd/factor.h"

#define DUO_ANSWER_MAX (256 * 1024) /* bytes of an answer */
#define DUO_DEVICES_MAX 100         /* looked at; a person has a handful */
#define DUO_NAME_MAX 64             /* bytes of a device's name, as shown to an operator */
#define DUO_ID_MAX 64               /* bytes of a device's id */
#define DUO_VERIFICATION_DIGITS_MIN 3
#define DUO_VERIFICATION_DIGITS_MAX 6
#define DUO_RETRY_AFTER_MAX_S 3600 /* a longer one is cut */

/* ---- Every answer. */

typedef enum {
    DUO_UNSURE,  /* no answer, or one that can't be read: it may have been done */
    DUO_OK,      /* response holds what was asked for */
    DUO_AWAY,    /* it was not sent, so not done */
    DUO_CLOCK,   /* not done: our time is not Duo's */
    DUO_LIMITED, /* not done: too many requests */
    DUO_REFUSED  /* not done: keys, rights or parameters are wrong */
} duo_end_t;

typedef struct {
    duo_end_t end;
    int status;            /* of HTTP; 0: no answer */
    int code;              /* Duo's; 0: it gave none */
    int64_t retry_ms;      /* of DUO_LIMITED: Duo wants us to wait so long; -1: it did not say */
    cJSON *tree;           /* NULL if it was not JSON; duo_reply_clear frees it */
    const cJSON *response; /* in tree; of DUO_OK */
    char text[160];        /* what is wrong, in words of ours; "" of DUO_OK */
} duo_reply_t;

/* now_ms: of the wall clock, for a Retry-After that is a date. */
void duo_reply(const sb_http_answer_t *answer, int64_t now_ms, duo_reply_t *reply_r);
void duo_reply_clear(duo_reply_t *reply);

/* How long to wait before the same request is made for the tries-th time again (from 0): what Duo
 * asked for (retry_ms, or -1), else 1, 2, 4 s and so on; and a part of a second more, so that those
 * who were refused together do not come together again. */
int64_t duo_retry_wait_ms(unsigned tries, int64_t retry_ms, uint32_t random);

/* Duo's time in seconds from the response of ping; -1 if it is none. */
int64_t duo_reply_time(const cJSON *response);

/* ---- preauth. */

typedef enum {
    DUO_PRE_UNKNOWN, /* can't be read, or is new */
    DUO_PRE_AUTH,    /* may be asked */
    DUO_PRE_BYPASS,  /* Duo lets this person pass unasked, which proves nothing */
    DUO_PRE_DENY,    /* the account is shut */
    DUO_PRE_ENROLL   /* not known to Duo */
} duo_pre_t;

typedef struct {
    duo_pre_t result;
    char device[DUO_ID_MAX + 1]; /* the first that takes pushes; "": none does */
    char name[DUO_NAME_MAX + 4]; /* its name, cleaned */
    /* Of a verified push; both "" if Duo offers none. */
    char txid[SB_TRANSACTION_MAX + 1];
    char verification[DUO_VERIFICATION_DIGITS_MAX + 1];
} duo_preauth_t;

void duo_reply_preauth(const cJSON *response, duo_preauth_t *out);

/* ---- auth, asynchronous. */

/* False (and "") if the response holds no id. */
bool duo_reply_txid(const cJSON *response, char out[SB_TRANSACTION_MAX + 1]);
/* Whether text could be an id of Duo's, and may stand in a URL. */
bool duo_txid_valid(const char *text);

/* ---- auth_status. */

typedef enum {
    DUO_LOGIN_UNPROVEN, /* it ended, or can't be read, and proves nothing: a bypass, a new value */
    DUO_LOGIN_WAITING,
    DUO_LOGIN_APPROVED, /* result and status are both "allow" */
    DUO_LOGIN_DENIED,
    DUO_LOGIN_FRAUD,
    DUO_LOGIN_TIMEOUT,
    DUO_LOGIN_LOCKED
} duo_login_t;

duo_login_t duo_reply_login(const cJSON *response);
/* What a login that has ended means; not of DUO_LOGIN_WAITING. */
factor_status_t duo_login_status(duo_login_t login);
