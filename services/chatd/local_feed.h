/* local_feed.h: from the store's messages to the browsers: the history of a conversation that was
 * opened, and what is new or changed in any. Reads only while a browser is there. One thread: the
 * zloop's. */
#pragma once

#include "services/chatd/host.h"
#include "services/chatd/local_web.h"

typedef struct local_feed local_feed_t;

/* web may be set later, before anything else. Both are borrowed. */
local_feed_t *local_feed_new(chat_host_t *host, local_web_t *web);
void local_feed_destroy(local_feed_t **self_p);

/* There may be something new: a hint, or a hint may have been missed. */
void local_feed_wake(local_feed_t *self);

/* Sends a page of the history of channel after `after` (-1: the newest) to a connection that has
 * joined it; if the store can't be read, an error. */
void local_feed_history(local_feed_t *self, uint64_t conn, uint64_t hello, const char *channel,
                        int64_t after);
