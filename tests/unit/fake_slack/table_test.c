/* table_test.c: a table against a plain list, through a long and random life. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tests/support/fake/table.h"

#define KEYS 500
#define STEPS 200000

typedef struct {
    char key[16];
    int in;
} entry_t;

static uint32_t s_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void s_check(const table_t *table, const entry_t *entries, size_t in)
{
    assert_int_equal(table_len(table), in);
    for (size_t i = 0; i < KEYS; i++) {
        assert_ptr_equal(table_get(table, entries[i].key), entries[i].in ? &entries[i] : NULL);
    }
    size_t place = 0;
    size_t seen = 0;
    while (table_next(table, &place)) {
        seen++;
    }
    assert_int_equal(seen, in);
}

static void test_random_life(void **state)
{
    (void)state;
    static entry_t entries[KEYS];
    uint32_t seed = 1;
    size_t in = 0;
    table_t *table = table_new();
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(entries[i].key, sizeof entries[i].key, "key %zu", i);
    }
    for (size_t step = 0; step < STEPS; step++) {
        entry_t *entry = &entries[s_random(&seed) % KEYS];
        if (entry->in) {
            table_remove(table, entry->key);
            in--;
        } else {
            table_set(table, entry->key, entry);
            in++;
        }
        entry->in = !entry->in;
        if (step % 1000 == 0) {
            s_check(table, entries, in);
        }
    }
    s_check(table, entries, in);
    table_remove(table, "no such key");
    assert_int_equal(table_len(table), in);
    table_destroy(&table);
    table_destroy(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_life),
    };
    return cmocka_run_group_tests_name("fake_slack_table", tests, NULL, NULL);
}
