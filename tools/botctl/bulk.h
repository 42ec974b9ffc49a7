/* bulk.h: makes many alerts from JSON lines, many requests at a time, and reports row by row in the
 * order of the rows. */
#pragma once

#include <stdbool.h>

#include "tools/botctl/ctl.h"

/* path "-" is standard input. EXIT_REFUSED if a row was refused, EXIT_AWAY if taskd went away: rows
 * after the one reported were then not sent. */
exit_code_t bulk_create(ctl_t *ctl, const char *path, bool json);
