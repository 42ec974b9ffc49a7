/* worker_helper.c: a worker in a process of its own, for pool_test to kill and stop.
 *
 *     worker_helper KEYS ENDPOINT INSTANCE answer|hold|stuck
 *
 * Writes the id of each job on standard output, then answers it, holds it for ever, or blocks its
 * thread for ever. Dies with the test. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/bus_timing.h"
#include "lib/bus_worker.h"

static const char *s_mode;

static void on_send(void *ctx, sb_call_t *call)
{
    (void)ctx;
    dprintf(STDOUT_FILENO, "%s\n", sb_call_id(call));
    if (strcmp(s_mode, "stuck") == 0) {
        for (;;) {
            pause();
        }
    }
    if (strcmp(s_mode, "answer") == 0) {
        sb_call_result(&call, NULL);
    }
}

static const sb_route_t s_routes[] = {
    {"chat.send", SB_ROLE_BOTD, 512, on_send},
};

int main(int argc, char **argv)
{
    if (argc != 5 || prctl(PR_SET_PDEATHSIG, SIGKILL)) {
        return 2;
    }
    s_mode = argv[4];
    sb_bus_timing.heartbeat_ms = 50;
    sb_bus_timing.silence_ms = 500;
    sb_bus_timing.retry_min_ms = 20;
    sb_bus_timing.retry_max_ms = 100;
    sb_err_t err;
    sb_keys_t *keys = sb_keys_load(argv[1], SB_ROLE_CHATD, &err);
    zloop_t *loop = zloop_new();
    const sb_worker_config_t config = {"chatd", "local", argv[3], 8};
    sb_worker_t *worker =
        keys ? sb_worker_new(loop, keys, argv[2], &config, s_routes, 1, NULL, &err) : NULL;
    if (!worker) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    (void)zloop_start(loop);
    return 0;
}
