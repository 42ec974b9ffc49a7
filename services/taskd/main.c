/* main.c: taskd, the store. docs/architecture.md tells its part in the house. */
#include "lib/daemon.h"
#include "services/taskd/config.h"
#include "services/taskd/taskd.h"

#define GRACE_MS 5000

static int s_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    *self_p = taskd_new(daemon, err);
    return *self_p ? SB_OK : err->code;
}

static void s_stop(void **self_p)
{
    taskd_t *taskd = *self_p;
    taskd_destroy(&taskd);
    *self_p = NULL;
}

static void s_drain(void *self)
{
    taskd_drain(self);
}

static bool s_idle(void *self)
{
    return taskd_idle(self);
}

static bool s_ready(void *self)
{
    return taskd_ready(self);
}

static void s_stats(void *self, cJSON *object)
{
    taskd_stats(self, object);
}

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
