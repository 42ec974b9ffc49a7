/* crypto.h: the few primitives the suite needs, over OpenSSL's EVP. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

#define SB_SHA256_SIZE 32
#define SB_SHA512_SIZE 64
#define SB_KEY_SIZE 32 /* AES-256 */

/* Fills from the system's generator; aborts if there is none. */
void sb_random(void *out, size_t size);

/* What OpenSSL keeps for the calling thread, freed. Any thread that may have come to it, through a
 * library or by itself, says so at its end: its own end comes after zactor_destroy has returned,
 * maybe after the process's, and what it keeps would be a leak then. */
void sb_crypto_thread_end(void);

void sb_sha256(const void *data, size_t size, uint8_t out[SB_SHA256_SIZE]);
void sb_sha512(const void *data, size_t size, uint8_t out[SB_SHA512_SIZE]);

/* HMAC-SHA-1, as RFC 4226 wants it. */
void sb_hmac_sha1(const void *key, size_t key_size, const void *data, size_t size, uint8_t out[20]);

/* HMAC-SHA-256, as RFC 2104 wants it. */
void sb_hmac_sha256(const void *key, size_t key_size, const void *data, size_t size,
                    uint8_t out[SB_SHA256_SIZE]);
/* HMAC-SHA-512, as RFC 2104 wants it. */
void sb_hmac_sha512(const void *key, size_t key_size, const void *data, size_t size,
                    uint8_t out[SB_SHA512_SIZE]);

/* Takes the same time whatever differs. */
bool sb_equal(const void *a, const void *b, size_t size);

/* AES-256-GCM with a random nonce: "v1" nonce(12) tag(16) ciphertext. aad binds it to its owner.
 * The caller frees *out_r. */
void sb_seal(const uint8_t key[SB_KEY_SIZE], const char *aad, const void *plain, size_t size,
             uint8_t **out_r, size_t *out_size_r);
/* SB_EINVALID if key, aad or bytes don't belong together. The caller wipes and frees *plain_r. */
SB_MUSTCHECK int sb_open(const uint8_t key[SB_KEY_SIZE], const char *aad, const void *sealed,
                         size_t size, uint8_t **plain_r, size_t *plain_size_r, sb_err_t *err);

/* A key file holds 64 hex digits and a newline, mode 0600 or 0640. */
SB_MUSTCHECK int sb_key_file_load(const char *path, uint8_t key_r[SB_KEY_SIZE], sb_err_t *err);
/* SB_ECONFLICT if it exists. */
SB_MUSTCHECK int sb_key_file_make(const char *path, sb_err_t *err);

void sb_hex(const void *data, size_t size, char *out); /* 2 * size digits and a NUL */
SB_MUSTCHECK int sb_unhex(const char *text, size_t digits, uint8_t *out, sb_err_t *err);
char *sb_base64(const void *data, size_t size); /* free() it */
SB_MUSTCHECK int sb_unbase64(const char *text, uint8_t **out_r, size_t *size_r, sb_err_t *err);
/* RFC 4648 base 64 for URLs and file names, without padding, as tokens and passkeys want it. */
char *sb_base64url(const void *data, size_t size);
SB_MUSTCHECK int sb_unbase64url(const char *text, uint8_t **out_r, size_t *size_r, sb_err_t *err);
/* RFC 4648 base 32 without padding, as otpauth URIs want it. */
char *sb_base32(const void *data, size_t size);
SB_MUSTCHECK int sb_unbase32(const char *text, uint8_t **out_r, size_t *size_r, sb_err_t *err);
