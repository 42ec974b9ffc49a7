/* main.c: authd, the second factors. proto/authd.md says what botd asks of it. */
#include "lib/daemon.h"
#include "services/authd/authd.h"
#include "services/authd/config.h"
#include "services/authd/factors.h"

#define GRACE_MS 3000

static int s_check(void *self, sb_err_t *err)
{
    const authd_config_t *config = self;
    if (!config->botd[0]) {
        return sb_fail(err, SB_EINVALID, "botd.endpoints: none is listed");
    }
    return factors_check(factor_drivers, config, err);
}

static int s_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    *self_p = authd_new(daemon, err);
    return *self_p ? SB_OK : err->code;
}

static void s_stop(void **self_p)
{
    authd_t *authd = *self_p;
    authd_destroy(&authd);
    *self_p = NULL;
}

static void s_drain(void *self)
{
    authd_drain(self);
}

static bool s_idle(void *self)
{
    return authd_idle(self);
}

static bool s_ready(void *self)
{
    return authd_ready(self);
}

static void s_stats(void *self, cJSON *object)
{
    authd_stats(self, object);
}

int main(int argc, char **argv)
{
    const sb_daemon_spec_t spec = {
        .name = "authd",
        .summary = "asks people for a second factor",
        .role = SB_ROLE_AUTHD,
        .keys = authd_keys,
        .keys_len = authd_keys_len,
        .config_size = sizeof(authd_config_t),
        .check = s_check,
        .start = s_start,
        .drain = s_drain,
        .idle = s_idle,
        .grace_ms = GRACE_MS,
        .stop = s_stop,
        .ready = s_ready,
        .stats = s_stats,
    };
    return sb_daemon_main(&spec, argc, argv);
}
