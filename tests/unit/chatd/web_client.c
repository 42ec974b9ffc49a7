#include "tests/unit/chatd/web_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/mem.h"

#define QUIET_MS 5000

int web_connect(int port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* The peer may have closed already; what it said before counts. */
void web_send(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        const ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n <= 0) {
            return;
        }
        at += n;
        size -= (size_t)n;
    }
}

/* 0: the end, or nothing came in time. */
static size_t s_some(int fd, char *out, size_t size, int ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    if (poll(&poll_fd, 1, ms) <= 0) {
        return 0;
    }
    const ssize_t n = recv(fd, out, size, 0);
    return n > 0 ? (size_t)n : 0;
}

char *web_read(int fd, int ms)
{
    char *text = sb_alloc(WEB_CLIENT_MAX);
    size_t len = 0;
    size_t n;
    while (len + 1 < WEB_CLIENT_MAX && (n = s_some(fd, text + len, WEB_CLIENT_MAX - 1 - len, ms))) {
        len += n;
    }
    text[len] = '\0';
    return text;
}

char *web_ask(int port, const char *request)
{
    const int fd = web_connect(port);
    web_send(fd, request, strlen(request));
    char *answer = web_read(fd, 300);
    (void)close(fd);
    return answer;
}

static bool s_exactly(int fd, void *out, size_t size, int ms)
{
    char *at = out;
    while (size > 0) {
        const size_t n = s_some(fd, at, size, ms);
        if (n == 0) {
            return false;
        }
        at += n;
        size -= n;
    }
    return true;
}

char *web_upgrade(int fd, const char *more)
{
    char *request = sb_format("GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
                              "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                              more ? more : "");
    web_send(fd, request, strlen(request));
    free(request);
    char *head = sb_alloc(65536);
    size_t len = 0;
    while (len < 65535 && !strstr(head, "\r\n\r\n") && s_exactly(fd, head + len, 1, QUIET_MS)) {
        len++;
    }
    return head;
}

int web_socket(int port)
{
    const int fd = web_connect(port);
    char *head = web_upgrade(fd, NULL);
    assert_non_null(strstr(head, "HTTP/1.1 101 "));
    free(head);
    return fd;
}

void web_frame(int fd, web_op_t op, bool final, const void *data, size_t size)
{
    unsigned char head[14] = {(unsigned char)((final ? 0x80 : 0) | op)};
    size_t len = 2;
    if (size < 126) {
        head[1] = (unsigned char)(0x80 | size);
    } else if (size < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (unsigned char)(size >> 8);
        head[3] = (unsigned char)(size & 255);
        len = 4;
    } else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++) {
            head[2 + i] = (unsigned char)((uint64_t)size >> (56 - 8 * i));
        }
        len = 10;
    }
    len += 4; /* a mask of zeros */
    web_send(fd, head, len);
    web_send(fd, data, size);
}

void web_say(int fd, const char *text)
{
    web_frame(fd, WEB_TEXT, true, text, strlen(text));
}

char *web_hear(int fd, int ms, web_op_t *op_r)
{
    unsigned char head[2];
    unsigned char more[8] = {0};
    if (!s_exactly(fd, head, 2, ms)) {
        return NULL;
    }
    size_t size = head[1] & 0x7f;
    const size_t more_len = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (!s_exactly(fd, more, more_len, QUIET_MS)) {
        return NULL;
    }
    if (more_len > 0) {
        size = 0;
        for (size_t i = 0; i < more_len; i++) {
            size = size << 8 | more[i];
        }
    }
    assert_true(head[0] & 0x80); /* we never get fragments */
    assert_true(size < WEB_CLIENT_MAX);
    char *text = sb_alloc(size + 1);
    if (!s_exactly(fd, text, size, QUIET_MS)) {
        free(text);
        return NULL;
    }
    if (op_r) {
        *op_r = (web_op_t)(head[0] & 0x0f);
    }
    return text;
}
