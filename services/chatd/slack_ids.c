/* slack_ids.c */
#include "services/chatd/slack_ids.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/err.h"

#define DIGITS "0123456789"

bool slack_id_valid(const char *id)
{
    const size_t len = id ? strlen(id) : 0;
    return len > 0 && len < SLACK_ID_SIZE && strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS) == len;
}

bool slack_ts_valid(const char *ts)
{
    const size_t len = ts ? strlen(ts) : 0;
    if (len == 0 || len >= SLACK_TS_SIZE) {
        return false;
    }
    const size_t seconds = strspn(ts, DIGITS);
    return seconds > 0 && ts[seconds] == '.' && ts[seconds + 1] != '\0' &&
           seconds + 1 + strspn(ts + seconds + 1, DIGITS) == len;
}

int64_t slack_ts_ms(const char *ts)
{
    if (!slack_ts_valid(ts)) {
        return 0;
    }
    int64_t ms = 0;
    const char *p = ts;
    for (; *p != '.' && ms < INT64_MAX / 10000; p++) {
        ms = ms * 10 + (*p - '0');
    }
    p = strchr(p, '.') + 1;
    for (int i = 0; i < 3; i++) {
        ms = ms * 10 + (*p ? *p++ - '0' : 0);
    }
    return ms;
}

void slack_message_id(const char *channel, const char *ts, char out[SLACK_MESSAGE_SIZE])
{
    assert(slack_id_valid(channel) && slack_ts_valid(ts));
    (void)snprintf(out, SLACK_MESSAGE_SIZE, "%s:%s", channel, ts);
}

bool slack_message_split(const char *message, char channel_r[SLACK_ID_SIZE],
                         char ts_r[SLACK_TS_SIZE])
{
    const char *colon = message ? strchr(message, ':') : NULL;
    if (!colon || (size_t)(colon - message) >= SLACK_ID_SIZE ||
        strlen(colon + 1) >= SLACK_TS_SIZE) {
        return false;
    }
    (void)snprintf(channel_r, SLACK_ID_SIZE, "%.*s", (int)(colon - message), message);
    (void)snprintf(ts_r, SLACK_TS_SIZE, "%s", colon + 1);
    return slack_id_valid(channel_r) && slack_ts_valid(ts_r);
}
