/* bus_monitor.c. libzmq's I/O thread waits when the queue of events is full, so it is long enough
 * for any pause of the loop. */
#include "lib/bus_monitor.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define EVENTS_QUEUED_MAX (256 * 1024)

zsock_t *sb_monitor_open(zsock_t *sock, int events, sb_err_t *err)
{
    assert(sock);
    assert(err);
    static atomic_uint s_count;
    char endpoint[64];
    (void)snprintf(endpoint, sizeof endpoint, "inproc://sb-monitor-%u",
                   atomic_fetch_add(&s_count, 1));
    void *handle = zsock_resolve(sock);
    if (zmq_socket_monitor(handle, endpoint, events)) {
        (void)sb_fail(err, SB_EINTERNAL, "can't watch a socket: %s", zmq_strerror(errno));
        return NULL;
    }
    zsock_t *monitor = zsock_new(ZMQ_PAIR);
    if (monitor) {
        zsock_set_rcvhwm(monitor, EVENTS_QUEUED_MAX);
        zsock_set_linger(monitor, 0);
    }
    if (!monitor || zsock_connect(monitor, "%s", endpoint)) {
        (void)sb_fail(err, SB_EINTERNAL, "can't watch a socket: %s", zmq_strerror(errno));
        sb_monitor_close(sock, &monitor);
        return NULL;
    }
    return monitor;
}

void sb_monitor_close(zsock_t *sock, zsock_t **monitor_p)
{
    assert(monitor_p);
    if (sock) {
        (void)zmq_socket_monitor(zsock_resolve(sock), NULL, 0);
    }
    zsock_destroy(monitor_p);
}

bool sb_monitor_read(zsock_t *monitor, sb_event_t *event_r)
{
    assert(monitor);
    assert(event_r);
    /* Two frames: number and value, packed; the endpoint, which we know. */
    unsigned char bytes[6];
    void *handle = zsock_resolve(monitor);
    const int size = zmq_recv(handle, bytes, sizeof bytes, ZMQ_DONTWAIT);
    if (size < 0) {
        return false;
    }
    char endpoint[1];
    (void)zmq_recv(handle, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
    if (size != sizeof bytes) {
        return false;
    }
    uint16_t event;
    memcpy(&event, bytes, sizeof event);
    memcpy(&event_r->value, bytes + sizeof event, sizeof event_r->value);
    event_r->event = event;
    return true;
}
