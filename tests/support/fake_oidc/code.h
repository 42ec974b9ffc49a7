/* code.h: authorization codes, from the browser's visit until the client redeems them. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "tests/support/fake_oidc/person.h"

#define CODES_MAX 10000 /* then all are forgotten */
#define CODE_SIZE 44    /* bytes, with the NUL */

typedef struct {
    char code[CODE_SIZE];
    const person_t *person;
    char *redirect_uri;
    char *challenge; /* of PKCE, S256 */
    char *scope;
    char *nonce; /* NULL: none */
    char *acr;   /* NULL: none */
    cJSON *amr;  /* NULL: none */
    int64_t auth_time_s;
    int64_t expires_s;
    bool used;
} code_t;

typedef struct codes codes_t;

codes_t *codes_new(void);
void codes_destroy(codes_t **self_p);
/* Takes what the code points to, and gives it its name. Borrowed until the next codes_add. */
const code_t *codes_add(codes_t *self, code_t *code);

typedef enum {
    CODE_GOOD,
    CODE_UNKNOWN,
    CODE_USED,
    CODE_EXPIRED,
    CODE_URI,
    CODE_VERIFIER
} code_end_t;

/* A code is good once, whether or not the rest fits. Borrowed likewise. */
code_end_t codes_redeem(codes_t *self, const char *code, const char *redirect_uri,
                        const char *verifier, int64_t now_s, const code_t **code_r);
/* Forgets the code's pointers. */
void code_clear(code_t *self);
