/* main.c: chatd, one chat system. docs/architecture.md tells its part in the house. */
#include "lib/daemon.h"
#include "services/chatd/chatd.h"
#include "services/chatd/config.h"

#define GRACE_MS 3000 /* for what is open at the end; more than an answer of the store takes */

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
        .start = chatd_start,
        .drain = chatd_drain,
        .idle = chatd_idle,
        .grace_ms = GRACE_MS,
        .stop = chatd_stop,
        .reloaded = chatd_reloaded,
        .ready = chatd_ready,
        .stats = chatd_stats,
    };
    return sb_daemon_main(&spec, argc, argv);
}
