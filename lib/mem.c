#include "lib/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *s_check(void *got)
{
    if (!got) {
        (void)fputs("out of memory\n", stderr);
        abort();
    }
    return got;
}

void *sb_alloc(size_t size)
{
    return s_check(calloc(1, size ? size : 1));
}

void *sb_alloc_array(size_t n, size_t size)
{
    return s_check(calloc(n ? n : 1, size ? size : 1));
}

void *sb_realloc(void *old, size_t size)
{
    return s_check(realloc(old, size ? size : 1));
}

char *sb_strdup(const char *text)
{
    return text ? s_check(strdup(text)) : NULL;
}

char *sb_strndup(const char *text, size_t size)
{
    return text ? s_check(strndup(text, size)) : NULL;
}

char *sb_format(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    const int got = vasprintf(&text, fmt, args);
    va_end(args);
    return s_check(got < 0 ? NULL : text);
}

void sb_wipe(void *data, size_t size)
{
    explicit_bzero(data, size);
}
