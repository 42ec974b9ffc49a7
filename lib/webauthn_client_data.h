/* webauthn_client_data.h: what the browser says of a ceremony with a passkey: which, for which
 * challenge, and on whose page. */
#pragma once

#include "lib/bytes.h"
#include "lib/webauthn_result.h"

#define SB_WEBAUTHN_CREATE "webauthn.create"
#define SB_WEBAUTHN_GET "webauthn.get"
#define SB_WEBAUTHN_CHALLENGE_MIN 16     /* bytes, at random */
#define SB_WEBAUTHN_CLIENT_DATA_MAX 4096 /* bytes; browsers write some 250 */

typedef struct {
    const char *type;
    sb_bytes_t challenge;
    const char *const *origins; /* as browsers write them: "https://bot.example.org" */
    size_t origins_len;
} sb_webauthn_expected_t;

/* SB_WEBAUTHN_VERIFIED if the browser's text, a JSON object, says just that, and of no frame in
 * another site's page. Members that are not known are ignored: browsers add some, lest we compare
 * texts. */
SB_MUSTCHECK sb_webauthn_result_t sb_webauthn_client_data_check(const sb_webauthn_expected_t *want,
                                                                sb_bytes_t client_data,
                                                                sb_err_t *err);
