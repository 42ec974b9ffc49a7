/* show.c */
#include "services/botd/show.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "lib/url.h"
#include "proto/authd.h"

#define NUMBER_MAX 8
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define PATH DIGITS LETTERS "-._~:/?#[]@!$&()+,;=%"

bool show_is_number(const char *text)
{
    assert(text);
    const size_t len = strlen(text);
    return len > 0 && len <= NUMBER_MAX && strspn(text, DIGITS) == len;
}

bool show_is_link(const char *text)
{
    assert(text);
    const size_t origin = sb_url_origin(text);
    const char *path = text + origin;
    return origin > 0 && strlen(text) <= SB_SHOW_TEXT_MAX && strspn(path, PATH) == strlen(path);
}
