/* factor_oidc.h: a fresh sign-in at an OpenID provider, by the page (proto/page.md).
 *
 * The browser signs in by an authorization code with PKCE, with prompt=login and max_age=0. State,
 * nonce and verifier come from the job under page.key_file, so that the id_token is good for this
 * alert alone, and another authd can go on. Approved is who signed in after they were asked, by the
 * means that are configured, and is named by oidc.claim; when they were asked is what is told as
 * accepted, in seconds since 1970. Who is named otherwise is FACTOR_SUSPECT. */
#pragma once

#include "services/authd/factor.h"

extern const factor_driver_t factor_oidc;
