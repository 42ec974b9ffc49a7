/* played_fake.h: a fake provider that a test starts, with TLS, and plays by its control API
 * (fake/README.md). Whatever goes wrong here fails the test. */
#pragma once

#include <sys/types.h>

#include "lib/json.h"

typedef struct {
    char *folder;  /* cert.pem, which is its own authority, and key.pem */
    char *ca_file; /* cert.pem */
    char *url;     /* "https://127.0.0.1:41234" */
    char *host;    /* "127.0.0.1:41234" */
    pid_t pid;
} played_fake_t;

/* Starts SB_BIN/program with a certificate for names ("IP:127.0.0.1"; NULL: for its address), and
 * the NULL-ended options (NULL: none). */
void played_fake_start(played_fake_t *self, const char *program, const char *names,
                       const char *const *options);
/* Tells it to stop, which it does, with 0. */
void played_fake_stop(played_fake_t *self);

/* POST /control/name; json may be a format. The answer, which says "ok": cJSON_Delete it. */
cJSON *played_fake_control(const played_fake_t *self, const char *name, const char *json, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, if the answer does not matter. */
void played_fake_do(const played_fake_t *self, const char *name, const char *json, ...)
    __attribute__((format(printf, 3, 4)));
/* The whole number at a member of an answer, "methods.auth.calls". */
int64_t played_fake_number(const cJSON *answer, const char *path);
