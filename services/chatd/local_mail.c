/* local_mail.c. */
#include "services/chatd/local_mail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/mem.h"
#include "lib/pipe.h"

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
    return sb_pipe_send(pipe, mail_p);
}

local_mail_t *local_mail_receive(zsock_t *pipe, bool wait, bool *term_r)
{
    return sb_pipe_receive(pipe, wait, term_r);
}
