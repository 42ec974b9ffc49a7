/* role.h: who a peer is. A set of roles is a bit mask, a column of each dispatch table. */
#pragma once

#include <stddef.h>

typedef enum {
    SB_ROLE_NONE = 0,
    SB_ROLE_TASKD = 1 << 0,
    SB_ROLE_BOTD = 1 << 1,
    SB_ROLE_CHATD = 1 << 2,
    SB_ROLE_AUTHD = 1 << 3,
    SB_ROLE_WEBD = 1 << 4,
    SB_ROLE_BOTCTL = 1 << 5,
} sb_role_t;

#define SB_ROLES_ALL                                                                               \
    (SB_ROLE_TASKD | SB_ROLE_BOTD | SB_ROLE_CHATD | SB_ROLE_AUTHD | SB_ROLE_WEBD | SB_ROLE_BOTCTL)

/* All roles in a fixed order, for `botctl keys init` and for tests of the whole table. */
extern const sb_role_t sb_roles[];
extern const size_t sb_roles_len;

const char *sb_role_name(sb_role_t role); /* "none" if it is not exactly one */
sb_role_t sb_role_of(const char *name);   /* SB_ROLE_NONE if there is none */
