/* main.c: botd, the decisions. docs/architecture.md tells its part in the house. */
#include "lib/daemon.h"
#include "services/botd/bot.h"
#include "services/botd/config.h"

#define GRACE_MS 3000

static int s_start(sb_daemon_t *daemon, void **self_p, sb_err_t *err)
{
    *self_p = bot_new(daemon, err);
    return *self_p ? SB_OK : err->code;
}

static void s_stop(void **self_p)
{
    bot_t *bot = *self_p;
    bot_destroy(&bot);
    *self_p = NULL;
}

static void s_drain(void *self)
{
    bot_drain(self);
}

static bool s_idle(void *self)
{
    return bot_idle(self);
}

static void s_reloaded(void *self)
{
    bot_reloaded(self);
}

static bool s_ready(void *self)
{
    return bot_ready(self);
}

static void s_stats(void *self, cJSON *object)
{
    bot_stats(self, object);
}

int main(int argc, char **argv)
{
    const sb_daemon_spec_t spec = {
        .name = "botd",
        .summary = "decides what is asked, what an answer means and what is escalated",
        .role = SB_ROLE_BOTD,
        .keys = botd_keys,
        .keys_len = botd_keys_len,
        .config_size = sizeof(botd_config_t),
        .check = botd_config_check,
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
