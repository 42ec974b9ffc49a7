/* fake_pages.h: the pages and passkeys of a played taskd, as proto/taskd.md says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/json.h"

#define FAKE_PAGES_MAX 2048
#define FAKE_PASSKEYS_MAX 4

typedef struct {
    char job[65], person[65], alert[65], driver[33], token_hash[65], challenge[64];
    char data[256];
    char state[16], result[32];
    cJSON *answer;
    int attempts;
    int64_t ttl_ms;
} fake_page_t;

typedef struct {
    const char *person;
    char *id, *public_key; /* free()d by fake_pages_end */
    int64_t algorithm, count;
    bool backup_eligible;
    char accepted_job[65];
} fake_passkey_t;

extern fake_page_t fake_pages[FAKE_PAGES_MAX];
extern size_t fake_pages_len;
extern fake_passkey_t fake_passkeys[FAKE_PASSKEYS_MAX];
extern size_t fake_passkeys_len;
extern size_t fake_pulled;       /* jobs in the last page.pull */
extern size_t fake_pulls;        /* how often it came */
extern size_t fake_fits;         /* answers that fit into one page.pull's */
extern const char *fake_refused; /* this request is refused; NULL: none */

/* After fake_reset. */
void fake_pages_reset(void);
void fake_pages_end(void);
fake_page_t *fake_page(const char *job);
/* What webd does. */
void fake_page_answer(const char *job, const char *json);
