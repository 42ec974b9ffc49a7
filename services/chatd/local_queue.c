/* local_queue.c. A ring of pointers: the frames differ too much in size for a ring of bytes. */
#include "services/chatd/local_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/err.h"
#include "lib/mem.h"

typedef struct {
    size_t len;
    char data[]; /* headroom, len bytes, a NUL */
} item_t;

struct local_queue {
    size_t frames_max;
    size_t bytes_max;
    size_t headroom;
    const char *resync;
    size_t bytes; /* of all texts that wait */
    size_t first;
    size_t len;
    item_t **items; /* frames_max */
};

local_queue_t *local_queue_new(size_t frames_max, size_t bytes_max, size_t headroom,
                               const char *resync)
{
    assert(frames_max > 0 && bytes_max >= strlen(resync));
    local_queue_t *self = sb_alloc(sizeof *self);
    self->items = sb_alloc_array(frames_max, sizeof(void *));
    self->frames_max = frames_max;
    self->bytes_max = bytes_max;
    self->headroom = headroom;
    self->resync = resync;
    return self;
}

void local_queue_destroy(local_queue_t **self_p)
{
    local_queue_t *self = *self_p;
    if (!self) {
        return;
    }
    while (self->len > 0) {
        local_queue_pop(self);
    }
    free(self->items);
    free(self);
    *self_p = NULL;
}

static void s_add(local_queue_t *self, const char *text, size_t len)
{
    assert(self->frames_max > 0);
    item_t *item = sb_alloc(sizeof *item + self->headroom + len + 1);
    item->len = len;
    memcpy(item->data + self->headroom, text, len);
    self->items[(self->first + self->len) % self->frames_max] = item;
    self->len++;
    self->bytes += len;
}

void local_queue_reset(local_queue_t *self)
{
    while (self->len > 0) {
        local_queue_pop(self);
    }
    s_add(self, self->resync, strlen(self->resync));
}

bool local_queue_push(local_queue_t *self, const char *text)
{
    const size_t len = strlen(text);
    if (self->len == self->frames_max || len > self->bytes_max - self->bytes) {
        local_queue_reset(self);
        return false;
    }
    s_add(self, text, len);
    return true;
}

char *local_queue_peek(const local_queue_t *self, size_t *len_r)
{
    if (self->len == 0) {
        return NULL;
    }
    item_t *item = self->items[self->first];
    *len_r = item->len;
    return item->data + self->headroom;
}

void local_queue_pop(local_queue_t *self)
{
    assert(self->len > 0);
    item_t *item = self->items[self->first];
    self->bytes -= item->len;
    free(item);
    self->items[self->first] = NULL;
    self->first = (self->first + 1) % self->frames_max;
    self->len--;
}

size_t local_queue_len(const local_queue_t *self)
{
    return self->len;
}
