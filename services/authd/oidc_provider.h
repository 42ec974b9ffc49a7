/* oidc_provider.h: an OpenID provider: where it is reached, by which keys it signs, and the
 * exchange of a code for an id_token.
 *
 * What it publishes of itself is fetched when it is needed and kept for an hour; whether it can be
 * reached is believed for OIDC_FRESH_MS after it published something. A token that names
 * a key which is not known has the keys fetched again, once, and not more often than every
 * OIDC_REFETCH_MS for all tokens together. A code is sent once. One thread: the loop's. */
#pragma once

#include <czmq.h>
#include <stdint.h>

#include "lib/json.h"
#include "lib/jwt.h"
#include "lib/timers.h"

#define OIDC_CALL_MS 10000     /* for an answer */
#define OIDC_CONNECT_MS 5000   /* of these, for the connection */
#define OIDC_DISCOVERY_MS 4000 /* for each answer of what it publishes: the next factor waits */
#define OIDC_FRESH_MS 10000
#define OIDC_KEEP_MS (60 * 60 * 1000LL)
#define OIDC_REFETCH_MS 10000
#define OIDC_ANSWER_MAX (256 * 1024)

typedef struct oidc_provider oidc_provider_t;
typedef struct oidc_call oidc_call_t;

/* Texts are copied. */
typedef struct {
    const char *issuer;
    const char *client_id;
    const char *client_secret;
    const char *redirect_url;
    const char *ca_file;
} oidc_provider_config_t;

/* loop and timers are borrowed. */
oidc_provider_t *oidc_provider_new(zloop_t *loop, sb_timers_t *timers,
                                   const oidc_provider_config_t *config);
/* Every call has ended or was dropped. */
void oidc_provider_destroy(oidc_provider_t **self_p);

/* Where a browser is led to sign in, "https://...". Only in a callback of oidc_provider_reach. */
const char *oidc_provider_authorize_url(const oidc_provider_t *self);

/* claims are of a token whose signature is right, borrowed for the callback; NULL of
 * oidc_provider_reach, and if code is not SB_OK:
 * SB_ERETRY        it is away, or what it publishes or answered can't be used
 * SB_EFORBIDDEN    it does not take the code
 * SB_EINVALID      it gave no token, or one that is not rightly signed */
typedef void(oidc_fn)(void *arg, int code, const cJSON *claims, const sb_err_t *err);

/* fn comes once, never before these have returned; the call is dead then. */
oidc_call_t *oidc_provider_reach(oidc_provider_t *self, oidc_fn *fn, void *arg);
oidc_call_t *oidc_provider_redeem(oidc_provider_t *self, const char *code, const char *verifier,
                                  oidc_fn *fn, void *arg);
/* fn does not come any more. Clears *call_p; NULL is fine. */
void oidc_provider_drop(oidc_call_t **call_p);
