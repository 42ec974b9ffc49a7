/* db_test.c: the words that differ, sets of parameters, and rows that make no sense. What the
 * drivers do is tested by the conformance suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants those before it */
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "services/taskd/db.h"

#define LEN(array) (sizeof(array) / sizeof(array)[0])

static void words_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        const char *sqlite;
        const char *postgres;
    } rows[] = {
        {"SELECT 1",           "SELECT 1",                                 "SELECT 1"                   },
        {"",                   "",                                         ""                           },
        {"a {any(}$1{)any} b", "a IN (SELECT value FROM json_each($1)) b", "a = ANY($1) b"              },
        {"x {update}",         "x ",                                       "x FOR UPDATE"               },
        {"{int}{int}",         "INTEGERINTEGER",                           "BIGINTBIGINT"               },
        {"FROM {people}",      "FROM json_each($1) AS p",                  "FROM unnest($1) AS p(value)"},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        char *sqlite = db_expand(DB_SQLITE, rows[i].sql);
        char *postgres = db_expand(DB_POSTGRES, rows[i].sql);
        assert_string_equal(sqlite, rows[i].sqlite);
        assert_string_equal(postgres, rows[i].postgres);
        free(sqlite);
        free(postgres);
    }
}

static void sets_grow_and_keep_their_tags(void **state)
{
    (void)state;
    db_sets_t sets = db_sets(2);
    for (size_t i = 0; i < 100; i++) {
        db_param_t *params = db_sets_add(&sets, i * 7);
        params[0] = db_int((int64_t)i);
        params[1] = db_text("t");
    }
    assert_int_equal(sets.len, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(sets.tags[i], i * 7);
        assert_int_equal(sets.params[2 * i].num, i);
    }
    db_sets_free(&sets);
    assert_int_equal(sets.len, 0);
    assert_int_equal(sets.width, 2);
    db_sets_free(&sets);
}

static void parameters_say_what_is_null(void **state)
{
    (void)state;
    assert_true(db_text(NULL).null);
    assert_false(db_text("").null);
    assert_true(db_hash(NULL).null);
    assert_true(db_tristate(-1).null);
    assert_false(db_tristate(0).null);
    assert_true(db_int_or_null(5, false).null);
    assert_int_equal(db_int_or_null(5, true).num, 5);
}

#define INT(n)                                                                                     \
    {                                                                                              \
        .kind = DB_CELL_INT, .num = (n)                                                            \
    }
#define TEXT(t)                                                                                    \
    {                                                                                              \
        .kind = DB_CELL_TEXT, .text = (t), .size = sizeof(t) - 1                                   \
    }
#define BYTES(t)                                                                                   \
    {                                                                                              \
        .kind = DB_CELL_BYTES, .text = (t), .size = sizeof(t) - 1                                  \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        .kind = DB_CELL_NULL                                                                       \
    }

typedef enum { TAKE_INT, TAKE_INT_OR, TAKE_TEXT, TAKE_TEXT_OR, TAKE_HASH } take_t;

static void s_take(db_row_t *row, take_t take)
{
    char hash[SB_HASH_HEX + 1];
    switch (take) {
    case TAKE_INT:
        (void)db_take_int(row);
        break;
    case TAKE_INT_OR:
        (void)db_take_int_or(row, 0);
        break;
    case TAKE_TEXT:
        assert_non_null(db_take_text(row));
        break;
    case TAKE_TEXT_OR:
        (void)db_take_text_or_null(row);
        break;
    case TAKE_HASH:
        (void)db_take_hash(row, hash);
        break;
    }
}

