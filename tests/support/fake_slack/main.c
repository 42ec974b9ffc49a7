/* main.c: a fake Slack: one workspace, one app, a Web API, Socket Mode, events over HTTP, and a
 * control API to play the people (README.md). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/log.h"
#include "tests/support/fake_slack/server.h"

static server_t *s_server; /* for the signal handler */

static void s_on_signal(int number)
{
    (void)number;
    server_stop(s_server);
}

static int s_write_endpoint(const char *path, const char *url)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        return -1;
    }
    const bool good = fprintf(file, "%s/\n", url) > 0;
    return fclose(file) == 0 && good ? 0 : -1;
}

static int s_serve(slack_t *slack)
{
    sb_err_t err = {0};
    s_server = server_new(slack, &err);
    if (!s_server) {
        fprintf(stderr, "fake_slack: %s\n", err.text);
        return EXIT_FAILURE;
    }
    const struct sigaction action = {.sa_handler = s_on_signal};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    const char *file = slack->options->endpoint_file;
    int status = EXIT_FAILURE;
    if (!file || s_write_endpoint(file, slack->base_url) == 0) {
        printf("fake_slack: %s/\n", slack->base_url);
        (void)fflush(stdout);
        server_run(s_server);
        status = EXIT_SUCCESS;
    }
    server_destroy(&s_server);
    return status;
}

int main(int argc, char **argv)
{
    options_t options;
    bool help = false;
    sb_err_t err = {0};
    if (options_read(&options, argc, argv, &help, &err)) {
        fprintf(stderr, "fake_slack: %s\n", err.text);
        return 2;
    }
    if (help) {
        (void)fputs(options_help, stdout);
        return EXIT_SUCCESS;
    }
    sb_log_open("fake_slack", options.quiet ? SB_ERROR : SB_INFO, SB_LOG_TEXT);
    timing_t *timing = timing_new();
    slack_t *slack = slack_new(&options, timing);
    const int status = s_serve(slack);
    slack_destroy(&slack);
    timing_destroy(&timing);
    return status;
}
