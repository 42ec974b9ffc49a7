/* main.c: chatd, one chat system. docs/architecture.md tells its part in the house. */
#include "lib/daemon.h"
#include "services/chatd/chatd.h"
#include "services/chatd/config.h"

#define GRACE_MS 3000 /* for what is open at the end; more than an answer of the store takes */

static int s_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    *self_p = chatd_new(daemon, err);
    return *self_p ? SB_OK : err->code;
}

static void s_drain(void *self)
{
    chatd_drain(self);
}

static bool s_idle(void *self)
{
    return chatd_idle(self);
}

static void s_stop(void **self_p)
{
    chatd_t *chatd = *self_p;
    chatd_destroy(&chatd);
    *self_p = NULL;
}

static void s_reloaded(void *self)
{
    chatd_reloaded(self);
}

static bool s_ready(void *self)
{
    return chatd_ready(self);
}

static void s_stats(void *self, cJSON *object)
{
    chatd_stats(self, object);
}

int main(int argc, char **argv)
{
    const sb_daemon_spec_t spec = {
        .name = "chatd",
        .summary = "says what botd decides in one chat system, and hears what people answer",
        .role = SB_ROLE_CHATD,
        .keys = chatd_keys,
        .keys_len = chatd_keys_len,
        .config_size = sizeof(chatd_config_t),
        .check = chatd_config_check,
        .start = s_start,
        .drain = s_drain,
        .idle = s_idle,
        .grace_ms = GRACE_MS,
        .stop = s_stop,
        .reloaded = s_reloaded,
        .ready = s_ready,
        .stats = s_stats,
    };
    return sb_daemon_main(&spec, argc, argv);
}
