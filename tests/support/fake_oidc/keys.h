/* keys.h: what the provider signs with, and what it publishes. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "tests/support/fake/jose.h"

#define KEYS_MAX 16 /* published; the oldest are dropped */
#define KID_SIZE 32

typedef struct {
    char kid[KID_SIZE];
    jose_alg_t alg;
    EVP_PKEY *key;
} signing_key_t;

typedef struct keys keys_t;

/* With one key for RS256 and one for ES256. */
keys_t *keys_new(void);
void keys_destroy(keys_t **self_p);
/* Two new ones; those before are published on if keep. */
void keys_rotate(keys_t *self, bool keep);
/* The newest. */
const signing_key_t *keys_current(const keys_t *self, jose_alg_t alg);
/* One that is never published. */
EVP_PKEY *keys_stranger(keys_t *self, jose_alg_t alg);
/* The document. With twins a stranger's key stands before each under the same kid. */
cJSON *keys_document(keys_t *self, bool twins);
