/* config.h: every key of authd's configuration. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/config.h"
#include "lib/daemon.h"

#define AUTHD_BOTDS_MAX 8 /* botd.endpoints */

typedef struct {
    sb_common_t common;
    char *taskd;         /* taskd.endpoint */
    char **botd;         /* botd.endpoints */
    int64_t credit;      /* worker.credit */
    char **factors;      /* factors */
    char *totp_key_file; /* totp.key_file */
} authd_config_t;

extern const sb_key_t authd_keys[];
extern const size_t authd_keys_len;
