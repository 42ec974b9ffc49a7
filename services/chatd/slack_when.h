/* slack_when.h: instants in words, in a person's own time zone. Keeps the zones it has read. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SLACK_WHEN_ZONES_MAX 64 /* kept; one more takes the place of another */
#define SLACK_WHEN_SIZE 128     /* bytes of a text, with the NUL */

typedef struct slack_when slack_when_t;

/* folder as in sb_tz_load. */
slack_when_t *slack_when_new(const char *folder);
void slack_when_destroy(slack_when_t **self_p);

/* "Tue 24 Nov 2026, 14:02 (Europe/Berlin)"; in UTC if zone is NULL or not known. */
void slack_when_text(slack_when_t *self, int64_t ms, const char *zone, char out[SLACK_WHEN_SIZE]);
