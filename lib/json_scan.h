/* json_scan.h: the strict grammar; used by json.c alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

/* SB_OK if data is one object as json.h demands (of another system, if foreign), so that cJSON
 * reads in it what everybody else would; else SB_EINVALID or SB_ETOOLARGE, with the byte offset. */
SB_MUSTCHECK int sb_json_scan(const char *data, size_t size, size_t members_max, bool foreign,
                              sb_err_t *err);
