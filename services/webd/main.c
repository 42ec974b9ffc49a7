/* main.c: webd, the pages. proto/page.md says what is done on them. */
#include "lib/daemon.h"
#include "services/webd/config.h"
#include "services/webd/webd.h"

int main(int argc, char **argv)
{
    const sb_daemon_spec_t spec = {
        .name = "webd",
        .summary = "serves the pages on which people prove that it was them",
        .role = SB_ROLE_WEBD,
        .keys = webd_keys,
        .keys_len = webd_keys_len,
        .config_size = sizeof(webd_config_t),
        .check = webd_config_check,
        .start = webd_start,
        .stop = webd_stop,
        .ready = webd_ready,
        .stats = webd_stats,
    };
    return sb_daemon_main(&spec, argc, argv);
}
