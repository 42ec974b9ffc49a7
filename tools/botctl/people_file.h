/* people_file.h: people as a YAML file lists them:
 *
 *     - id: alice
 *       name: Alice Adams
 *       email: alice@example.com
 *       chat_id: U123
 *       zone: Europe/Berlin
 *
 * Only id is needed. */
#pragma once

#include <stddef.h>

#include "lib/err.h"
#include "lib/json.h"

/* An array of persons as person.sync takes them; the caller owns it. NULL and err, which names file
 * and line, if something is wrong. */
cJSON *people_file_parse(const char *name, const void *data, size_t size, sb_err_t *err);
cJSON *people_file_load(const char *path, sb_err_t *err);

/* One person; NULL members are null. The caller owns it. */
cJSON *people_person(const char *id, const char *name, const char *email, const char *chat_id,
                     const char *zone);
