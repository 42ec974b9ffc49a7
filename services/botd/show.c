/* show.c */
#include "services/botd/show.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "proto/authd.h"

#define NUMBER_MAX 8
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define HOST DIGITS LETTERS "-."
#define REST DIGITS LETTERS "-._~:/?#[]@!$&()+,;=%"

bool show_is_number(const char *text)
{
    assert(text);
    const size_t len = strlen(text);
    return len > 0 && len <= NUMBER_MAX && strspn(text, DIGITS) == len;
}

static bool s_is_here(const char *host, size_t len)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], host, len) == 0) {
            return true;
        }
    }
    return false;
}

static const char *s_after(const char *text, const char *scheme)
{
    const size_t len = strlen(scheme);
    return strncmp(text, scheme, len) == 0 ? text + len : NULL;
}

/* ":8080", or nothing; where it ends. */
static const char *s_skip_port(const char *at)
{
    return at[0] == ':' ? at + 1 + strspn(at + 1, DIGITS) : at;
}

bool show_is_link(const char *text)
{
    assert(text);
    const char *secure = s_after(text, "https://");
    const char *host = secure ? secure : s_after(text, "http://");
    if (!host || strlen(text) > SB_SHOW_TEXT_MAX) {
        return false;
    }
    const size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strspn(host, HOST);
    if (len == 0 || len > strlen(host) || host[0] == '.' || host[0] == '-') {
        return false;
    }
    if (!s_is_here(host, len) && (!secure || host[0] == '[')) {
        return false;
    }
    const char *path = s_skip_port(host + len);
    return (path[0] == '\0' || strchr("/?#", path[0])) && strspn(path, REST) == strlen(path);
}
