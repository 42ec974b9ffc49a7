/* config.h: chatd's keys. */
#pragma once

#include "lib/daemon.h"

#define CHATD_BOTDS_MAX 16 /* addresses of botd */

typedef struct {
    sb_common_t common;
    int driver; /* index into CHAT_DRIVERS */
    char *taskd;
    char *taskd_hints;
    char **botds;
    int64_t credit;
    char *local_listen;
    bool local_open;
    char **local_hosts;
    char *local_people_file;
    char *local_channel;
} chatd_config_t;

extern const sb_key_t chatd_keys[];
extern const size_t chatd_keys_len;

/* What no single row can say: that only loopback is listened on unless that was asked for, that the
 * file of people can be read. */
SB_MUSTCHECK int chatd_config_check(void *config, sb_err_t *err);
