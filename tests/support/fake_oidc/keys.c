/* keys.c */
#include "tests/support/fake_oidc/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/mem.h"

struct keys {
    signing_key_t all[KEYS_MAX]; /* the newest last */
    size_t n;
    unsigned made;
    EVP_PKEY *strangers[2]; /* made when they are asked for */
};

static void s_drop(keys_t *self, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        EVP_PKEY_free(self->all[i].key);
    }
    self->n -= n;
    memmove(self->all, self->all + n, self->n * sizeof self->all[0]);
}

static void s_add(keys_t *self, jose_alg_t alg)
{
    if (self->n == KEYS_MAX) {
        s_drop(self, 1);
    }
    signing_key_t *key = &self->all[self->n++];
    snprintf(key->kid, sizeof key->kid, "%s-%u", alg == JOSE_ES256 ? "ec" : "rsa", self->made);
    key->alg = alg;
    key->key = jose_key_new(alg);
}

void keys_rotate(keys_t *self, bool keep)
{
    s_drop(self, keep ? 0 : self->n);
    self->made++;
    s_add(self, JOSE_RS256);
    s_add(self, JOSE_ES256);
}

keys_t *keys_new(void)
{
    keys_t *self = sb_alloc(sizeof *self);
    keys_rotate(self, false);
    return self;
}

void keys_destroy(keys_t **self_p)
{
    if (*self_p) {
        s_drop(*self_p, (*self_p)->n);
        EVP_PKEY_free((*self_p)->strangers[0]);
        EVP_PKEY_free((*self_p)->strangers[1]);
        free(*self_p);
        *self_p = NULL;
    }
}

const signing_key_t *keys_current(const keys_t *self, jose_alg_t alg)
{
    size_t i = self->n;
    while (i-- > 0 && self->all[i].alg != alg) {
    }
    return &self->all[i]; /* there is always one of each */
}

EVP_PKEY *keys_stranger(keys_t *self, jose_alg_t alg)
{
    EVP_PKEY **stranger = &self->strangers[alg == JOSE_ES256];
    if (!*stranger) {
        *stranger = jose_key_new(alg);
    }
    return *stranger;
}

cJSON *keys_document(keys_t *self, bool twins)
{
    cJSON *document = sb_json_object();
    cJSON *list = sb_json_array();
    for (size_t i = 0; i < self->n; i++) {
        const signing_key_t *key = &self->all[i];
        if (twins) {
            sb_json_push(list, jose_jwk(keys_stranger(self, key->alg), key->alg, key->kid));
        }
        sb_json_push(list, jose_jwk(key->key, key->alg, key->kid));
    }
    sb_json_add(document, "keys", list);
    return document;
}
