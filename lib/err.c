/* err.c. One table ties each code to its wire name. */
#include "lib/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int code;
    const char *name;
} s_codes[] = {
    {SB_OK,         "OK"         },
    {SB_EINVALID,   "INVALID"    },
    {SB_ETOOLARGE,  "TOO_LARGE"  },
    {SB_EUNKNOWN,   "UNKNOWN"    },
    {SB_EFORBIDDEN, "FORBIDDEN"  },
    {SB_ENOTFOUND,  "NOT_FOUND"  },
    {SB_ECONFLICT,  "CONFLICT"   },
    {SB_ESTALE,     "STALE"      },
    {SB_EBUSY,      "BUSY"       },
    {SB_ETIMEOUT,   "TIMEOUT"    },
    {SB_ERETRY,     "UNAVAILABLE"},
    {SB_ENOTLEADER, "NOT_LEADER" },
    {SB_EINTERNAL,  "INTERNAL"   },
};

/* A text cut by snprintf may end in the middle of a UTF-8 character: drop that rest. */
static void s_trim_partial(char *text)
{
    size_t len = strlen(text);
    size_t tail = 0;
    while (tail < len && tail < 3 && ((unsigned char)text[len - 1 - tail] & 0xc0) == 0x80) {
        tail++;
    }
    if (tail == len) {
        return;
    }
    const unsigned char lead = (unsigned char)text[len - 1 - tail];
    const size_t need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (tail < need) {
        text[len - 1 - tail] = '\0';
    }
}

int sb_fail(sb_err_t *err, int code, const char *fmt, ...)
{
    assert(err);
    assert(code < 0);
    err->code = code;
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    s_trim_partial(err->text);
    return code;
}

int sb_fail_in(sb_err_t *err, const char *fmt, ...)
{
    assert(err);
    char inner[SB_ERR_TEXT_MAX];
    memcpy(inner, err->text, sizeof inner);
    va_list args;
    va_start(args, fmt);
    const int got = vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    const size_t used = got < 0 ? 0 : (size_t)got;
    if (used < sizeof err->text) {
        (void)snprintf(err->text + used, sizeof err->text - used, ": %s", inner);
    }
    s_trim_partial(err->text);
    return err->code;
}

const char *sb_code_name(int code)
{
    for (size_t i = 0; i < sizeof s_codes / sizeof s_codes[0]; i++) {
        if (s_codes[i].code == code) {
            return s_codes[i].name;
        }
    }
    return "INTERNAL";
}

int sb_code_of(const char *name)
{
    assert(name);
    for (size_t i = 0; i < sizeof s_codes / sizeof s_codes[0]; i++) {
        if (strcmp(s_codes[i].name, name) == 0) {
            return s_codes[i].code;
        }
    }
    return SB_EINTERNAL;
}
