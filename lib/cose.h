/* cose.h: the public keys of passkeys (RFC 9052, RFC 9053) and what they signed.
 *
 * Kept is not the COSE form but DER's SubjectPublicKeyInfo: it has one form per key, every tool
 * reads it, and the second of the two readers, the one that runs at each confirmation, needs no
 * CBOR. The two algorithms are those that each passkey has one of. */
#pragma once

#include "lib/bytes.h"
#include "lib/cbor.h"
#include "lib/err.h"

typedef enum {
    SB_COSE_ES256 = -7, /* ECDSA on P-256 with SHA-256; a signature is DER */
    SB_COSE_EDDSA = -8  /* Ed25519; a signature is 64 bytes */
} sb_cose_algorithm_t;

#define SB_COSE_SPKI_MAX 91 /* bytes: what P-256 takes; Ed25519 takes 44 */

typedef struct {
    sb_cose_algorithm_t algorithm;
    uint8_t spki[SB_COSE_SPKI_MAX];
    size_t spki_size;
} sb_cose_key_t;

/* The key that stands next, a map of just the parameters it needs, its point on the curve.
 * SB_EINVALID; SB_EUNKNOWN if all that is wrong is an algorithm that is none of ours. */
SB_MUSTCHECK int sb_cose_key_read(sb_cbor_t *cbor, sb_cose_key_t *key_r, sb_err_t *err);

/* SB_EUNKNOWN: no algorithm of ours. SB_EINVALID: spki is no key of it. SB_EFORBIDDEN: the key did
 * not sign this message so. */
SB_MUSTCHECK int sb_cose_verify(int64_t algorithm, sb_bytes_t spki, sb_bytes_t message,
                                sb_bytes_t signature, sb_err_t *err);
