/* secret_file.h: a token or secret in a file of its own. */
#pragma once

#include <stddef.h>

#include "lib/err.h"

#define SB_SECRET_FILE_SIZE 512 /* of the text that is read, with the NUL */

/* The content of a file, one word, less the white space around it; it must begin with prefix. A
 * file that others may read, or more than its owner write, is refused. The error never tells any of
 * the secret. The caller wipes. */
SB_MUSTCHECK int sb_secret_file_read(const char *path, const char *prefix,
                                     char secret_r[SB_SECRET_FILE_SIZE], sb_err_t *err);
