/* webauthn.h: is this a passkey's answer, and to us? The relying party's side of Web Authentication
 * (W3C, level 3, sections 7.1 and 7.2), pure: no clock, no store, no network.
 *
 * The caller brings what only it can know: that the challenge is fresh, at random, bound to one
 * question and used once, and whose credential was asked for. User verification is always demanded
 * and a page within another site's frame never taken. */
#pragma once

#include <stdbool.h>

#include "lib/bytes.h"
#include "lib/cose.h"
#include "lib/webauthn_auth_data.h"
#include "lib/webauthn_client_data.h"
#include "lib/webauthn_result.h"

#define SB_WEBAUTHN_USER_HANDLE_MAX 64 /* bytes, by the standard */
#define SB_WEBAUTHN_ATTESTATION_MAX 32768

typedef struct {
    const char *rp_id;          /* "bot.example.org" */
    const char *const *origins; /* "https://bot.example.org": compared to the byte */
    size_t origins_len;
} sb_webauthn_party_t;

/* ---- Confirming. */

/* A credential as it was kept. */
typedef struct {
    sb_bytes_t id;
    sb_bytes_t user_handle; /* 1 to SB_WEBAUTHN_USER_HANDLE_MAX bytes */
    int64_t algorithm;      /* sb_cose_algorithm_t */
    sb_bytes_t spki;        /* its public key */
    uint32_t sign_count;
    bool backup_eligible;
} sb_webauthn_credential_t;

/* What the browser sent, out of its base64url. */
typedef struct {
    sb_bytes_t credential_id;
    sb_bytes_t client_data;
    sb_bytes_t auth_data;
    sb_bytes_t signature;
    sb_bytes_t user_handle; /* empty if the authenticator gave none */
} sb_webauthn_assertion_t;

/* To be kept with the credential. */
typedef struct {
    uint32_t sign_count;
    bool backed_up;
} sb_webauthn_news_t;

/* SB_WEBAUTHN_VERIFIED, or why not, with a text in err. news_r is filled if the signature is good:
 * for _VERIFIED and _COUNTER_REGRESSED. A counter that is zero then and now is one that the
 * authenticator does not have. */
SB_MUSTCHECK sb_webauthn_result_t sb_webauthn_verify_assertion(
    const sb_webauthn_party_t *party, sb_bytes_t challenge,
    const sb_webauthn_credential_t *credential, const sb_webauthn_assertion_t *assertion,
    sb_webauthn_news_t *news_r, sb_err_t *err);

/* ---- Enrolling. */

typedef struct {
    sb_bytes_t client_data;
    sb_bytes_t attestation; /* the attestation object */
} sb_webauthn_registration_t;

/* A credential to be kept, for the user whose registration it was. The caller sees to it that no
 * user has it already. */
typedef struct {
    uint8_t id[SB_WEBAUTHN_ID_MAX];
    size_t id_size;
    sb_cose_key_t key;
    uint32_t sign_count;
    bool backup_eligible;
    bool backed_up;
    uint8_t
        aaguid[SB_WEBAUTHN_AAGUID_SIZE]; /* the model, as it says itself: to show, not to trust */
} sb_webauthn_enrolled_t;

/* SB_WEBAUTHN_VERIFIED, or why not, with a text in err. We ask for no attestation ("none"), and
 * browsers may pass on what they can't make anonymous: so a statement of any format is read to its
 * end, and neither believed nor used. */
SB_MUSTCHECK sb_webauthn_result_t
sb_webauthn_verify_registration(const sb_webauthn_party_t *party, sb_bytes_t challenge,
                                const sb_webauthn_registration_t *registration,
                                sb_webauthn_enrolled_t *enrolled_r, sb_err_t *err);
