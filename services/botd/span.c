/* span.c */
#include "services/botd/span.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/err.h"

#define MINUTE_MS (60 * 1000LL)
#define HOUR_MS (60 * MINUTE_MS)
#define NUMBER_MAX 9999999

/* Digits and the unit behind them. False, and nothing moves, if text has something else. */
static bool s_number(const char **text_p, char unit, int64_t *number_r)
{
    const char *text = *text_p;
    int64_t number = 0;
    while (isdigit((unsigned char)*text)) {
        number = number * 10 + (*text - '0');
        number = number < NUMBER_MAX ? number : NUMBER_MAX;
        text++;
    }
    if (text == *text_p || tolower((unsigned char)*text) != unit) {
        return false;
    }
    *text_p = text + 1;
    *number_r = number;
    return true;
}

bool span_parse(const char *text, int64_t *ms_r)
{
    assert(text);
    assert(ms_r);
    int64_t hours = 0;
    int64_t minutes = 0;
    const bool has_hours = s_number(&text, 'h', &hours);
    const bool has_minutes = s_number(&text, 'm', &minutes);
    *ms_r = hours * HOUR_MS + minutes * MINUTE_MS;
    return (has_hours || has_minutes) && !*text;
}

void span_words(int64_t ms, char out[SPAN_WORDS_SIZE])
{
    const int64_t minutes = ms < MINUTE_MS ? 1 : ms / MINUTE_MS;
    const int64_t hours = minutes / 60;
    if (hours == 0) {
        (void)snprintf(out, SPAN_WORDS_SIZE, "%" PRId64 " min", minutes);
    } else if (minutes % 60 == 0) {
        (void)snprintf(out, SPAN_WORDS_SIZE, "%" PRId64 " h", hours);
    } else {
        (void)snprintf(out, SPAN_WORDS_SIZE, "%" PRId64 " h %" PRId64 " min", hours, minutes % 60);
    }
}
