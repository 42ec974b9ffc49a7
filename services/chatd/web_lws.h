/* web_lws.h: what chatd's actors with libwebsockets have in common. */
#pragma once

#include <stdbool.h>

#include <libwebsockets.h>

#define WEB_URL_MAX 320 /* bytes of a URL of ours, with the NUL */

/* Sends the library's words to our log. */
void web_lws_log_open(void);

/* Answers a request with a status and says why; always false: whoever was refused need not keep the
 * connection. */
bool web_lws_refuse(struct lws *wsi, unsigned status, const char *why);

/* "http://HOST:PORT/PATH" by which we reach ourselves, for a listener on host. */
void web_lws_url(const char *host, int port, const char *path, char url_r[WEB_URL_MAX]);
