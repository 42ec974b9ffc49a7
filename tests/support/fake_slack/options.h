/* options.h: the command line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

typedef struct {
    const char *host;
    int port; /* 0: any */
    const char *endpoint_file;
    const char *tls_cert; /* NULL: no TLS */
    const char *tls_key;
    size_t users;
    const char *bot_token;
    const char *app_token;
    const char *signing_secret;
    const char *scopes;      /* separated by commas */
    const char *events;      /* subscribed ones, likewise */
    const char *request_url; /* NULL: Socket Mode */
    const char *request_ca;  /* file of the certificate to trust there */
    bool tiers;
    bool close_tcp; /* after the close handshake of a WebSocket */
    bool quiet;
    int64_t time_scale;   /* waits of deliveries and connections are divided by it */
    int64_t ack_ms;       /* until a delivery that is not acknowledged counts as failed */
    int64_t ping_ms;      /* between two pings of a WebSocket */
    int64_t connection_s; /* life of a WebSocket, before the scale */
} options_t;

/* Fills from argv, whose texts are borrowed. SB_EINVALID with a usage text. help_r is set if the
 * caller asked for help. */
SB_MUSTCHECK int options_read(options_t *self, int argc, char **argv, bool *help_r, sb_err_t *err);
extern const char options_help[];
/* Is name one of the words in list, which are separated by commas? */
bool options_lists(const char *list, const char *name);
