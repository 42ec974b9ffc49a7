/* slack_secret.h: Slack's tokens and secrets, each in a file of its own. */
#pragma once

#include "lib/err.h"

#define SLACK_SECRET_SIZE 512 /* with the NUL */

#define SLACK_BOT_TOKEN_PREFIX "xoxb-"
#define SLACK_APP_TOKEN_PREFIX "xapp-"

/* The content of a file less the white space at its end; it must begin with prefix. The error never
 * tells any of it. The caller wipes. */
SB_MUSTCHECK int slack_secret_read(const char *path, const char *prefix,
                                   char secret_r[SLACK_SECRET_SIZE], sb_err_t *err);
