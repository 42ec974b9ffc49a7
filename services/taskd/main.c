/* main.c: taskd, the store. docs/architecture.md tells its part in the house. */
#include "lib/daemon.h"
#include "services/taskd/config.h"
#include "services/taskd/taskd.h"

#define GRACE_MS 5000

int main(int argc, char **argv)
{
    const sb_daemon_spec_t spec = {
        .name = "taskd",
        .summary = "owns the store: alerts, answers, conversations, inbox and outbox",
        .role = SB_ROLE_TASKD,
        .keys = taskd_keys,
        .keys_len = taskd_keys_len,
        .config_size = sizeof(taskd_config_t),
        .check = taskd_config_check,
        .start = taskd_start,
        .drain = taskd_drain,
        .idle = taskd_idle,
        .grace_ms = GRACE_MS,
        .stop = taskd_stop,
        .ready = taskd_ready,
        .stats = taskd_stats,
    };
    return sb_daemon_main(&spec, argc, argv);
}
