/* key_file.h: the files of a key folder; used by keys.c, and by botctl to show them. */
#pragma once

#include <stdbool.h>

#include "lib/err.h"
#include "lib/role.h"

#define SB_KEY_TEXT_SIZE 41 /* Z85 and the NUL */
#define SB_KNOWN_MAX 16     /* two a role and some to spare */

typedef struct {
    char public_text[SB_KEY_TEXT_SIZE];
    char secret_text[SB_KEY_TEXT_SIZE];
} sb_key_pair_t;

typedef struct {
    sb_role_t role;
    bool old; /* of ROLE.old.pub: accepted, but nobody uses it to connect */
    char public_text[SB_KEY_TEXT_SIZE];
} sb_known_key_t;

typedef struct {
    sb_known_key_t keys[SB_KNOWN_MAX];
    size_t len;
} sb_key_list_t;

void sb_key_pair_make(sb_key_pair_t *pair_r);

/* Every public key of the folder. */
SB_MUSTCHECK int sb_key_list_load(const char *folder, sb_key_list_t *list_r, sb_err_t *err);

/* ROLE.key; its public half must be one of role's in list. */
SB_MUSTCHECK int sb_key_pair_load(const char *folder, sb_role_t role, const sb_key_list_t *list,
                                  sb_key_pair_t *pair_r, sb_err_t *err);
