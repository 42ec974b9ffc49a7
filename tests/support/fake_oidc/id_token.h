/* id_token.h: the token that says who signed in, when and how; right, or spoilt in one way. */
#pragma once

#include "tests/support/fake_oidc/code.h"
#include "tests/support/fake_oidc/keys.h"

typedef struct {
    const char *issuer;
    const char *client_id;
    const char *client_secret;
    const code_t *code;
    const char *access_token;
    int64_t now_s;
    int64_t life_s;
    jose_alg_t alg;
} id_token_facts_t;

/* The number of a way to spoil; -1 if there is none of this name. */
int id_token_spoil(const char *name);
/* The names, until NULL. */
const char *id_token_spoil_name(int number);
/* spoil -1: none. The caller frees it. NULL: the answer has no id_token at all. */
char *id_token_make(const id_token_facts_t *facts, keys_t *keys, int spoil);
