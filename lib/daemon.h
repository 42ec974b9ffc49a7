/* daemon.h: the skeleton of every daemon: arguments, configuration, signals, loop, readiness, end.
 *
 * main() is a table and one call. Arguments: --config FILE, --check, --dump, --help-config,
 * --help, --version. SIGTERM and SIGINT stop in order, SIGHUP reloads. Readiness is told to
 * systemd ($NOTIFY_SOCKET) and written to the endpoint file. No input after start ends the
 * process. */
#pragma once

#include <czmq.h>

#include "lib/bus_server.h"
#include "lib/config.h"
#include "lib/err.h"
#include "lib/keys.h"

/* The keys every daemon has; the first member of each daemon's config struct. */
typedef struct {
    int log_level;       /* log.level: sb_level_t */
    int log_format;      /* log.format: sb_log_format_t */
    char *instance;      /* instance: default the host name; unique among one service's replicas */
    char *keys_dir;      /* keys.dir */
    char *control;       /* control.endpoint: where ping and stats are answered */
    char *endpoint_file; /* endpoint_file: one "name=endpoint" a line of what is bound; "": none */
} sb_common_t;

/* Rows for the config table; type_name is the daemon's config struct whose member `common` is an
 * sb_common_t. control_default e.g. "ipc:///run/securitybot/taskd.sock". */
/* clang-format off */
#define SB_COMMON_KEYS(type_name, control_default)                                                 \
    {"log.level", SB_CHOICE, offsetof(type_name, common.log_level), "info", 0, 0,                  \
     "debug|info|warn|error", SB_CONFIG_RELOAD, "least level that is logged"},                     \
    {"log.format", SB_CHOICE, offsetof(type_name, common.log_format), "text", 0, 0,                \
     "text|json", 0, "form of a log line"},                                                        \
    {"instance", SB_STRING, offsetof(type_name, common.instance), "", 0, 64, NULL, 0,              \
     "name of this process among its replicas; the host name if not set"},                         \
    {"keys.dir", SB_PATH, offsetof(type_name, common.keys_dir), "/etc/securitybot/keys", 1, 4096,  \
     NULL, 0, "folder with the keys of all roles (botctl keys init)"},                             \
    {"control.endpoint", SB_STRING, offsetof(type_name, common.control), control_default, 1, 512,  \
     NULL, SB_CONFIG_ENDPOINT, "where this process answers ping and stats"},                                        \
    {"endpoint_file", SB_PATH, offsetof(type_name, common.endpoint_file), "", 0, 4096, NULL, 0,    \
     "file that is told what was bound, one name=endpoint a line"}
/* clang-format on */

typedef struct sb_daemon sb_daemon_t;

typedef struct {
    const char *name;    /* "taskd" */
    const char *summary; /* one line for --help */
    sb_role_t role;
    const sb_key_t *keys;
    size_t keys_len;
    size_t config_size;
    /* Checks what one row can't say (files exist, times in order), for --check too. A text
     * that begins with "KEY: " gets the place of that key. May be NULL. */
    int (*check)(void *config, sb_err_t *err);
    /* Starts everything; what was made hangs on *self_p. On error it has undone its own work. */
    int (*start)(sb_daemon_t *daemon, void **self_p, sb_err_t *err);
    /* Stop taking work; called once on SIGTERM. Returns when it will be idle: stop is called when
     * idle says true or after grace_ms. Both may be NULL. */
    void (*drain)(void *self);
    bool (*idle)(void *self);
    int64_t grace_ms;
    void (*stop)(void **self_p);
    /* After a SIGHUP whose configuration was read; files that it names may have changed as well.
     * May be NULL. */
    void (*reloaded)(void *self);
    /* Whether this process can do its work now, for `ping`; NULL: always. */
    bool (*ready)(void *self);
    /* Adds to the answer of `stats`; may be NULL. */
    void (*stats)(void *self, cJSON *object);
} sb_daemon_spec_t;

/* Returns the exit code: 0 stopped in order, 1 could not start or was quit, 2 wrong arguments or
 * configuration. */
int sb_daemon_main(const sb_daemon_spec_t *spec, int argc, char **argv);

/* For start(): what the skeleton made. */
zloop_t *sb_daemon_loop(sb_daemon_t *self);
sb_keys_t *sb_daemon_keys(sb_daemon_t *self); /* authenticator running, self-test passed */
void *sb_daemon_config(sb_daemon_t *self);
/* A line for the endpoint file, written when start() has returned; removed at the end. */
void sb_daemon_bound(sb_daemon_t *self, const char *name, const char *endpoint);
/* ping and stats as the control socket answers them, for a daemon's own handlers on its other
 * sockets. They end the call. */
void sb_daemon_answer_ping(sb_daemon_t *self, sb_call_t *call);
void sb_daemon_answer_stats(sb_daemon_t *self, sb_call_t *call);
/* Ends the loop with an exit code; for faults of the start that show late (a lost bind). */
void sb_daemon_quit(sb_daemon_t *self, int exit_code);
