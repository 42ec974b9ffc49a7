#include "tests/unit/lib/http_scripts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

void script_ok(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    while (peer_request(conn)) {
        peer_say(conn, SCRIPT_GOOD);
    }
}

void script_echo(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    const char *request;
    while ((request = peer_request(conn))) {
        char *answer =
            sb_format("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(request), request);
        peer_say(conn, answer);
        free(answer);
    }
}

void script_limit(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, "HTTP/1.1 429 Too Many Requests\r\nX-Retry-After: 1\r\nReTry-After:\t 30 \r\n"
                   "Content-Length: 0\r\n\r\n");
}

void script_redirect(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
}

void script_continue(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, "HTTP/1.1 100 Continue\r\nRetry-After: 1\r\n\r\n" SCRIPT_GOOD);
}

void script_close(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
}

void script_reset(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_reset(conn);
}

void script_silent(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_hang(conn);
}

void script_deaf(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    peer_hang(conn);
}

void script_half(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
}

void script_junk(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, "this is no HTTP at all\r\n\r\n");
}

void script_large(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    static char data[1001];
    (void)peer_request(conn);
    peer_say(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
    memset(data, 'x', sizeof data);
    peer_write(conn, data, sizeof data);
    peer_hang(conn);
}

void script_many_headers(peer_conn_t *conn, unsigned index, void *arg)
{
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 1300; i++) {
        peer_say(conn, "X-Filler: 0123456789abcdef\r\n");
    }
    peer_say(conn, "Content-Length: 0\r\n\r\n");
    peer_hang(conn);
}

/* "hello" in gzip. */
void script_gzip(peer_conn_t *conn, unsigned index, void *arg)
{
    static const unsigned char hello[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                          0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x86,
                                          0xa6, 0x10, 0x36, 0x05, 0x00, 0x00, 0x00};
    (void)index;
    (void)arg;
    (void)peer_request(conn);
    peer_say(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 25\r\n\r\n");
    peer_write(conn, hello, sizeof hello);
}
