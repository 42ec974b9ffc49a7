/* poster.h: deliveries over HTTP to the app's request URL: signed, with three seconds for an
 * answer. The requests run in a thread of their own, libcurl's. */
#pragma once

#include <libwebsockets.h>
#include <stdbool.h>

#include "tests/support/fake/out.h"
#include "tests/support/fake_slack/delivery.h"

#define ANSWER_SIZE_MAX (64 * 1024)
#define POSTS_AT_ONCE_MAX 64

typedef struct slack slack_t;
typedef struct poster poster_t;

poster_t *poster_new(slack_t *slack);
void poster_destroy(poster_t **self_p);
/* The thread wakes this context to have its results collected. */
void poster_attach(poster_t *self, struct lws_context *lws);
void poster_detach(poster_t *self); /* stops the thread: before the context goes */

/* Is there a request URL? */
bool poster_on(const poster_t *self);
/* Uses url from now on, without asking it; NULL: Socket Mode. */
void poster_use(poster_t *self, const char *url);
/* Sends url_verification there, and uses it once it has answered right. */
void poster_verify(poster_t *self, const char *url);
void poster_write(const poster_t *self, out_t *out, const char *key);

void poster_post(poster_t *self, delivery_kind_t kind, const char *payload, int attempt,
                 const char *reason, const char *envelope_id);
void poster_collect(poster_t *self); /* in the server's thread */
