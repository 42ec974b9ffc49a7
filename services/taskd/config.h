/* config.h: taskd's keys. */
#pragma once

#include "lib/daemon.h"

typedef enum { TASKD_SQLITE, TASKD_POSTGRES } taskd_driver_t;

typedef struct {
    sb_common_t common;
    char *bind;
    char *hints;
    int driver; /* taskd_driver_t */
    char *sqlite_path;
    char *postgres_dsn;
    int64_t connections;
} taskd_config_t;

extern const sb_key_t taskd_keys[];
extern const size_t taskd_keys_len;

SB_MUSTCHECK int taskd_config_check(void *config, sb_err_t *err);

/* "sqlite" or "postgres", and what to open. Borrowed. */
const char *taskd_config_driver(const taskd_config_t *self);
const char *taskd_config_target(const taskd_config_t *self);
