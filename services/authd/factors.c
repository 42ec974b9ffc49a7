#include "services/authd/factors.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

struct factors {
    size_t len;
    factor_t open[];
};

static const factor_driver_t *s_driver(const factor_driver_t *const *drivers, const char *name)
{
    while (*drivers && strcmp((*drivers)->name, name) != 0) {
        drivers++;
    }
    return *drivers;
}

int factors_check(const factor_driver_t *const *drivers, const authd_config_t *config,
                  sb_err_t *err)
{
    assert(drivers && config);
    if (!config->factors[0]) {
        return sb_fail(err, SB_EINVALID, "factors: none is listed");
    }
    for (char *const *name = config->factors; *name; name++) {
        const factor_driver_t *driver = s_driver(drivers, *name);
        if (!driver) {
            return sb_fail(err, SB_EINVALID, "factors: there is no factor \"%s\"", *name);
        }
        for (char *const *before = config->factors; before < name; before++) {
            if (strcmp(*before, *name) == 0) {
                return sb_fail(err, SB_EINVALID, "factors: %s is listed twice", *name);
            }
        }
        const int code = driver->check(config, err);
        if (code) {
            return code;
        }
    }
    return SB_OK;
}

factors_t *factors_new(const factor_driver_t *const *drivers, const factor_env_t *env,
                       sb_err_t *err)
{
    assert(drivers && env && err);
    if (factors_check(drivers, env->config, err)) {
        return NULL;
    }
    size_t len = 0;
    while (env->config->factors[len]) {
        len++;
    }
    factors_t *self = sb_alloc(sizeof *self + len * sizeof self->open[0]);
    for (; self->len < len; self->len++) {
        factor_t *factor = &self->open[self->len];
        factor->driver = s_driver(drivers, env->config->factors[self->len]);
        factor->self = factor->driver->open(env, err);
        if (!factor->self) {
            factors_destroy(&self);
            return NULL;
        }
    }
    return self;
}

void factors_destroy(factors_t **self_p)
{
    assert(self_p);
    factors_t *self = *self_p;
    if (!self) {
        return;
    }
    while (self->len > 0) {
        factor_t *factor = &self->open[--self->len];
        factor->driver->close(&factor->self);
    }
    free(self);
    *self_p = NULL;
}

size_t factors_len(const factors_t *self)
{
    assert(self);
    return self->len;
}

const factor_t *factors_at(const factors_t *self, size_t i)
{
    assert(self && i < self->len);
    return &self->open[i];
}

const factor_t *factors_find(const factors_t *self, const char *name)
{
    assert(self && name);
    for (size_t i = 0; i < self->len; i++) {
        if (strcmp(self->open[i].driver->name, name) == 0) {
            return &self->open[i];
        }
    }
    return NULL;
}
