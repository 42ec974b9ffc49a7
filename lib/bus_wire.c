#include "lib/bus_wire.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static zframe_t *s_recv_frame(zsock_t *sock, bool *more_r)
{
    zframe_t *frame = zframe_recv(sock);
    *more_r = frame && zframe_more(frame);
    return frame;
}

bool sb_wire_recv(zsock_t *sock, bool routed, sb_wire_t *wire_r)
{
    assert(sock);
    assert(wire_r);
    memset(wire_r, 0, sizeof *wire_r);
    /* libzmq shows a message only when all of its frames are there, so nothing below waits. */
    if (!(zsock_events(sock) & ZMQ_POLLIN)) {
        return false;
    }
    bool more = true;
    if (routed) {
        zframe_t *peer = s_recv_frame(sock, &more);
        if (!peer) {
            return false;
        }
        assert(zframe_size(peer) <= sizeof wire_r->peer.data);
        wire_r->peer.size = (uint8_t)zframe_size(peer);
        memcpy(wire_r->peer.data, zframe_data(peer), zframe_size(peer));
        zframe_destroy(&peer);
    }
    while (more) {
        zframe_t *frame = s_recv_frame(sock, &more);
        if (!frame) {
            break;
        }
        wire_r->frames++;
        if (wire_r->frames == 1) {
            wire_r->head = frame;
        } else if (wire_r->frames == 2) {
            wire_r->body = frame;
        } else {
            zframe_destroy(&frame);
        }
    }
    return true;
}

void sb_wire_clear(sb_wire_t *self)
{
    assert(self);
    zframe_destroy(&self->head);
    zframe_destroy(&self->body);
}

int sb_wire_head(const sb_wire_t *self, sb_head_t *head_r, sb_err_t *err)
{
    assert(self);
    if (self->frames != 2) {
        return sb_fail(err, SB_EINVALID, "a message has 2 frames, this has %zu", self->frames);
    }
    return sb_head_decode(zframe_data(self->head), zframe_size(self->head), head_r, err);
}

void sb_wire_find_id(const sb_wire_t *self, const sb_head_t *head, char id_r[SB_ID_SIZE_MAX])
{
    assert(self);
    id_r[0] = '\0';
    if (head && head->kind == SB_KIND_REQ) {
        sb_msg_t msg;
        sb_err_t ignored;
        const int code = sb_msg_decode(head->kind, zframe_data(self->body), zframe_size(self->body),
                                       &msg, &ignored);
        memcpy(id_r, msg.id, SB_ID_SIZE_MAX);
        if (!code) {
            sb_msg_clear(&msg);
        }
    }
}

static int s_send(void *handle, const void *data, size_t size, int flags)
{
    return zmq_send(handle, data, size, flags | ZMQ_DONTWAIT) < 0 ? errno : 0;
}

int sb_wire_send(zsock_t *sock, const sb_peer_t *peer, sb_kind_t kind, const char *name,
                 const char *json)
{
    assert(sock);
    void *handle = zsock_resolve(sock);
    char head[SB_HEAD_SIZE_MAX];
    const size_t head_size = sb_head_encode(kind, name, head);
    const char *body = json ? json : "{}";
    int fault = peer ? s_send(handle, peer->data, peer->size, ZMQ_SNDMORE) : 0;
    if (!fault) {
        fault = s_send(handle, head, head_size, ZMQ_SNDMORE);
    }
    if (!fault) {
        fault = s_send(handle, body, strlen(body), 0);
    }
    if (!fault) {
        return SB_OK;
    }
    return fault == EHOSTUNREACH ? SB_ENOTFOUND : SB_EBUSY;
}
