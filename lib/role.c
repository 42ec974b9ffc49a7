#include "lib/role.h"

#include <assert.h>
#include <string.h>

#include "lib/err.h"

static const struct {
    sb_role_t role;
    const char *name;
} s_names[] = {
    {SB_ROLE_TASKD,  "taskd" },
    {SB_ROLE_BOTD,   "botd"  },
    {SB_ROLE_CHATD,  "chatd" },
    {SB_ROLE_AUTHD,  "authd" },
    {SB_ROLE_WEBD,   "webd"  },
    {SB_ROLE_BOTCTL, "botctl"},
};

const sb_role_t sb_roles[] = {SB_ROLE_TASKD, SB_ROLE_BOTD, SB_ROLE_CHATD,
                              SB_ROLE_AUTHD, SB_ROLE_WEBD, SB_ROLE_BOTCTL};
const size_t sb_roles_len = sizeof sb_roles / sizeof sb_roles[0];

const char *sb_role_name(sb_role_t role)
{
    for (size_t i = 0; i < sizeof s_names / sizeof s_names[0]; i++) {
        if (s_names[i].role == role) {
            return s_names[i].name;
        }
    }
    return "none";
}

sb_role_t sb_role_of(const char *name)
{
    assert(name);
    for (size_t i = 0; i < sizeof s_names / sizeof s_names[0]; i++) {
        if (strcmp(s_names[i].name, name) == 0) {
            return s_names[i].role;
        }
    }
    return SB_ROLE_NONE;
}
