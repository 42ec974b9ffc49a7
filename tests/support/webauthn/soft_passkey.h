/* soft_passkey.h: an authenticator made of software, which signs whatever a test wants signed, in
 * the forms of the standard's section 6. Its key is at random, its credential's id is not. */
#pragma once

#include <stdint.h>

#include "lib/bytes.h"
#include "lib/cose.h"

#define SOFT_PASSKEY_BYTES_MAX 2048
#define SOFT_PASSKEY_ID "a credential's id, of 32 bytes.."
#define SOFT_PASSKEY_ID_SIZE 32
#define SOFT_PASSKEY_AAGUID "sixteen bytes..."

enum {
    SOFT_PASSKEY_UP = 0x01,
    SOFT_PASSKEY_UV = 0x04,
    SOFT_PASSKEY_BE = 0x08,
    SOFT_PASSKEY_BS = 0x10,
    SOFT_PASSKEY_AT = 0x40,
    SOFT_PASSKEY_ED = 0x80
};

/* Bytes with room, for a test to spoil. */
typedef struct {
    uint8_t data[SOFT_PASSKEY_BYTES_MAX];
    size_t size;
} soft_bytes_t;

typedef struct soft_passkey soft_passkey_t;

soft_passkey_t *soft_passkey_new(sb_cose_algorithm_t algorithm);
void soft_passkey_destroy(soft_passkey_t **self_p);

/* Its public key in the two forms. */
soft_bytes_t soft_passkey_cose(const soft_passkey_t *self);
soft_bytes_t soft_passkey_spki(const soft_passkey_t *self);
/* Authenticator data. With SOFT_PASSKEY_AT the credential is in it; for SOFT_PASSKEY_ED the caller
 * appends the outputs. */
soft_bytes_t soft_passkey_auth_data(const soft_passkey_t *self, const char *rp_id, uint8_t flags,
                                    uint32_t sign_count);
/* An attestation object of the format "none". */
soft_bytes_t soft_passkey_attestation(sb_bytes_t auth_data);
/* As a browser writes it, of a page of this origin, not in a frame. */
soft_bytes_t soft_passkey_client_data(const char *type, sb_bytes_t challenge, const char *origin);
soft_bytes_t soft_passkey_sign(const soft_passkey_t *self, sb_bytes_t auth_data,
                               sb_bytes_t client_data);

void soft_bytes_add(soft_bytes_t *self, const void *data, size_t size);
sb_bytes_t soft_bytes(const soft_bytes_t *self);
