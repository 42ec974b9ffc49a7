/* local_directory.h: who is in the chat, as the store has it: a copy that is fetched again when it
 * is old and somebody asks. Bounded; nothing is fetched while nobody asks. One thread: the zloop's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/json.h"
#include "services/chatd/host.h"

#define DIRECTORY_MAX 20000        /* people; more than that are not shown */
#define DIRECTORY_WAITERS_MAX 4096 /* who wait for it at once */
#define DIRECTORY_KNOWN_MS                                                                         \
    60000 /* a copy older than this is no ground to say that somebody is there */
#define DIRECTORY_LIST_MS 2000 /* and one older than this none to say who is */

typedef struct local_directory local_directory_t;

/* code SB_OK: look now, with find or search. Else err says why that can't be done. */
typedef void(local_directory_fn)(void *arg, int code, const sb_err_t *err);

local_directory_t *local_directory_new(chat_host_t *host);
void local_directory_destroy(local_directory_t **self_p);

/* Calls back once, perhaps at once, when the copy is good enough to say whether person is there
 * (NULL: who is there). That nobody of this name is there is only said by a copy whose reading
 * began after this call: a newcomer is never refused. */
void local_directory_want(local_directory_t *self, const char *person, local_directory_fn *fn,
                          void *arg);

/* {id, name, email}, borrowed until the next want; or NULL. */
const cJSON *local_directory_find(const local_directory_t *self, const char *person);
/* At most max people with text in id, name or e-mail, in any case, by id; the caller owns the
 * array.
 */
cJSON *local_directory_search(const local_directory_t *self, const char *text, size_t max,
                              bool *more_r);
