/* okta_reply.h: what Okta's answers mean. Pure.
 *
 * Okta's lists of words grow, so whatever is not known here proves nothing. Nothing that Okta wrote
 * is shown to anybody or logged as it came: texts in these structs are ours. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/http.h"
#include "lib/json.h"
#include "proto/authd.h"
#include "services/authd/factor.h"

#define OKTA_ANSWER_MAX (256 * 1024)        /* bytes of an answer */
#define OKTA_ID_MAX 64                      /* bytes of a user's or factor's id */
#define OKTA_CODE_SIZE 16                   /* of an error's code ("E0000047") with the NUL */
#define OKTA_FACTORS_MAX 100                /* looked at; a person has a handful */
#define OKTA_NUMBER_MAX 999                 /* of a number challenge */
#define OKTA_WAIT_MAX_MS (60 * 60 * 1000LL) /* a longer wait is cut */
#define OKTA_API "/api/v1/"                 /* what we follow leads there */

/* ---- Every answer. */

typedef enum {
    OKTA_UNSURE,       /* no answer, or one that can't be read: it may have been done */
    OKTA_OK,           /* root holds what was asked for */
    OKTA_AWAY,         /* it was not sent, so not done */
    OKTA_UNAUTHORIZED, /* not done: the token holds no more */
    OKTA_LIMITED,      /* not done: too many requests */
    OKTA_REFUSED       /* not done; code says why */
} okta_end_t;

typedef struct {
    okta_end_t end;
    int status;                /* of HTTP; 0: no answer */
    char code[OKTA_CODE_SIZE]; /* of an error; "" if it has none */
    int64_t wait_ms;           /* no request of this kind before; 0: at once */
    int64_t now_ms;            /* Okta's clock, or ours if it did not tell */
    cJSON *tree;               /* okta_reply_clear frees it */
    const cJSON *root;         /* in tree: an object or an array; NULL if there is none */
    char text[192];            /* what is wrong, in words of ours; "" of OKTA_OK */
} okta_reply_t;

/* now_ms: of the wall clock. */
void okta_reply(const sb_http_answer_t *answer, int64_t now_ms, okta_reply_t *reply_r);
void okta_reply_clear(okta_reply_t *reply);

/* ---- A user. */

typedef struct {
    factor_status_t status;   /* FACTOR_OK, _NONE, _LOCKED, _DENIED or _UNAVAILABLE */
    char id[OKTA_ID_MAX + 1]; /* of FACTOR_OK */
    const char *text;         /* why it is not FACTOR_OK; NULL: the status says it */
} okta_user_t;

/* Okta finds a user by the part of a login before the @ too, which may be somebody else's: the user
 * must have exactly this login, whatever the case of letters. */
void okta_reply_user(const cJSON *root, const char *login, okta_user_t *out);

/* ---- Their factors: the first active one of a kind. */

typedef struct {
    char push[OKTA_ID_MAX + 1]; /* of Okta Verify; "" if there is none */
    char totp[OKTA_ID_MAX + 1]; /* the same */
} okta_factors_t;

void okta_reply_factors(const cJSON *root, okta_factors_t *out);

/* ---- verify, and what became of it. */

typedef enum {
    OKTA_RESULT_UNKNOWN, /* a word that is not known here, or none */
    OKTA_RESULT_WAITING,
    OKTA_RESULT_SUCCESS,
    OKTA_RESULT_REJECTED,
    OKTA_RESULT_FAILED,
    OKTA_RESULT_TIMEOUT,
    OKTA_RESULT_CANCELLED,
    OKTA_RESULT_WRONG_CODE,
    OKTA_RESULT_ERROR
} okta_result_t;

typedef struct {
    okta_result_t result;
    int number;                        /* to be picked on the phone; 0: there is none */
    int64_t left_ms;                   /* until it expires; -1: Okta did not say */
    char poll[SB_TRANSACTION_MAX + 1]; /* path of the link; "" if there is none, or it leads away */
    char cancel[SB_TRANSACTION_MAX + 1]; /* the same */
} okta_verify_t;

/* url: of the organisation, an origin. */
void okta_reply_verify(const okta_reply_t *reply, const char *url, okta_verify_t *out);
/* What a result that is not OKTA_RESULT_WAITING means. */
factor_status_t okta_result_status(okta_result_t result);
/* What a refusal of a code means, by the error's code. */
factor_status_t okta_code_status(const char *code);

/* Whether path is one that a link of Okta's could lead to, and may stand in a URL. */
bool okta_path_valid(const char *path);
