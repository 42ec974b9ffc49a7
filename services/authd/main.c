/* main.c: authd, the second factors. proto/authd.md says what botd asks of it. */
#include "lib/daemon.h"
#include "services/authd/authd.h"
#include "services/authd/config.h"

#define GRACE_MS 3000

int main(int argc, char **argv)
{
    const sb_daemon_spec_t spec = {
        .name = "authd",
        .summary = "asks people for a second factor",
        .role = SB_ROLE_AUTHD,
        .keys = authd_keys,
        .keys_len = authd_keys_len,
        .config_size = sizeof(authd_config_t),
        .check = authd_check,
        .start = authd_start,
        .drain = authd_drain,
        .idle = authd_idle,
        .grace_ms = GRACE_MS,
        .stop = authd_stop,
        .ready = authd_ready,
        .stats = authd_stats,
    };
    return sb_daemon_main(&spec, argc, argv);
}
