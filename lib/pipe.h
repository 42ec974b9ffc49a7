/* pipe.h: how a core and its actor hand each other things: a pointer a piece through the actor's
 * pipe. Whoever receives it owns it. */
#pragma once

#include <czmq.h>
#include <stdbool.h>

/* item_p is the address of a pointer. Never waits. True if it was taken (*item_p is NULL then);
 * false if the pipe is full. */
bool sb_pipe_send(zsock_t *pipe, void *item_p);
/* The next, or NULL. Never waits, unless wait is set. *term_r (may be NULL) is set when the actor
 * was told to end. */
void *sb_pipe_receive(zsock_t *pipe, bool wait, bool *term_r);
