/* people_file.h: people as a YAML file lists them. Pure but for the reading.
 *
 *     - id: alice
 *       name: Alice Adams
 *       email: alice@example.com
 *       chat_id: U123
 *       zone: America/Los_Angeles
 *
 * Only id is needed, a username in lower case. */
#pragma once

#include <stddef.h>

#include "lib/err.h"
#include "lib/json.h"

#define SB_PEOPLE_FILE_MAX 10000 /* people in one file */

/* An array of persons as person.sync takes them (proto/taskd.md), or NULL and err with file and
 * line. The caller owns it. */
cJSON *sb_people_file_load(const char *path, sb_err_t *err);
cJSON *sb_people_file_parse(const char *name, const void *data, size_t size, sb_err_t *err);
