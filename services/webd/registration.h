/* registration.h: a new passkey, from what the browser posts to what taskd keeps. Pure. */
#pragma once

#include "lib/json.h"

#define REGISTRATION_NAME_MAX 64 /* bytes of what a passkey is called */

/* The `passkey` of invite.redeem, once the registration is verified against challenge (base64url).
 * NULL and err if it is not in order. */
cJSON *registration_read(const cJSON *posted, const char *rp_id, const char *origin,
                         const char *challenge, sb_err_t *err);

/* A person's `user.id`: SHA-256 of the username, in base64url; the caller frees it. */
char *registration_user_id(const char *person);
