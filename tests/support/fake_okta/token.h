/* token.h: access tokens for a client that proves itself by a signed assertion (RFC 7523). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "tests/support/fake/args.h"

typedef struct {
    const char *client_id;
    const char *scopes; /* it may have, separated by commas */
    int64_t life_s;
} token_rules_t;

typedef struct tokens tokens_t;

/* key_path NULL: there is no client. NULL and err if the key can't be read. rules is borrowed. */
tokens_t *tokens_new(const token_rules_t *rules, const char *key_path, sb_err_t *err);
void tokens_destroy(tokens_t **self_p);

typedef struct {
    const char *error;       /* NULL: granted */
    const char *description; /* of the error */
    int status;
    char *token; /* owned by the tokens */
    char *scope; /* likewise, separated by blanks */
} token_grant_t;

/* form is what was posted to url, the token endpoint. */
token_grant_t tokens_grant(tokens_t *self, args_t *form, const char *url, int64_t now_s);
/* The scopes of a token that holds now; NULL if it doesn't. */
const char *tokens_scope(const tokens_t *self, const char *token, int64_t now_s);
/* All that were granted hold no more. */
void tokens_revoke(tokens_t *self);
int64_t tokens_granted(const tokens_t *self);

/* Is name one of the words in list, which are separated by one of the characters in by? */
bool scope_lists(const char *list, const char *by, const char *name);
