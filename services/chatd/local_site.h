/* local_site.h: the HTTP side of the built-in chat: the page, and who may upgrade to a WebSocket.
 * Runs on the web server's thread. */
#pragma once

#include <stdbool.h>

#include <libwebsockets.h>

typedef struct local_file local_file_t; /* a part of the page */

/* Sent with every answer. */
extern const struct lws_protocol_vhost_options local_site_headers;

/* hosts: names allowed in Host besides loopback ones, NULL-ended; may be NULL.
 * Is this upgrade to our WebSocket, from our own page? Else it has been answered. */
bool local_site_upgrade(struct lws *wsi, char *const *hosts);

/* Answers a request up to its headers; *file_r is what follows when the socket takes it, or NULL.
 * False if the connection is to be closed. */
bool local_site_request(struct lws *wsi, char *const *hosts, const local_file_t **file_r);
bool local_site_write(struct lws *wsi, const local_file_t **file_p);
