/* log.c. A line is built whole and written with one write(2), so that lines of several threads
 * don't mix, and a reader that went away costs nothing but the line. */
#include "lib/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/utf8.h"

#define LINE_SIZE_MAX 8192
#define VALUE_SIZE_MAX 1024 /* before escaping, which makes six of one at worst */
#define PROGRAM_SIZE_MAX 32

static struct {
    char program[PROGRAM_SIZE_MAX];
    atomic_int level;
    atomic_int format;
} s_log = {.program = "securitybot", .level = SB_INFO, .format = SB_LOG_TEXT};

static const char *const s_level_names[] = {"debug", "info", "warn", "error"};

void sb_log_open(const char *program, sb_level_t level, sb_log_format_t format)
{
    assert(program);
    (void)snprintf(s_log.program, sizeof s_log.program, "%s", program);
    atomic_store(&s_log.format, (int)format);
    sb_log_level_set(level);
}

void sb_log_level_set(sb_level_t level)
{
    assert(level <= SB_ERROR);
    atomic_store(&s_log.level, (int)level);
}

/* C1 controls drive terminals, and separators and bidirectional marks make one line look like
 * another. */
static bool s_rune_hidden(uint32_t rune)
{
    return (rune >= 0x7f && rune <= 0x9f) || (rune >= 0x200e && rune <= 0x200f) ||
           (rune >= 0x2028 && rune <= 0x202e) || (rune >= 0x2066 && rune <= 0x2069) ||
           rune == 0xfeff;
}

/* Writes one character, JSON's way, and returns its length. size > 0. */
static size_t s_add_char(sb_buf_t *line, const char *text, size_t size)
{
    const unsigned char c = (unsigned char)text[0];
    if (c == '"' || c == '\\') {
        sb_buf_printf(line, "\\%c", c);
        return 1;
    }
    if (c < 0x20) {
        sb_buf_printf(line, "\\u%04x", c);
        return 1;
    }
    const size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (len > size || !sb_utf8_valid(text, len, NULL)) {
        sb_buf_puts(line, "\\ufffd");
        return 1;
    }
    uint32_t rune;
    (void)sb_utf8_decode(text, &rune);
    if (s_rune_hidden(rune)) {
        sb_buf_printf(line, "\\u%04x", (unsigned)rune);
    } else {
        sb_buf_add(line, text, len);
    }
    return len;
}

static void s_add_quoted(sb_buf_t *line, const char *value)
{
    size_t size = strlen(value);
    const bool cut = size > VALUE_SIZE_MAX;
    if (cut) {
        size = sb_utf8_cut(value, VALUE_SIZE_MAX);
    }
    sb_buf_putc(line, '"');
    for (size_t at = 0; at < size;) {
        at += s_add_char(line, value + at, size - at);
    }
    sb_buf_puts(line, cut ? "...\"" : "\"");
}

/* True if a value can stand without quotes and can't be taken for something else. */
static bool s_plain(const char *value)
{
    if (value[0] == '\0' || strcmp(value, "-") == 0) {
        return false;
    }
    size_t size = 0;
    for (const char *c = value; *c; c++) {
        if (*c <= ' ' || *c > '~' || strchr("\"=\\", *c) || ++size > VALUE_SIZE_MAX) {
            return false;
        }
    }
    return true;
}

static void s_add_text_pair(sb_buf_t *line, const char *key, const char *value)
{
    sb_buf_printf(line, " %s=", key);
    if (!value) {
        sb_buf_putc(line, '-');
    } else if (s_plain(value)) {
        sb_buf_puts(line, value);
    } else {
        s_add_quoted(line, value);
    }
}

static void s_add_json_pair(sb_buf_t *line, const char *key, const char *value)
{
    sb_buf_putc(line, line->len ? ',' : '{');
    s_add_quoted(line, key);
    sb_buf_putc(line, ':');
    if (value) {
        s_add_quoted(line, value);
    } else {
        sb_buf_puts(line, "null");
    }
}

static void s_format_time(int64_t wall_ms, char *out, size_t size)
{
    const time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm = {0};
    (void)gmtime_r(&seconds, &tm);
    const size_t len = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(out + len, size - len, ".%03dZ", (int)(wall_ms % 1000));
}

static void s_write(const char *data, size_t size)
{
    while (size > 0) {
        const ssize_t got = write(STDERR_FILENO, data, size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return; /* nobody to tell */
        }
        data += got;
        size -= (size_t)got;
    }
}

void sb_log(sb_level_t level, const char *text, ...)
{
    assert(text);
    assert(level <= SB_ERROR);
    if ((int)level < atomic_load(&s_log.level)) {
        return;
    }
    const bool json = atomic_load(&s_log.format) == SB_LOG_JSON;
    void (*add_pair)(sb_buf_t *, const char *, const char *) =
        json ? s_add_json_pair : s_add_text_pair;
    char now[40];
    s_format_time(sb_clock_wall_ms(), now, sizeof now);
    sb_buf_t line = sb_buf(LINE_SIZE_MAX);
    if (json) {
        add_pair(&line, "time", now);
        add_pair(&line, "level", s_level_names[level]);
        add_pair(&line, "daemon", s_log.program);
    } else {
        sb_buf_printf(&line, "%s %s %s", now, s_level_names[level], s_log.program);
    }
    add_pair(&line, "msg", text);
    va_list args;
    va_start(args, text);
    const char *key;
    while ((key = va_arg(args, const char *))) {
        const size_t whole = line.len;
        add_pair(&line, key, va_arg(args, const char *));
        if (line.len > LINE_SIZE_MAX - 2) { /* what ends the line must fit too */
            line.len = whole;
            line.text[whole] = '\0';
            break;
        }
    }
    va_end(args);
    sb_buf_puts(&line, json ? "}\n" : "\n");
    s_write(line.text, line.len);
    sb_buf_free(&line);
}

sb_num_t sb_num_format(int64_t value)
{
    sb_num_t num;
    (void)snprintf(num.text, sizeof num.text, "%lld", (long long)value);
    return num;
}
