/* program.h: the command line and the life of a fake. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tests/support/fake/web.h"

/* An option that a fake has besides those that all have: --host, --port, --endpoint-file, --tls,
 * --quiet and --help. One of text, number and on is set. */
typedef struct {
    const char *name; /* "token"; NULL ends the table */
    const char *help;
    const char **text;
    int64_t *number;
    int64_t min;
    int64_t max;
    bool *on;
} program_option_t;

typedef struct {
    const char *name;
    const char *about;
    const program_option_t *options;
    web_serve_fn *serve;
    void *ctx;
    /* Before the first call. False, after it said why on standard error, ends the program. */
    bool (*begin)(void *ctx, web_t *web);
    /* After the last call, and if begin gave false; the server is still there. May be NULL. */
    void (*end)(void *ctx);
} program_t;

/* The exit status. Ends on SIGTERM and SIGINT. */
int program_run(const program_t *self, int argc, char **argv);
