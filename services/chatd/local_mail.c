/* local_mail.c. A frame is a pointer; whatever else is in the pipe is CZMQ's word to an actor. */
#include "services/chatd/local_mail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/mem.h"

/* What is in a frame of ours. */
typedef struct {
    local_mail_t *mail;
} letter_t;

local_mail_t *local_mail_new(local_mail_kind_t kind, uint64_t conn, uint64_t hello)
{
    local_mail_t *self = sb_alloc(sizeof *self);
    self->kind = kind;
    self->conn = conn;
    self->hello = hello;
    self->seq = -1;
    return self;
}

void local_mail_destroy(local_mail_t **self_p)
{
    local_mail_t *self = *self_p;
    if (!self) {
        return;
    }
    free(self->channel);
    free(self->person);
    free(self->event);
    free(self->text);
    free(self->value);
    free(self->message);
    free(self);
    *self_p = NULL;
}

bool local_mail_send(zsock_t *pipe, local_mail_t **mail_p)
{
    const letter_t letter = {*mail_p};
    atomic_store_explicit(&letter.mail->sent, true, memory_order_release);
    if (zmq_send(zsock_resolve(pipe), &letter, sizeof letter, ZMQ_DONTWAIT) < 0) {
        return false;
    }
    *mail_p = NULL;
    return true;
}

local_mail_t *local_mail_receive(zsock_t *pipe, bool wait, bool *term_r)
{
    letter_t letter;
    char frame[2 * sizeof letter]; /* room to see that a frame is longer than ours */
    const int n = zmq_recv(zsock_resolve(pipe), frame, sizeof frame, wait ? 0 : ZMQ_DONTWAIT);
    if (n == (int)sizeof letter) {
        memcpy(&letter, frame, sizeof letter);
        const bool sent = atomic_load_explicit(&letter.mail->sent, memory_order_acquire);
        assert(sent);
        return letter.mail;
    }
    if (term_r && n > 0) {
        *term_r = true;
    }
    return NULL;
}
