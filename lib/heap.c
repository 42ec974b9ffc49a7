/* heap.c. Nodes are ordered by time, then by the order of adding. A slot per timer knows where its
 * node stands, so that cancelling is as cheap as adding; its generation makes old ids worthless. */
#include "lib/heap.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/err.h"
#include "lib/mem.h"

#define NOWHERE UINT32_MAX /* a slot's place when it has no node: free, or due in this run */

typedef struct {
    int64_t at_ms;
    uint64_t seq;
    uint32_t slot;
} node_t;

typedef struct {
    sb_heap_fn *fn; /* NULL: free */
    void *arg;
    uint32_t generation; /* the upper half of the id, never 0 */
    uint32_t place;      /* in nodes */
    uint32_t next_free;  /* meant while free */
} slot_t;

struct sb_heap {
    node_t *nodes;
    uint32_t nodes_len;
    slot_t *slots;
    uint32_t slots_len; /* ever used */
    uint32_t room;      /* of nodes, slots and due */
    uint32_t free_head; /* NOWHERE: none */
    uint64_t seq_next;
    uint64_t *due; /* ids, taken out of the heap before the first of them runs */
    size_t due_left;
    bool running;
};

sb_heap_t *sb_heap_new(void)
{
    sb_heap_t *self = sb_alloc(sizeof *self);
    self->free_head = NOWHERE;
    return self;
}

void sb_heap_destroy(sb_heap_t **self_p)
{
    assert(self_p);
    sb_heap_t *self = *self_p;
    if (!self) {
        return;
    }
    assert(!self->running);
    free(self->nodes);
    free(self->slots);
    free(self->due);
    free(self);
    *self_p = NULL;
}

static bool s_before(const node_t *a, const node_t *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->seq < b->seq;
}

static void s_put(sb_heap_t *self, uint32_t place, node_t node)
{
    self->nodes[place] = node;
    self->slots[node.slot].place = place;
}

static void s_rise(sb_heap_t *self, uint32_t place, node_t node)
{
    while (place > 0) {
        const uint32_t parent = (place - 1) / 2;
        if (!s_before(&node, &self->nodes[parent])) {
            break;
        }
        s_put(self, place, self->nodes[parent]);
        place = parent;
    }
    s_put(self, place, node);
}

static void s_sink(sb_heap_t *self, uint32_t place, node_t node)
{
    for (;;) {
        uint32_t child = 2 * place + 1;
        if (child >= self->nodes_len) {
            break;
        }
        if (child + 1 < self->nodes_len && s_before(&self->nodes[child + 1], &self->nodes[child])) {
            child++;
        }
        if (!s_before(&self->nodes[child], &node)) {
            break;
        }
        s_put(self, place, self->nodes[child]);
        place = child;
    }
    s_put(self, place, node);
}

static void s_take_out(sb_heap_t *self, uint32_t place)
{
    self->slots[self->nodes[place].slot].place = NOWHERE;
    const node_t last = self->nodes[--self->nodes_len];
    if (place == self->nodes_len) {
        return;
    }
    if (place > 0 && s_before(&last, &self->nodes[(place - 1) / 2])) {
        s_rise(self, place, last);
    } else {
        s_sink(self, place, last);
    }
}

static uint32_t s_slot_new(sb_heap_t *self)
{
    if (self->free_head != NOWHERE) {
        const uint32_t slot = self->free_head;
        self->free_head = self->slots[slot].next_free;
        return slot;
    }
    if (self->slots_len == self->room) {
        assert(self->room < NOWHERE / 4);
        self->room = self->room ? 2 * self->room : 16;
        self->nodes = sb_realloc(self->nodes, self->room * sizeof *self->nodes);
        self->slots = sb_realloc(self->slots, self->room * sizeof *self->slots);
        self->due = sb_realloc(self->due, self->room * sizeof *self->due);
    }
    self->slots[self->slots_len] = (slot_t){.generation = 1, .place = NOWHERE};
    return self->slots_len++;
}

static void s_slot_free(sb_heap_t *self, uint32_t slot)
{
    slot_t *it = &self->slots[slot];
    it->fn = NULL;
    it->generation = it->generation == UINT32_MAX ? 1 : it->generation + 1;
    it->next_free = self->free_head;
    self->free_head = slot;
}

static uint64_t s_id(const sb_heap_t *self, uint32_t slot)
{
    return (uint64_t)self->slots[slot].generation << 32 | slot;
}

/* The slot of a timer that has not run, or NOWHERE. */
static uint32_t s_find(const sb_heap_t *self, uint64_t id)
{
    const uint32_t slot = (uint32_t)(id & UINT32_MAX);
    if (slot >= self->slots_len || !self->slots[slot].fn || s_id(self, slot) != id) {
        return NOWHERE;
    }
    return slot;
}

uint64_t sb_heap_add(sb_heap_t *self, int64_t at_ms, sb_heap_fn *fn, void *arg)
{
    assert(self);
    assert(fn);
    const uint32_t slot = s_slot_new(self);
    self->slots[slot].fn = fn;
    self->slots[slot].arg = arg;
    const node_t node = {.at_ms = at_ms, .seq = self->seq_next++, .slot = slot};
    s_rise(self, self->nodes_len++, node);
    return s_id(self, slot);
}

bool sb_heap_cancel(sb_heap_t *self, uint64_t id)
{
    assert(self);
    const uint32_t slot = s_find(self, id);
    if (slot == NOWHERE) {
        return false;
    }
    if (self->slots[slot].place != NOWHERE) {
        s_take_out(self, self->slots[slot].place);
    } else {
        self->due_left--;
    }
    s_slot_free(self, slot);
    return true;
}

int64_t sb_heap_next_ms(const sb_heap_t *self)
{
    assert(self);
    return self->nodes_len ? self->nodes[0].at_ms : INT64_MAX;
}

size_t sb_heap_run(sb_heap_t *self, int64_t now_ms)
{
    assert(self);
    assert(!self->running);
    self->running = true;
    size_t due_len = 0;
    while (self->nodes_len && self->nodes[0].at_ms <= now_ms) {
        self->due[due_len++] = s_id(self, self->nodes[0].slot);
        s_take_out(self, 0);
    }
    self->due_left = due_len;
    size_t ran = 0;
    for (size_t i = 0; i < due_len; i++) {
        const uint32_t slot = s_find(self, self->due[i]); /* a callback may move due */
        if (slot == NOWHERE) {
            continue; /* cancelled by one that ran before */
        }
        sb_heap_fn *fn = self->slots[slot].fn;
        void *arg = self->slots[slot].arg;
        s_slot_free(self, slot);
        self->due_left--;
        ran++;
        fn(arg);
    }
    self->running = false;
    return ran;
}

size_t sb_heap_len(const sb_heap_t *self)
{
    assert(self);
    return self->nodes_len + self->due_left;
}
