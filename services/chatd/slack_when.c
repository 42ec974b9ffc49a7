/* slack_when.c */
#include "services/chatd/slack_when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/mem.h"
#include "lib/tz.h"

typedef struct {
    char *name;  /* NULL: free */
    sb_tz_t *tz; /* NULL: there is no such zone */
} zone_t;

struct slack_when {
    char *folder;
    zone_t zones[SLACK_WHEN_ZONES_MAX];
    size_t next; /* whose place is taken when all are full */
};

slack_when_t *slack_when_new(const char *folder)
{
    slack_when_t *self = sb_alloc(sizeof *self);
    self->folder = sb_strdup(folder);
    return self;
}

static void s_forget(zone_t *zone)
{
    free(zone->name);
    sb_tz_destroy(&zone->tz);
    *zone = (zone_t){0};
}

void slack_when_destroy(slack_when_t **self_p)
{
    slack_when_t *self = *self_p;
    if (!self) {
        return;
    }
    for (size_t i = 0; i < SLACK_WHEN_ZONES_MAX; i++) {
        s_forget(&self->zones[i]);
    }
    free(self->folder);
    free(self);
    *self_p = NULL;
}

static const sb_tz_t *s_zone(slack_when_t *self, const char *name)
{
    for (size_t i = 0; i < SLACK_WHEN_ZONES_MAX && self->zones[i].name; i++) {
        if (strcmp(self->zones[i].name, name) == 0) {
            return self->zones[i].tz;
        }
    }
    zone_t *zone = &self->zones[self->next];
    self->next = (self->next + 1) % SLACK_WHEN_ZONES_MAX;
    s_forget(zone);
    sb_err_t err; /* a zone that isn't there shows as UTC */
    zone->name = sb_strdup(name);
    zone->tz = sb_tz_load(self->folder, name, &err);
    return zone->tz;
}

static void s_utc(int64_t s, sb_local_t *local_r)
{
    const time_t at = (time_t)s;
    struct tm tm = {0};
    (void)gmtime_r(&at, &tm);
    *local_r = (sb_local_t){.year = tm.tm_year + 1900,
                            .month = tm.tm_mon + 1,
                            .day = tm.tm_mday,
                            .weekday = tm.tm_wday,
                            .hour = tm.tm_hour,
                            .minute = tm.tm_min};
}

void slack_when_text(slack_when_t *self, int64_t ms, const char *zone, char out[SLACK_WHEN_SIZE])
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const sb_tz_t *tz = zone ? s_zone(self, zone) : NULL;
    sb_local_t at;
    if (tz) {
        sb_tz_local(tz, ms / 1000, &at);
    } else {
        s_utc(ms / 1000, &at);
    }
    (void)snprintf(out, SLACK_WHEN_SIZE, "%s %d %s %d, %02d:%02d %s%s%s", days[at.weekday], at.day,
                   months[at.month - 1], at.year, at.hour, at.minute, tz ? "(" : "",
                   tz ? zone : "UTC", tz ? ")" : "");
}
