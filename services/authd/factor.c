/* factor.c: the wire's words. */
#include "services/authd/factor.h"

#include <assert.h>
#include <string.h>

#include "proto/authd.h"

static const char *const s_status_names[] = {
    [FACTOR_UNAVAILABLE] = SB_FACTOR_UNAVAILABLE, [FACTOR_OK] = SB_FACTOR_OK,
    [FACTOR_APPROVED] = SB_FACTOR_APPROVED,       [FACTOR_WRONG_CODE] = SB_FACTOR_WRONG_CODE,
    [FACTOR_REFUSED] = SB_FACTOR_REFUSED,         [FACTOR_FRAUD] = SB_FACTOR_FRAUD,
    [FACTOR_TIMEOUT] = SB_FACTOR_TIMEOUT,         [FACTOR_NONE] = SB_FACTOR_NONE,
    [FACTOR_LOCKED] = SB_FACTOR_LOCKED,           [FACTOR_CANCELLED] = SB_FACTOR_CANCELLED,
    [FACTOR_DENIED] = SB_FACTOR_DENIED,           [FACTOR_SUSPECT] = SB_FACTOR_SUSPECT,
};
#define STATUSES (sizeof s_status_names / sizeof s_status_names[0])

const char *factor_status_name(factor_status_t status)
{
    const size_t i = (size_t)status;
    return i < STATUSES ? s_status_names[i] : SB_FACTOR_UNAVAILABLE;
}

factor_status_t factor_status_of(const char *name)
{
    assert(name);
    for (size_t i = 0; i < STATUSES; i++) {
        if (strcmp(s_status_names[i], name) == 0) {
            return (factor_status_t)i;
        }
    }
    return FACTOR_UNAVAILABLE;
}

const char *factor_strength_name(factor_strength_t strength)
{
    static const char *const names[FACTOR_STRENGTHS] = {
        [FACTOR_CODE] = SB_STRENGTH_CODE,
        [FACTOR_PUSH] = SB_STRENGTH_PUSH,
        [FACTOR_PASSKEY] = SB_STRENGTH_PASSKEY,
    };
    const size_t i = (size_t)strength;
    return i < FACTOR_STRENGTHS ? names[i] : NULL;
}
