/* factors.h: the drivers by name, and those that the configuration opened, in its order. */
#pragma once

#include <stddef.h>

#include "services/authd/factor.h"

typedef struct {
    const factor_driver_t *driver;
    void *self;
} factor_t;

typedef struct factors factors_t;

/* All drivers there are, NULL-ended (drivers.c). */
extern const factor_driver_t *const factor_drivers[];

/* SB_EINVALID names what is unknown, listed twice or lacks something. */
SB_MUSTCHECK int factors_check(const factor_driver_t *const *drivers, const authd_config_t *config,
                               sb_err_t *err);
/* Opens those of config->factors. */
factors_t *factors_new(const factor_driver_t *const *drivers, const factor_env_t *env,
                       sb_err_t *err);
void factors_destroy(factors_t **self_p);

size_t factors_len(const factors_t *self);
const factor_t *factors_at(const factors_t *self, size_t i);
/* NULL if no such factor is open. */
const factor_t *factors_find(const factors_t *self, const char *name);
