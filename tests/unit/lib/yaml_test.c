/* yaml_test.c: the tree with its lines, and everything that is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/yaml.h"
#include "tests/support/temp_file.h"

#define TEXT(literal) literal, sizeof literal - 1

/* clang-format off */
static const struct {
    const char *name;
    const char *data;
    size_t size;
    const char *want;
} s_refused[] = {
    {"anchor on a scalar", TEXT("a: &x 1\n"), "f.yaml:1: anchors are not allowed"},
    {"anchor on a mapping", TEXT("\na: &x\n  b: 1\n"), "f.yaml:2: anchors are not allowed"},
    {"anchor on a sequence", TEXT("a: &x [1]\n"), "f.yaml:1: anchors are not allowed"},
    {"alias", TEXT("a: 1\nb: *x\n"), "f.yaml:2: aliases are not allowed"},
    {"tag on a scalar", TEXT("a: !!int 1\n"), "f.yaml:1: tags are not allowed"},
    {"tag on a mapping", TEXT("a: !x {b: 1}\n"), "f.yaml:1: tags are not allowed"},
    {"two documents", TEXT("a: 1\n---\nb: 1\n"), "f.yaml:2: a second document is not allowed"},
    {"duplicate key", TEXT("a: 1\nb: 2\na: 3\n"), "f.yaml:3: the key a stands in line 1 already"},
    {"duplicate key inside", TEXT("o:\n  k: 1\n  'k': 2\n"),
     "f.yaml:3: the key k stands in line 2 already"},
    {"duplicate by escape", TEXT("a: 1\n\"\\x61\": 2\n"),
     "f.yaml:2: the key a stands in line 1 already"},
    {"key that is a mapping", TEXT("{a: 1}: 2\n"), "f.yaml:1: a key must be a text"},
    {"key that is an alias", TEXT("*a : 2\n"), "f.yaml:1: a key must be a text"},
    {"no UTF-8", TEXT("a: 1\nb: \xff\n"), "f.yaml:2: not UTF-8"},
    {"UTF-16",
     TEXT("\xff\xfe"
          "a\0:\0"),
     "f.yaml:1: not UTF-8"},
    {"raw control character", TEXT("a: 1\nb: \x01\n"),
     "f.yaml:2: control characters are not allowed"},
    {"escaped NUL", TEXT("a: \"x\\0y\"\n"), "f.yaml:1: a NUL character is not allowed"},
    {"escaped NUL in a key", TEXT("\"x\\0y\": 1\n"), "f.yaml:1: a NUL character is not allowed"},
    {"tab as indentation", TEXT("a:\n\tb: 1\n"),
     "f.yaml:2: found character that cannot start any token (while scanning for the next token)"},
    {"open quote", TEXT("a: \"x\n"),
     "f.yaml:2: found unexpected end of stream (while scanning a quoted scalar)"},
    {"depth 17", TEXT("a: [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]\n"), "f.yaml:1: nested deeper than 16"},
};
/* clang-format on */

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_refused / sizeof s_refused[0]; i++) {
        char *data = malloc(s_refused[i].size);
        assert_non_null(data);
        memcpy(data, s_refused[i].data, s_refused[i].size);
        sb_err_t err = {0};
        sb_yaml_t *root = sb_yaml_parse("f.yaml", data, s_refused[i].size, &err);
        free(data);
        const char *got = root ? "accepted" : err.text;
        if (strcmp(got, s_refused[i].want) != 0) {
            fail_msg("%s: want \"%s\", got \"%s\"", s_refused[i].name, s_refused[i].want, got);
        }
        sb_yaml_destroy(&root);
    }
}

static sb_yaml_t *s_parse(const char *text)
{
    sb_err_t err = {0};
    sb_yaml_t *root = sb_yaml_parse("f.yaml", text, strlen(text), &err);
    if (!root) {
        fail_msg("%s", err.text);
    }
    return root;
}

