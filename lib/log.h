/* log.h: one line a fact, on standard error, as key=value pairs or JSON.
 *
 *     sb_info("worker ready", "service", service, "instance", instance, NULL);
 *     2026-11-24T10:00:00.123Z info botd msg="worker ready" service=chatd instance=c1
 *
 * Values are escaped, so no input can forge a line. Nothing secret is ever passed here. Safe from
 * every thread once sb_log_open() has run; before that, lines go out at level info. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

typedef enum { SB_DEBUG, SB_INFO, SB_WARN, SB_ERROR } sb_level_t;
typedef enum { SB_LOG_TEXT, SB_LOG_JSON } sb_log_format_t;

void sb_log_open(const char *program, sb_level_t level, sb_log_format_t format);
void sb_log_level_set(sb_level_t level);

/* The text, then pairs of const char * key and value, then NULL. A NULL value is written as - (null
 * in JSON) and the list goes on. Use sb_num() for numbers. Values over 1 KiB are cut, and pairs
 * that would make a line longer than 8 KiB are left out. */
void sb_log(sb_level_t level, const char *text, ...) __attribute__((sentinel));
#define sb_debug(...) sb_log(SB_DEBUG, __VA_ARGS__)
#define sb_info(...) sb_log(SB_INFO, __VA_ARGS__)
#define sb_warn(...) sb_log(SB_WARN, __VA_ARGS__)
#define sb_error(...) sb_log(SB_ERROR, __VA_ARGS__)

/* A number as text, for use within one statement. */
typedef struct {
    char text[24];
} sb_num_t;
sb_num_t sb_num_format(int64_t value);
#define sb_num(value) (sb_num_format(value).text)
