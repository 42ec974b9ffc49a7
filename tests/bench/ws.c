/* ws.c: RFC 6455, as much of it as one well-behaved server needs: whole text frames, ping, close.
 */
#include "tests/bench/ws.h"

#include <arpa/inet.h>
#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "proto/localchat.h"
#include "tests/bench/fail.h"

#define OP_TEXT 0x1
#define OP_CLOSE 0x8
#define OP_PING 0x9
#define OP_PONG 0xA
#define ROOM (8 * 1024 * 1024) /* a history of 100 long messages fits */

struct ws {
    zloop_t *loop;
    zmq_pollitem_t item;
    ws_fn *fn;
    void *arg;
    uint8_t *in;
    size_t in_len;
    size_t in_room;
};

static void s_write(const ws_t *self, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        const ssize_t sent = send(self->item.fd, at, size, MSG_NOSIGNAL);
        bench_must(sent > 0, "a chat connection was closed while writing");
        at += sent;
        size -= (size_t)sent;
    }
}

/* The masking key is zero: nothing stands between us and the server that could mistake it. */
static void s_frame(const ws_t *self, int op, const void *data, size_t size)
{
    uint8_t head[8] = {(uint8_t)(0x80 | op), (uint8_t)(0x80 | size)};
    size_t head_len = 2;
    assert(size < 65536);
    if (size > 125) {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(size >> 8);
        head[3] = (uint8_t)size;
        head_len = 4;
    }
    head_len += 4;
    char *whole = sb_alloc(head_len + size);
    memcpy(whole, head, head_len);
    memcpy(whole + head_len, data, size);
    s_write(self, whole, head_len + size);
    free(whole);
}

static void s_take(ws_t *self, int op, const uint8_t *data, size_t size)
{
    if (op == OP_PING) {
        s_frame(self, OP_PONG, data, size);
    } else if (op == OP_TEXT) {
        sb_err_t err;
        cJSON *frame = sb_json_parse(data, size, 1 << 20, &err);
        bench_must(frame != NULL, err.text);
        self->fn(self->arg, frame);
        cJSON_Delete(frame);
    } else {
        bench_must(op == OP_PONG, "the chat closed a connection");
    }
}

/* Takes one frame off the front of what was read; 0 if it is not whole yet. */
static size_t s_next(ws_t *self, const uint8_t *in, size_t len)
{
    size_t head = 2;
    if (len < head) {
        return 0;
    }
    bench_must((in[0] & 0x80) != 0 && (in[1] & 0x80) == 0, "a frame in parts or masked");
    size_t size = in[1];
    if (size >= 126) {
        const size_t digits = size == 126 ? 2 : 8;
        head += digits;
        if (len < head) {
            return 0;
        }
        size = 0;
        for (size_t i = 0; i < digits; i++) {
            size = size << 8 | in[2 + i];
        }
        bench_must(size < ROOM, "a frame of many megabytes");
    }
    if (len < head + size) {
        return 0;
    }
    s_take(self, in[0] & 0x0F, in + head, size);
    return head + size;
}

static int s_on_readable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void)loop;
    (void)item;
    ws_t *self = arg;
    if (self->in_room - self->in_len < 16384) {
        self->in_room = self->in_room * 2 + 32768;
        self->in = sb_realloc(self->in, self->in_room);
    }
    const ssize_t got =
        recv(self->item.fd, self->in + self->in_len, self->in_room - self->in_len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    bench_must(got > 0, "the chat closed a connection");
    self->in_len += (size_t)got;
    size_t used = 0;
    size_t one;
    while ((one = s_next(self, self->in + used, self->in_len - used)) > 0) {
        used += one;
    }
    memmove(self->in, self->in + used, self->in_len - used);
    self->in_len -= used;
    return 0;
}

static void s_upgrade(const ws_t *self, int port)
{
    char *request = sb_format("GET " LOCALCHAT_PATH " HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                              "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Sec-WebSocket-Version: 13\r\n\r\n",
                              port);
    s_write(self, request, strlen(request));
    free(request);
    char answer[4096] = "";
    size_t len = 0;
    while (!strstr(answer, "\r\n\r\n")) {
        bench_must(len < sizeof answer - 1 && recv(self->item.fd, answer + len, 1, 0) == 1,
                   "no answer to a WebSocket upgrade");
        len++;
    }
    bench_must(strncmp(answer, "HTTP/1.1 101", 12) == 0, answer);
}

ws_t *ws_new(zloop_t *loop, int port, ws_fn *fn, void *arg)
{
    assert(loop && fn);
    ws_t *self = sb_alloc(sizeof *self);
    self->loop = loop;
    self->fn = fn;
    self->arg = arg;
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bench_must(fd >= 0, strerror(errno));
    self->item = (zmq_pollitem_t){.fd = fd, .events = ZMQ_POLLIN};
    bench_must(connect(fd, (const struct sockaddr *)&address, sizeof address) == 0,
               strerror(errno));
    s_upgrade(self, port);
    const int rc = zloop_poller(loop, &self->item, s_on_readable, self);
    assert(rc == 0);
    return self;
}

void ws_destroy(ws_t **self_p)
{
    assert(self_p);
    ws_t *self = *self_p;
    if (!self) {
        return;
    }
    zloop_poller_end(self->loop, &self->item);
    (void)close(self->item.fd);
    free(self->in);
    free(self);
    *self_p = NULL;
}

void ws_send(ws_t *self, cJSON **frame_p)
{
    assert(self && frame_p && *frame_p);
    char *text = sb_json_print(*frame_p);
    s_frame(self, OP_TEXT, text, strlen(text));
    free(text);
    cJSON_Delete(*frame_p);
    *frame_p = NULL;
}
