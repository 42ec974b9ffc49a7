/* chat_input.h: the standard input, read by a thread of its own: making it non-blocking would make
 * the terminal's output so too. */
#pragma once

#include <stddef.h>

typedef struct chat_input chat_input_t;

/* wake is called on the reading thread whenever something can be taken. */
chat_input_t *chat_input_new(int fd, void (*wake)(void *ctx), void *ctx);
/* Ends the thread, even if nothing more is ever typed. */
void chat_input_destroy(chat_input_t **self_p);

#define CHAT_INPUT_CHUNK 4096
/* Moves at most CHAT_INPUT_CHUNK bytes to out. 0: nothing now; -1: the end. */
long chat_input_take(chat_input_t *self, char out[CHAT_INPUT_CHUNK]);
