/* local_people.h: the file that says who is in the built-in chat, in YAML. Pure but for the
 * reading.
 *
 *     - id: alice
 *       name: Alice Adams
 *       email: alice@example.com
 *       zone: America/Los_Angeles
 *
 * Only id is needed; chat_id may be there too, for another chat system. */
#pragma once

#include <stddef.h>

#include "lib/err.h"
#include "lib/json.h"

#define LOCAL_PEOPLE_FILE_MAX 10000 /* people in one file */

/* An array of {id, name, email, chat_id, zone, active} as chat_host_sync wants it, or NULL and err
 * with file and line. The caller owns it. */
cJSON *local_people_load(const char *path, sb_err_t *err);
cJSON *local_people_parse(const char *name, const void *data, size_t size, sb_err_t *err);
