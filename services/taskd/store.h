/* store.h: the named operations on the store, written once over db.h.
 *
 * A command is one request of the bus: an operation, a JSON body, a place for the answer. Commands
 * run in batches; a batch of writes is one transaction, so that many clients share one sync of the
 * disk. If the batch fails, each of its commands is run in a transaction of its own: a bad command
 * harms no other. One thread per store_t. */
#pragma once

#include <stdbool.h>

#include "lib/err.h"
#include "lib/json.h"
#include "services/taskd/db.h"

#define STORE_TRIES_MAX 3 /* of a transaction that met another, before it is given back */

typedef struct store store_t;
typedef struct store_cmd store_cmd_t;

typedef enum {
    STORE_LOOK,   /* looks only, and is quick */
    STORE_SEARCH, /* looks only, and may take long */
    STORE_WRITE,  /* writes, or is what a leader waits for: never behind a search */
    STORE_ORDERED /* writes what must be kept in the order it came: what people say */
} store_kind_t;

typedef struct {
    const char *name; /* of the request */
    store_kind_t kind;
    /* One of the two. SB_OK: each command has its answer, which may be an error in cmd->err.
     * Anything else is the transaction's fault, with the meaning of db.h. */
    int (*one)(store_t *store, store_cmd_t *cmd, sb_err_t *err);
    int (*many)(store_t *store, store_cmd_t **cmds, size_t len, sb_err_t *err);
    /* If the connection is lost while it is committed, nobody knows whether it was done. Most say
     * the same when they are run again; this one doesn't, so its caller is told (SB_ETIMEOUT). */
    bool unsure;
} store_op_t;

struct store_cmd {
    const store_op_t *op;
    const cJSON *body;          /* borrowed */
    const char *actor;          /* the caller's role, for the audit trail */
    char made[SB_HASH_HEX + 1]; /* the hash that was made up for it; the same in each try */

    bool done;     /* the rest is final */
    sb_err_t err;  /* code SB_OK: it went well */
    cJSON *result; /* the answer's body, owned; NULL is {} */

    /* Hints to publish when all is committed. */
    bool work;         /* botd has something to pull */
    int64_t localchat; /* a message of the local chat; 0: none */
    cJSON *changed;    /* bodies of `alert` hints, owned; NULL: none */
    char *page;        /* the job whose page was answered, owned; NULL: none */
};

typedef void(store_random_fn)(void *out, size_t size);

/* Opens a connection and brings the store to this program's form (a read-only one waits for that).
 * NULL and err: SB_ERETRY if it can't be reached now, SB_EINVALID if it must not be touched. */
store_t *store_new(const char *driver, const char *target, bool read_only, store_random_fn *random,
                   sb_err_t *err);
void store_destroy(store_t **self_p);

const store_op_t *store_op(const char *name); /* NULL if there is none */

/* Runs a batch. SB_OK: all are done. SB_ERETRY: those that aren't done may be run again later, on a
 * new connection if store_lost(). */
SB_MUSTCHECK int store_run(store_t *self, store_cmd_t **cmds, size_t len, sb_err_t *err);
bool store_lost(const store_t *self);

/* Frees answer and hints. */
void store_cmd_clear(store_cmd_t *cmd);

/* ---- For the operations. */
struct store {
    db_t *db;
    bool read_only;
    store_random_fn *random;
};

/* Says what is wrong with this one command. */
void store_fail(store_cmd_t *cmd, int code, const char *fmt, ...) SB_PRINTF(3, 4);
/* Notes an `alert` hint. outcome may be NULL. */
void store_changed(store_cmd_t *cmd, const char *hash, const char *state, const char *outcome);
