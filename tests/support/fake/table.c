/* table.c. Open addressing with linear probing; what is removed leaves no mark behind, its
 * successors move up, since envelopes come and go by the million. */
#include "tests/support/fake/table.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

#define ROOM_MIN 64 /* a power of two */

typedef struct {
    uint64_t hash;
    const char *key; /* NULL: free */
    void *value;
} slot_t;

struct table {
    slot_t *slots;
    size_t room; /* a power of two, at least twice len */
    size_t len;
};

/* FNV-1a. */
static uint64_t s_hash(const char *key)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *at = key; *at; at++) {
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    }
    return hash ^ (hash >> 32);
}

table_t *table_new(void)
{
    table_t *self = sb_alloc(sizeof *self);
    self->room = ROOM_MIN;
    self->slots = sb_alloc_array(self->room, sizeof *self->slots);
    return self;
}

void table_destroy(table_t **self_p)
{
    if (*self_p) {
        free((*self_p)->slots);
        free(*self_p);
        *self_p = NULL;
    }
}

/* Where key is, or where it would go. */
static size_t s_find(const table_t *self, uint64_t hash, const char *key)
{
    size_t place = hash & (self->room - 1);
    while (self->slots[place].key &&
           (self->slots[place].hash != hash || strcmp(self->slots[place].key, key) != 0)) {
        place = (place + 1) & (self->room - 1);
    }
    return place;
}

void *table_get(const table_t *self, const char *key)
{
    return self->slots[s_find(self, s_hash(key), key)].value;
}

static void s_grow(table_t *self)
{
    slot_t *old = self->slots;
    const size_t old_room = self->room;
    self->room *= 2;
    self->slots = sb_alloc_array(self->room, sizeof *self->slots);
    for (size_t i = 0; i < old_room; i++) {
        if (old[i].key) {
            self->slots[s_find(self, old[i].hash, old[i].key)] = old[i];
        }
    }
    free(old);
}

void table_set(table_t *self, const char *key, void *value)
{
    assert(value);
    if (2 * (self->len + 1) > self->room) {
        s_grow(self);
    }
    const uint64_t hash = s_hash(key);
    const size_t place = s_find(self, hash, key);
    assert(!self->slots[place].key);
    self->slots[place] = (slot_t){hash, key, value};
    self->len++;
}

void table_remove(table_t *self, const char *key)
{
    const size_t mask = self->room - 1;
    size_t hole = s_find(self, s_hash(key), key);
    if (!self->slots[hole].key) {
        return;
    }
    self->len--;
    for (size_t next = (hole + 1) & mask; self->slots[next].key; next = (next + 1) & mask) {
        const size_t home = self->slots[next].hash & mask;
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            self->slots[hole] = self->slots[next];
            hole = next;
        }
    }
    self->slots[hole] = (slot_t){0};
}

size_t table_len(const table_t *self)
{
    return self->len;
}

void *table_next(const table_t *self, size_t *place)
{
    while (*place < self->room) {
        slot_t *slot = &self->slots[(*place)++];
        if (slot->key) {
            return slot->value;
        }
    }
    return NULL;
}
