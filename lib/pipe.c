/* pipe.c. A frame is a pointer; whatever else is in the pipe is CZMQ's word to an actor. */
#include "lib/pipe.h"

#include <string.h>

#include "lib/err.h"

bool sb_pipe_send(zsock_t *pipe, void *item_p)
{
    void *item;
    memcpy(&item, item_p, sizeof item);
    const int sent = zmq_send(zsock_resolve(pipe), &item, sizeof item, ZMQ_DONTWAIT);
    if (sent != (int)sizeof item) {
        return false;
    }
    item = NULL;
    memcpy(item_p, &item, sizeof item);
    return true;
}

void *sb_pipe_receive(zsock_t *pipe, bool wait, bool *term_r)
{
    void *item;
    char frame[16];
    const int n = zmq_recv(zsock_resolve(pipe), frame, sizeof frame, wait ? 0 : ZMQ_DONTWAIT);
    if (n == (int)sizeof item) {
        memcpy(&item, frame, sizeof item);
        return item;
    }
    if (term_r && n > 0) {
        *term_r = true;
    }
    return NULL;
}
