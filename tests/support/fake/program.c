/* program.c */
#include "tests/support/fake/program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define HELP_COLUMN 24

static web_t *s_web; /* for the signal handler */

static void s_on_signal(int number)
{
    (void)number;
    web_stop(s_web);
}

/* What every fake is told. */
typedef struct {
    const char *host;
    int64_t port;
    const char *endpoint_file;
    const char *tls_cert;
    const char *tls_key;
    bool quiet;
    bool help;
} common_t;

#define COMMON_ROWS 6

static void s_common_rows(common_t *common, program_option_t rows[COMMON_ROWS])
{
    const program_option_t all[COMMON_ROWS] = {
        {.name = "host", .help = "ADDRESS: listen there (127.0.0.1)", .text = &common->host  },
        {.name = "port", .help = "N: 0 for any (0)",                  .number = &common->port, .max = 65535},
        {.name = "endpoint-file",
         .help = "PATH: write the address there once ready",
         .text = &common->endpoint_file                                  },
        {.name = "tls",              .help = "CERT KEY: https; files in PEM",                                             .text = &common->tls_cert},
        {.name = "quiet",              .help = "no log",                                           .on = &common->quiet                                                       },
        {.name = "help",              .help = "say this",                                            .on = &common->help},
    };
    memcpy(rows, all, sizeof all);
}

static void s_help(const program_t *self, const program_option_t *common)
{
    printf("%s [OPTION...]: %s\n", self->name, self->about);
    for (size_t i = 0; i < COMMON_ROWS; i++) {
        printf("  --%-*s %s\n", HELP_COLUMN, common[i].name, common[i].help);
    }
    for (const program_option_t *row = self->options; row->name; row++) {
        printf("  --%-*s %s\n", HELP_COLUMN, row->name, row->help);
    }
}

static const program_option_t *s_find(const program_t *self, const program_option_t *common,
                                      const char *word)
{
    if (strncmp(word, "--", 2) != 0) {
        return NULL;
    }
    for (size_t i = 0; i < COMMON_ROWS; i++) {
        if (strcmp(common[i].name, word + 2) == 0) {
            return &common[i];
        }
    }
    for (const program_option_t *row = self->options; row->name; row++) {
        if (strcmp(row->name, word + 2) == 0) {
            return row;
        }
    }
    return NULL;
}

static int s_take(const program_option_t *row, const char *value, sb_err_t *err)
{
    if (row->text) {
        *row->text = value;
        return SB_OK;
    }
    char *end = NULL;
    const long long number = strtoll(value, &end, 10);
    if (end == value || *end || number < row->min || number > row->max) {
        return sb_fail(err, SB_EINVALID, "--%s: expected a number from %lld to %lld", row->name,
                       (long long)row->min, (long long)row->max);
    }
    *row->number = number;
    return SB_OK;
}

static int s_read(const program_t *self, common_t *common, const program_option_t *rows, int argc,
                  char **argv, sb_err_t *err)
{
    for (int i = 1; i < argc; i++) {
        const program_option_t *row = s_find(self, rows, argv[i]);
        if (!row) {
            return sb_fail(err, SB_EINVALID, "%s: unknown; --help tells which there are", argv[i]);
        }
        if (row->on) {
            *row->on = true;
            continue;
        }
        const bool two = row->text == &common->tls_cert;
        if (i + 1 + two >= argc) {
            return sb_fail(err, SB_EINVALID, "--%s: expected %s", row->name, row->help);
        }
        const int code = s_take(row, argv[++i], err);
        if (code) {
            return code;
        }
        if (two) {
            common->tls_key = argv[++i];
        }
    }
    return SB_OK;
}

static bool s_write_endpoint(const char *path, const char *url)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        return false;
    }
    const bool good = fprintf(file, "%s/\n", url) > 0;
    return fclose(file) == 0 && good;
}

static int s_serve(const program_t *self, const common_t *common)
{
    const web_options_t options = {
        .host = common->host,
        .port = (int)common->port,
        .tls_cert = common->tls_cert,
        .tls_key = common->tls_key,
        .serve = self->serve,
        .ctx = self->ctx,
    };
    sb_err_t err = {0};
    s_web = web_new(&options, &err);
    if (!s_web) {
        (void)fprintf(stderr, "%s: %s\n", self->name, err.text);
        return EXIT_FAILURE;
    }
    const struct sigaction action = {.sa_handler = s_on_signal};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    int status = EXIT_FAILURE;
    if (self->begin(self->ctx, s_web) &&
        (!common->endpoint_file || s_write_endpoint(common->endpoint_file, web_url(s_web)))) {
        printf("%s: %s/\n", self->name, web_url(s_web));
        (void)fflush(stdout);
        web_run(s_web);
        status = EXIT_SUCCESS;
    }
    if (self->end) {
        self->end(self->ctx);
    }
    web_destroy(&s_web);
    return status;
}

int program_run(const program_t *self, int argc, char **argv)
{
    common_t common = {.host = "127.0.0.1"};
    program_option_t rows[COMMON_ROWS];
    s_common_rows(&common, rows);
    sb_err_t err = {0};
    if (s_read(self, &common, rows, argc, argv, &err)) {
        (void)fprintf(stderr, "%s: %s\n", self->name, err.text);
        return 2;
    }
    if (common.help) {
        s_help(self, rows);
        return EXIT_SUCCESS;
    }
    sb_log_open(self->name, common.quiet ? SB_ERROR : SB_INFO, SB_LOG_TEXT);
    return s_serve(self, &common);
}
