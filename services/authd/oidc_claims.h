/* oidc_claims.h: what an id_token must say to prove that one person is there now, for one alert
 * (OpenID Connect Core 1.0, 3.1.3.7). Pure; its signature was verified before. */
#pragma once

#include <cjson/cJSON.h>
#include <stdint.h>

#include "lib/err.h"

#define OIDC_LEEWAY_S 30 /* between the provider's clock and ours */
#define OIDC_CLAIM_MAX 255

typedef struct {
    const char *issuer;
    const char *client_id;
    const char *nonce;
    const char *claim; /* that names the person */
    const char *name;  /* what it must say, whatever the case of letters */
    char *const *acr;  /* one of them must be the token's; NULL-ended; empty: none is needed */
    char *const *amr;  /* each of them must be among the token's; the same */
    int64_t asked_s;   /* when the person was asked: no sign-in from before is good enough */
    int64_t max_age_s; /* the longest time between the sign-in and now_s */
    int64_t now_s;
} oidc_want_t;

typedef enum {
    OIDC_BROKEN, /* it is no id_token for this sign-in: nothing can be said */
    OIDC_PROVEN,
    OIDC_WEAK,   /* the person signed in too long ago, or by too weak means */
    OIDC_STRANGE /* somebody else signed in, or it belongs to another question */
} oidc_verdict_t;

/* Unless OIDC_PROVEN err says why, without a word of the provider's. */
oidc_verdict_t oidc_judge(const cJSON *claims, const oidc_want_t *want, sb_err_t *err);
