/* webauthn_auth_data.h: what an authenticator says of itself and of who is before it, in the bytes
 * that it signs. */
#pragma once

#include <stdbool.h>

#include "lib/bytes.h"
#include "lib/cose.h"
#include "lib/webauthn_result.h"

#define SB_WEBAUTHN_AUTH_DATA_MAX 4096 /* bytes; 37 but for new credentials and extensions */
#define SB_WEBAUTHN_ID_MAX 1023        /* bytes of a credential's id, by the standard */
#define SB_WEBAUTHN_AAGUID_SIZE 16
#define SB_WEBAUTHN_RP_ID_HASH_SIZE 32

typedef struct {
    uint8_t rp_id_hash[SB_WEBAUTHN_RP_ID_HASH_SIZE];
    bool user_present;
    bool user_verified;
    bool backup_eligible;
    bool backed_up;
    uint32_t sign_count;
    /* Of a new credential; else it is false, and the rest is zero. */
    bool attested;
    uint8_t aaguid[SB_WEBAUTHN_AAGUID_SIZE];
    sb_bytes_t credential_id; /* borrowed from what was read */
    sb_cose_key_t key;
} sb_webauthn_auth_data_t;

/* Reads it to the last byte: what the flags don't announce is a fault, what they announce must be
 * whole. Outputs of extensions must be a map, and are not used. SB_WEBAUTHN_VERIFIED if it could be
 * read; else _BAD_AUTH_DATA, _BAD_PUBLIC_KEY or _UNSUPPORTED_ALGORITHM. */
SB_MUSTCHECK sb_webauthn_result_t sb_webauthn_auth_data_read(sb_bytes_t bytes,
                                                             sb_webauthn_auth_data_t *auth_data_r,
                                                             sb_err_t *err);

/* SB_WEBAUTHN_VERIFIED if it was made for this relying party, before a user who is there and proved
 * to be its owner, and its backup flags make sense. */
SB_MUSTCHECK sb_webauthn_result_t sb_webauthn_auth_data_check(
    const sb_webauthn_auth_data_t *auth_data, const char *rp_id, sb_err_t *err);
