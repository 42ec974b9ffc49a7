/* config.c. See config.h. */
#include "services/taskd/config.h"

#include <assert.h>

#define CONNECTIONS_MAX 16
#define AT(member) offsetof(taskd_config_t, member)

/* clang-format off */
/* clang-format off */
const sb_key_t taskd_keys[] = {
    SB_COMMON_KEYS(taskd_config_t, "ipc:///run/securitybot/taskd.sock"),
    {"bind.endpoint", SB_STRING, AT(bind), "tcp://127.0.0.1:7301", 1, 512, NULL, SB_CONFIG_ENDPOINT,
     "where requests are answered"},
    {"hints.endpoint", SB_STRING, AT(hints), "tcp://127.0.0.1:7302", 1, 512, NULL,
     SB_CONFIG_ENDPOINT,
     "where hints are published"},
    {"store.driver", SB_CHOICE, AT(driver), "sqlite", 0, 0, "sqlite|postgres", 0,
     "the database: a file of this machine, or a server"},
    {"store.sqlite_path", SB_PATH, AT(sqlite_path), "/var/lib/securitybot/securitybot.db", 1, 4096,
     NULL, 0,
     "the database file of the driver sqlite"},
    {"store.postgres_dsn", SB_STRING, AT(postgres_dsn), "", 0, 4096, NULL, SB_CONFIG_SECRET,
     "the connection string or URI of the driver postgres, as libpq takes it"},
    {"store.connections", SB_INTEGER, AT(connections), "2", 1, CONNECTIONS_MAX, NULL, 0,
     "connections to Postgres, each with a thread"},
};
/* clang-format on */
/* clang-format on */
const size_t taskd_keys_len = sizeof taskd_keys / sizeof taskd_keys[0];

int taskd_config_check(void *config, sb_err_t *err)
{
    const taskd_config_t *self = config;
    assert(self);
    if (self->driver == TASKD_POSTGRES && !self->postgres_dsn[0]) {
        return sb_fail(err, SB_EINVALID, "store.postgres_dsn: is needed by the driver postgres");
    }
    return SB_OK;
}

const char *taskd_config_driver(const taskd_config_t *self)
{
    assert(self);
    return self->driver == TASKD_POSTGRES ? "postgres" : "sqlite";
}

const char *taskd_config_target(const taskd_config_t *self)
{
    assert(self);
    return self->driver == TASKD_POSTGRES ? self->postgres_dsn : self->sqlite_path;
}