static void cells_that_make_no_sense_are_faults(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        db_cell_t cell;
        take_t take;
        bool good;
    } rows[] = {
        {"int",                INT(5),                                                                      TAKE_INT,     true },
        {"text as int",        TEXT("-5"),                                                                  TAKE_INT,     true },
        {"words as int",       TEXT("five"),                                                                TAKE_INT,     false},
        {"empty as int",       TEXT(""),                                                                    TAKE_INT,     false},
        {"rest behind int",    TEXT("5x"),                                                                  TAKE_INT,     false},
        {"too many digits",    TEXT("99999999999999999999"),                                                TAKE_INT,     false},
        {"null as int",        NOTHING,                                                                     TAKE_INT,     false},
        {"null as int or",     NOTHING,                                                                     TAKE_INT_OR,  true },
        {"beyond JSON",        INT(SB_JSON_INT_MAX + 1),                                                    TAKE_INT,     false},
        {"beyond JSON",        INT(-SB_JSON_INT_MAX - 1),                                                   TAKE_INT,     false},
        {"largest",            INT(SB_JSON_INT_MAX),                                                        TAKE_INT,     true },
        {"bytes as int",       BYTES("5"),                                                                  TAKE_INT,     false},
        {"text",               TEXT("\xc3\xa4"),                                                            TAKE_TEXT,    true },
        {"empty text",         TEXT(""),                                                                    TAKE_TEXT,    true },
        {"null as text",       NOTHING,                                                                     TAKE_TEXT,    false},
        {"null as text or",    NOTHING,                                                                     TAKE_TEXT_OR, true },
        {"int as text",        INT(5),                                                                      TAKE_TEXT,    false},
        {"bytes as text",      BYTES("abc"),                                                                TAKE_TEXT,    false},
        {"broken UTF-8",       TEXT("\xc3("),                                                               TAKE_TEXT,    false},
        {"surrogate",          TEXT("\xed\xa0\x80"),                                                        TAKE_TEXT_OR, false},
        {"NUL within",         TEXT("a\0b"),                                                                TAKE_TEXT,    false},
        {"hash as bytes",      BYTES("0123456789abcdef0123456789abcdef"),                                   TAKE_HASH,    true },
        {"short hash",         BYTES("0123456789abcdef"),                                                   TAKE_HASH,    false},
        {"null as hash",       NOTHING,                                                                     TAKE_HASH,    true },
        {"hash as text",
         TEXT("\\x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),                       TAKE_HASH,
         true                                                                                                                  },
        {"short hash as text", TEXT("\\x0011"),                                                             TAKE_HASH,    false},
        {"no hex",             TEXT("\\xzz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
         TAKE_HASH,                                                                                                       false},
        {"int as hash",        INT(1),                                                                      TAKE_HASH,    false},
    };
    for (size_t i = 0; i < LEN(rows); i++) {
        sb_err_t err = {0};
        db_row_t row = {.cells = &rows[i].cell, .len = 1, .err = &err};
        s_take(&row, rows[i].take);
        if ((row.code == SB_OK) != rows[i].good) {
            fail_msg("%s: got %d %s", rows[i].name, row.code, err.text);
        }
        assert_true(rows[i].good || row.code == SB_EINTERNAL);
    }
}

static void the_first_fault_counts(void **state)
{
    (void)state;
    static const db_cell_t cells[] = {TEXT("a"), INT(1), NOTHING, TEXT("b")};
    sb_err_t err = {0};
    db_row_t row = {.cells = cells, .len = LEN(cells), .err = &err};
    assert_string_equal(db_take_text(&row), "a");
    assert_string_equal(db_take_text(&row), ""); /* the fault */
    assert_int_equal(db_take_int_or(&row, 7), 7);
    assert_string_equal(db_take_text(&row), "");
    assert_non_null(strstr(err.text, "column 2"));
}

static void bytes_become_digits(void **state)
{
    (void)state;
    static const db_cell_t cells[] = {BYTES("\x00\x01\x7f\x80\xff"
                                            "abcdefghijklmnopqrstuvwxyz\n"),
                                      INT(0), INT(1), NOTHING};
    sb_err_t err = {0};
    db_row_t row = {.cells = cells, .len = LEN(cells), .err = &err};
    char hash[SB_HASH_HEX + 1];
    assert_true(db_take_hash(&row, hash));
    assert_string_equal(hash, "00017f80ff6162636465666768696a6b6c6d6e6f707172737475767778797a0a");
    assert_int_equal(db_take_tristate(&row), 0);
    assert_int_equal(db_take_tristate(&row), 1);
    assert_true(db_next_is_null(&row));
    assert_int_equal(db_take_tristate(&row), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_replaced),
        cmocka_unit_test(sets_grow_and_keep_their_tags),
        cmocka_unit_test(parameters_say_what_is_null),
        cmocka_unit_test(cells_that_make_no_sense_are_faults),
        cmocka_unit_test(the_first_fault_counts),
        cmocka_unit_test(bytes_become_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
