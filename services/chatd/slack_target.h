/* slack_target.h: the address of a WebSocket, as apps.connections.open gives it. Pure. */
#pragma once

#include <stdbool.h>

#include "lib/err.h"

#define SLACK_URL_MAX 2048 /* bytes, with the NUL */
#define SLACK_HOST_MAX 254

typedef struct {
    bool tls;
    int port;
    char host[SLACK_HOST_MAX]; /* a name, or an address without brackets */
    char path[SLACK_URL_MAX];  /* "/", with the query */
} slack_target_t;

/* wss://HOST[:PORT][/PATH][?QUERY]; ws:// too if plain. */
SB_MUSTCHECK int slack_target_parse(const char *url, bool plain, slack_target_t *target_r,
                                    sb_err_t *err);
