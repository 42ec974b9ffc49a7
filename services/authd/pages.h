/* pages.h: the one-time pages on which people prove something (proto/page.md), for every driver.
 *
 * A page belongs to a job. Its token and whatever else a driver needs to be secret and the same
 * again (pages_derive) come from the job's id under page.key_file: so any authd can take up a job
 * that another one left, and the store holds only the token's hash. What people do is told by the
 * hint "page"; lost ones are made good by asking about all pages, now and then.
 * One thread: the loop's. */
#pragma once

#include <stdint.h>

#include "lib/crypto.h"
#include "services/authd/factor.h"

#define PAGES_SWEEP_MS 10000 /* between two looks at all pages, hints or not */

typedef struct pages pages_t;
typedef struct page page_t; /* one that a job waits for */

/* Whether page.url and page.key_file suffice, for the check of a driver that uses pages. */
SB_MUSTCHECK int pages_check(const authd_config_t *config, sb_err_t *err);

/* All are borrowed. NULL and err as from pages_check. */
pages_t *pages_new(const authd_config_t *config, store_t *store, sb_timers_t *timers,
                   sb_err_t *err);
/* Every page has ended or was left. */
void pages_destroy(pages_t **self_p);

/* The hint "page": this job's page was answered. NULL: hints may have been lost; look at all. */
void pages_hint(pages_t *self, const char *job);
void pages_stats_json(const pages_t *self, cJSON *object);

/* 32 bytes that only those who have page.key_file can tell, always the same for the same purpose
 * ("oidc nonce"), job, person and alert, and unlike those of any other: HMAC-SHA-256 over the
 * SHA-256 of each of the four. */
void pages_derive(const pages_t *self, const char *purpose, const factor_request_t *request,
                  uint8_t out[SB_SHA256_SIZE]);
/* page.url, without a slash at its end. */
const char *pages_url(const pages_t *self);

/* ---- A page. */

/* None is called before page_open has returned. All arguments are borrowed for the call. */
typedef struct {
    /* Once, before all others: the page stands, now or since an earlier authd. link is for
     * accepted's show. Not the place to leave it. Does not come if it was judged before. */
    void (*opened)(void *arg, const char *link);
    /* The person did something: kind is the answer's (page.md). "refuse" does not come here: it
     * ends the page with FACTOR_FRAUD. Must lead to page_retry or page_end, now or later; the
     * answer is gone when this returns. An answer that an earlier authd did not judge comes (again)
     * after opened. */
    void (*answered)(void *arg, const char *kind, const cJSON *answer);
    /* The end, exactly once, unless the page is left: the store has what was judged, and so has
     * the person. Also of a page that was judged before this authd took it up, with what was judged
     * then; and FACTOR_UNAVAILABLE if the store refuses the page. The handle is dead. */
    void (*ended)(void *arg, factor_status_t status);
    void *arg;
} page_events_t;

/* request as for start, borrowed as long; driver is its name. challenge (base64url) may be NULL.
 * Takes data, an object for webd; NULL is {}. */
page_t *page_open(pages_t *self, const factor_request_t *request, const char *driver,
                  const char *challenge, cJSON **data_p, const page_events_t *events);
/* The answers to this page that were judged before the one that is being judged: with the job, a
 * name for that one, the same after a restart. */
int64_t page_attempt(const page_t *self);
/* The answer was wrong: the person may try again, as often as SB_PAGE_ATTEMPTS_MAX says; after the
 * last time the page ends with FACTOR_WRONG_CODE. */
void page_retry(page_t *self);
/* Judged: ended comes with this status when the store has it. */
void page_end(page_t *self, factor_status_t status);
/* Nothing comes any more. FACTOR_WITHDRAW closes the page, FACTOR_DROP leaves it to another authd.
 * Clears *self_p; NULL is fine. */
void page_leave(page_t **self_p, factor_cancel_t why);
