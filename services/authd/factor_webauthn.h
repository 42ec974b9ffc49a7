/* factor_webauthn.h: passkeys, asked for on the one-time page (proto/page.md). The strongest
 * factor: what the authenticator signs is good at our address alone, and for one alert alone.
 *
 * What binds what: the challenge is SHA-256 over a fixed text, the job, the person, the alert's
 * hash and 32 bytes under page.key_file (pages_derive). It is derived anew when an answer comes, so
 * neither the store nor the browser can put another in its place; it is as fresh as the job is, and
 * a job is proven once. The passkey must be one of the person's own, which the store knows; its
 * user handle is SHA-256 of the person's id. The counter is the store's to move on, for this job.
 */
#pragma once

#include "services/authd/factor.h"

extern const factor_driver_t factor_webauthn;
