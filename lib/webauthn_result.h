/* webauthn_result.h: what became of a passkey's answer, one value for each reason. */
#pragma once

#include "lib/err.h"

typedef enum {
    SB_WEBAUTHN_UNCHECKED = 0, /* nobody looked: what a forgotten or wiped variable says */
    SB_WEBAUTHN_VERIFIED,      /* the only approval */
    /* All is right but the counter, which did not grow: perhaps the passkey has a twin. No
     * approval: a signal, to be told to the team. */
    SB_WEBAUTHN_COUNTER_REGRESSED,
    SB_WEBAUTHN_OTHER_CREDENTIAL, /* not the credential that was asked */
    SB_WEBAUTHN_OTHER_USER,       /* the authenticator holds it for somebody else */
    SB_WEBAUTHN_BAD_CLIENT_DATA,  /* not what a browser writes */
    SB_WEBAUTHN_WRONG_TYPE,       /* made for the other ceremony */
    SB_WEBAUTHN_WRONG_CHALLENGE,
    SB_WEBAUTHN_WRONG_ORIGIN,
    SB_WEBAUTHN_TOP_ORIGIN,   /* in a frame of another site, which is named */
    SB_WEBAUTHN_CROSS_ORIGIN, /* in a frame of another site */
    SB_WEBAUTHN_BAD_AUTH_DATA,
    SB_WEBAUTHN_WRONG_PARTY, /* made for another relying party */
    SB_WEBAUTHN_NOT_PRESENT,
    SB_WEBAUTHN_NOT_VERIFIED,   /* nobody gave a PIN, a finger or a face */
    SB_WEBAUTHN_BACKUP_FLAGS,   /* backed up, and yet not made for it */
    SB_WEBAUTHN_BACKUP_CHANGED, /* made for backup now and not before, or the reverse */
    SB_WEBAUTHN_BAD_KEPT_KEY,   /* what we kept is no key of its algorithm */
    SB_WEBAUTHN_BAD_SIGNATURE,
    SB_WEBAUTHN_BAD_ATTESTATION,
    SB_WEBAUTHN_NO_CREDENTIAL, /* a registration without one */
    SB_WEBAUTHN_BAD_PUBLIC_KEY,
    SB_WEBAUTHN_UNSUPPORTED_ALGORITHM,
    SB_WEBAUTHN_RESULTS /* how many there are */
} sb_webauthn_result_t;

/* "wrong_origin": for logs and records. */
const char *sb_webauthn_result_name(sb_webauthn_result_t result);

/* Fills err with SB_EINVALID and the text, and returns result. */
sb_webauthn_result_t sb_webauthn_refuse(sb_err_t *err, sb_webauthn_result_t result, const char *fmt,
                                        ...) SB_PRINTF(3, 4);
