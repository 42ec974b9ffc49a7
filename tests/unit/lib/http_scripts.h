/* http_scripts.h: how the peers of the HTTP client's test behave: well, badly, and not at all. */
#pragma once

#include "tests/unit/lib/peer.h"

#define SCRIPT_GOOD "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

void script_ok(peer_conn_t *conn, unsigned index, void *arg);
void script_echo(peer_conn_t *conn, unsigned index, void *arg);
void script_limit(peer_conn_t *conn, unsigned index, void *arg);
void script_redirect(peer_conn_t *conn, unsigned index, void *arg);
void script_continue(peer_conn_t *conn, unsigned index, void *arg);
void script_close(peer_conn_t *conn, unsigned index, void *arg);
void script_reset(peer_conn_t *conn, unsigned index, void *arg);
void script_silent(peer_conn_t *conn, unsigned index, void *arg);
void script_deaf(peer_conn_t *conn, unsigned index, void *arg);
void script_half(peer_conn_t *conn, unsigned index, void *arg);
void script_junk(peer_conn_t *conn, unsigned index, void *arg);
void script_large(peer_conn_t *conn, unsigned index, void *arg);
void script_many_headers(peer_conn_t *conn, unsigned index, void *arg);
void script_gzip(peer_conn_t *conn, unsigned index, void *arg);
