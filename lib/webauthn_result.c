/* webauthn_result.c */
#include "lib/webauthn_result.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const s_names[SB_WEBAUTHN_RESULTS] = {
    [SB_WEBAUTHN_UNCHECKED] = "unchecked",
    [SB_WEBAUTHN_VERIFIED] = "verified",
    [SB_WEBAUTHN_COUNTER_REGRESSED] = "counter_regressed",
    [SB_WEBAUTHN_OTHER_CREDENTIAL] = "other_credential",
    [SB_WEBAUTHN_OTHER_USER] = "other_user",
    [SB_WEBAUTHN_BAD_CLIENT_DATA] = "bad_client_data",
    [SB_WEBAUTHN_WRONG_TYPE] = "wrong_type",
    [SB_WEBAUTHN_WRONG_CHALLENGE] = "wrong_challenge",
    [SB_WEBAUTHN_WRONG_ORIGIN] = "wrong_origin",
    [SB_WEBAUTHN_TOP_ORIGIN] = "top_origin",
    [SB_WEBAUTHN_CROSS_ORIGIN] = "cross_origin",
    [SB_WEBAUTHN_BAD_AUTH_DATA] = "bad_auth_data",
    [SB_WEBAUTHN_WRONG_PARTY] = "wrong_party",
    [SB_WEBAUTHN_NOT_PRESENT] = "not_present",
    [SB_WEBAUTHN_NOT_VERIFIED] = "not_verified",
    [SB_WEBAUTHN_BACKUP_FLAGS] = "backup_flags",
    [SB_WEBAUTHN_BACKUP_CHANGED] = "backup_changed",
    [SB_WEBAUTHN_BAD_KEPT_KEY] = "bad_kept_key",
    [SB_WEBAUTHN_BAD_SIGNATURE] = "bad_signature",
    [SB_WEBAUTHN_BAD_ATTESTATION] = "bad_attestation",
    [SB_WEBAUTHN_NO_CREDENTIAL] = "no_credential",
    [SB_WEBAUTHN_BAD_PUBLIC_KEY] = "bad_public_key",
    [SB_WEBAUTHN_UNSUPPORTED_ALGORITHM] = "unsupported_algorithm",
};

const char *sb_webauthn_result_name(sb_webauthn_result_t result)
{
    assert(result < SB_WEBAUTHN_RESULTS);
    return s_names[result];
}

sb_webauthn_result_t sb_webauthn_refuse(sb_err_t *err, sb_webauthn_result_t result, const char *fmt,
                                        ...)
{
    assert(err && fmt);
    assert(result > SB_WEBAUTHN_VERIFIED);
    char text[SB_ERR_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    (void)sb_fail(err, SB_EINVALID, "%s", text);
    return result;
}
