/* client_bed.h: a client, the server it calls, and what came back: shared by the tests of the
 * client. */
#pragma once

#include "bed.h"
#include "lib/bus_client.h"
#include "lib/bus_server.h"

#define CLIENT_REPLIES_MAX 64
#define CLIENT_NEVER_MS 60000

typedef struct {
    int code;
    char text[256]; /* the err's, or the body's member "x" */
} client_reply_t;

struct client_bed {
    char *folder;
    sb_keys_t *taskd;
    sb_keys_t *chatd;
    zloop_t *loop;
    sb_server_t *server;
    char *endpoint;
    sb_client_t *client;
    sb_call_t *held[CLIENT_REPLIES_MAX];
    size_t held_len;
    client_reply_t replies[CLIENT_REPLIES_MAX];
    size_t replies_len;
};
extern struct client_bed client_bed;

int client_set_up(void **state);
int client_tear_down(void **state);

/* A server that echoes, holds (until client_end_held), refuses, and has a secret of botctl's. */
sb_server_t *client_server_new(zloop_t *loop, sb_keys_t *keys, const char *endpoint, sb_err_t *err);
/* The bed's own, once the port is free. */
void client_serve_at(sb_keys_t *keys, const char *endpoint);
void client_end_held(void);

void client_connect_to(const char *endpoint, size_t calls_max);
/* Keeps the first CLIENT_REPLIES_MAX replies. */
void client_on_reply(void *arg, int code, const cJSON *body, const sb_err_t *err);
void client_call(const char *name, const char *x, int64_t timeout_ms);

void client_wait_held(size_t n);
void client_wait_replies(size_t n);
void client_wait_connected(bool want);
/* The nth reply comes and is this one. */
void client_expect(size_t n, int code, const char *text);
/* Calls until the text says why nothing is sent: how soon that is known, and how soon the port of
 * the server before is closed, depends on the machine. */
void client_expect_unsent(const char *why);
