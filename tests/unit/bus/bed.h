/* bed.h: what the tests of the bus share: a folder of keys that goes away, and a loop that runs
 * until something is true. */
#pragma once

#include <czmq.h>
#include <stdbool.h>

#include "lib/keys.h"

#define BED_WAIT_MS 20000 /* far more than anything takes; reached only by a failure */

/* A new folder under the build folder; bed_remove takes it away with the files in it. */
char *bed_folder(void);
void bed_remove(char **folder_p);

/* A folder with the keys of all roles. */
char *bed_keys_folder(void);
/* Loads or fails the test. */
sb_keys_t *bed_keys(const char *folder, sb_role_t role);

/* An address of this process alone with any port, so that one test can take its port again while
 * others run. */
const char *bed_endpoint(void);

typedef bool(bed_done_fn)(void *arg);
/* Runs the loop until done says so. False after BED_WAIT_MS. */
bool bed_run(zloop_t *loop, bed_done_fn *done, void *arg);
/* Runs the loop for about ms. */
void bed_run_ms(zloop_t *loop, size_t ms);

/* ---- A peer that sends and reads what it likes. */

/* A DEALER with the key of keys, connected to the server of that role. */
zsock_t *bed_peer(sb_keys_t *keys, sb_role_t server, const char *endpoint);
/* Sends one frame of a message. */
void bed_frame(zsock_t *peer, const void *data, size_t size, bool more);
/* Sends head and body. */
void bed_send(zsock_t *peer, const char *head, const char *body);

typedef struct {
    char head[128];
    char *body; /* freed by the next bed_hear, or bed_reply_free */
} bed_reply_t;

/* Runs the loop until the peer has a message and takes it. A ROUTER's first frame is kept in
 * *routing_p if that is not NULL. */
void bed_hear(zloop_t *loop, zsock_t *peer, zframe_t **routing_p, bed_reply_t *reply);
void bed_reply_free(bed_reply_t *reply);

/* ---- */

/* Fails the test if the text has not the part. */
void bed_assert_in(const char *text, const char *part);
