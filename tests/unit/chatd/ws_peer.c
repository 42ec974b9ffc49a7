#include "tests/unit/chatd/ws_peer.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/mem.h"

static char *s_accept(const char *request)
{
    static const char name[] = "\r\nsec-websocket-key:";
    const char *at = strcasestr(request, name);
    if (!at) {
        return NULL;
    }
    at += sizeof name - 1;
    at += strspn(at, " ");
    char *text = sb_format("%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int)strcspn(at, "\r"), at);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    (void)EVP_Digest(text, strlen(text), digest, &size, EVP_sha1(), NULL);
    free(text);
    char *accept = sb_alloc(64);
    (void)EVP_EncodeBlock((unsigned char *)accept, digest, (int)size);
    return accept;
}

const char *ws_peer_agree(peer_conn_t *conn)
{
    const char *request = peer_request(conn);
    char *accept = request ? s_accept(request) : NULL;
    if (!accept) {
        return NULL;
    }
    char *answer = sb_format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                             "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                             accept);
    peer_say(conn, answer);
    free(answer);
    free(accept);
    return request;
}

void ws_peer_frame(peer_conn_t *conn, ws_op_t op, bool final, const void *data, size_t size)
{
    unsigned char head[10] = {(unsigned char)((final ? 0x80 : 0) | op)};
    size_t len = 2;
    if (size < 126) {
        head[1] = (unsigned char)size;
    } else if (size < 65536) {
        head[1] = 126;
        head[2] = (unsigned char)(size >> 8);
        head[3] = (unsigned char)size;
        len = 4;
    } else {
        head[1] = 127;
        for (int i = 0; i < 8; i++) {
            head[2 + i] = (unsigned char)((uint64_t)size >> (56 - 8 * i));
        }
        len = 10;
    }
    peer_write(conn, head, len);
    peer_write(conn, data, size);
}

void ws_peer_say(peer_conn_t *conn, const char *text)
{
    ws_peer_frame(conn, WS_TEXT, true, text, strlen(text));
}

static bool s_read(peer_conn_t *conn, void *out, size_t size)
{
    char *at = out;
    while (size > 0) {
        const size_t n = peer_read(conn, at, size);
        if (n == 0) {
            return false;
        }
        at += n;
        size -= n;
    }
    return true;
}

char *ws_peer_hear(peer_conn_t *conn, ws_op_t *op_r)
{
    unsigned char head[2];
    unsigned char more[8];
    unsigned char mask[4];
    if (!s_read(conn, head, 2)) {
        return NULL;
    }
    *op_r = (ws_op_t)(head[0] & 0x0f);
    assert(head[1] & 0x80); /* a client masks */
    assert(!(head[0] & 0x70));
    size_t size = head[1] & 0x7f;
    const size_t width = size == 126 ? 2 : size == 127 ? 8 : 0;
    if (width > 0) {
        if (!s_read(conn, more, width)) {
            return NULL;
        }
        size = 0;
        for (size_t i = 0; i < width; i++) {
            size = size << 8 | more[i];
        }
    }
    assert(size <= WS_PEER_MAX);
    if (!s_read(conn, mask, 4)) {
        return NULL;
    }
    char *data = sb_alloc(size + 1);
    if (!s_read(conn, data, size)) {
        free(data);
        return NULL;
    }
    for (size_t i = 0; i < size; i++) {
        data[i] = (char)(data[i] ^ mask[i % 4]);
    }
    return data;
}
