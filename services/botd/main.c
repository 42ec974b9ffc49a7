/* main.c: botd, the decisions. docs/architecture.md tells its part in the house. */
#include "lib/daemon.h"
#include "services/botd/bot.h"
#include "services/botd/config.h"

#define GRACE_MS 3000

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
        .start = bot_start,
        .drain = bot_drain,
        .idle = bot_idle,
        .grace_ms = GRACE_MS,
        .stop = bot_stop,
        .reloaded = bot_reloaded,
        .ready = bot_ready,
        .stats = bot_stats,
    };
    return sb_daemon_main(&spec, argc, argv);
}
