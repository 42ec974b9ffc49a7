/* play_promise.h: what the parts of play_check share. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/unit/botd/play.h"

#define PROMISE(self, truth, ...)                                                                  \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            char s_promise_text[512];                                                              \
            (void)snprintf(s_promise_text, sizeof s_promise_text, __VA_ARGS__);                    \
            fail_msg("%s: %s", (self)->name, s_promise_text);                                      \
        }                                                                                          \
    } while (0)

static inline cJSON *s_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static inline bool s_is(const cJSON *object, const char *key, const char *text)
{
    return strcmp(play_str(object, key), text) == 0;
}