static void test_tree(void **state)
{
    (void)state;
    sb_yaml_t *root = s_parse("# people\n"
                              "alice:\n"
                              "  email: a@example.com\n"
                              "  tags: [x, \"y z\"]\n"
                              "'null': ~\n"
                              "text: |\n"
                              "  one\n"
                              "  two\n"
                              "quoted: \"\"\n");
    assert_int_equal(root->kind, SB_YAML_MAPPING);
    const sb_yaml_t *alice = sb_yaml_get(root, "alice");
    assert_non_null(alice);
    assert_int_equal(alice->line, 2);
    assert_int_equal(alice->kind, SB_YAML_MAPPING);
    assert_string_equal(alice->key, "alice");
    const sb_yaml_t *email = sb_yaml_get(alice, "email");
    assert_int_equal(email->line, 3);
    assert_string_equal(email->text, "a@example.com");
    assert_false(email->quoted);
    const sb_yaml_t *tags = sb_yaml_get(alice, "tags");
    assert_int_equal(tags->kind, SB_YAML_SEQUENCE);
    assert_string_equal(tags->child->text, "x");
    assert_null(tags->child->key);
    assert_string_equal(tags->child->next->text, "y z");
    assert_true(tags->child->next->quoted);
    assert_null(tags->child->next->next);
    const sb_yaml_t *null = sb_yaml_get(root, "null");
    assert_true(null->null);
    assert_string_equal(null->text, "");
    assert_string_equal(sb_yaml_get(root, "text")->text, "one\ntwo\n");
    const sb_yaml_t *quoted = sb_yaml_get(root, "quoted");
    assert_false(quoted->null);
    assert_int_equal(quoted->line, 9);
    assert_null(sb_yaml_get(root, "email"));
    sb_yaml_destroy(&root);
    assert_null(root);
    sb_yaml_destroy(&root);
}

static void test_nothing_is_an_empty_mapping(void **state)
{
    (void)state;
    static const char *const texts[] = {"",      "\n\n", "# only a comment\n",
                                        "---\n", "~",    "---\n...\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        sb_yaml_t *root = s_parse(texts[i]);
        assert_int_equal(root->kind, SB_YAML_MAPPING);
        assert_null(root->child);
        sb_yaml_destroy(&root);
    }
}

static void test_depth_16_is_fine(void **state)
{
    (void)state;
    sb_yaml_t *root = s_parse("a: [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]\n");
    sb_yaml_destroy(&root);
}

static void test_size(void **state)
{
    (void)state;
    char *data = malloc(SB_YAML_SIZE_MAX + 1);
    assert_non_null(data);
    memset(data, '\n', SB_YAML_SIZE_MAX + 1);
    sb_err_t err = {0};
    sb_yaml_t *root = sb_yaml_parse("f.yaml", data, SB_YAML_SIZE_MAX, &err);
    assert_non_null(root);
    sb_yaml_destroy(&root);
    assert_null(sb_yaml_parse("f.yaml", data, SB_YAML_SIZE_MAX + 1, &err));
    assert_int_equal(err.code, SB_ETOOLARGE);
    assert_string_equal(err.text, "f.yaml: larger than 1048576 bytes");
    free(data);
}

static void test_load(void **state)
{
    (void)state;
    temp_file_puts("a: 1\nb:\n");
    sb_err_t err = {0};
    sb_yaml_t *root = sb_yaml_load(temp_file_path(), &err);
    assert_non_null(root);
    assert_string_equal(sb_yaml_get(root, "a")->text, "1");
    assert_true(sb_yaml_get(root, "b")->null);
    sb_yaml_destroy(&root);

    assert_null(sb_yaml_load("/no/such.yaml", &err));
    assert_int_equal(err.code, SB_ENOTFOUND);
    assert_string_equal(err.text, "/no/such.yaml: No such file or directory");
    assert_null(sb_yaml_load("/", &err));
    assert_string_equal(err.text, "/: Is a directory");
}

static void test_long_file_names_leave_place_for_the_reason(void **state)
{
    (void)state;
    char name[400];
    memset(name, 'd', sizeof name);
    (void)snprintf(name + 380, sizeof name - 380, "/bot.yaml");
    sb_err_t err = {0};
    assert_null(sb_yaml_parse(name, "a: *x", 5, &err));
    assert_non_null(strstr(err.text, "d/bot.yaml:1: aliases are not allowed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_nothing_is_an_empty_mapping),
        cmocka_unit_test(test_depth_16_is_fine),
        cmocka_unit_test(test_size),
        cmocka_unit_test_teardown(test_load, temp_file_remove),
        cmocka_unit_test(test_long_file_names_leave_place_for_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
