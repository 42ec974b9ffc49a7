/* template_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "proto/taskd.h"
#include "services/botd/template.h"

static const char *const s_allowed[] = {"name", "description", "reason", NULL};

static const fields_t s_fields = {
    .name = "Alice",
    .description = "{name} {reason} {{",
    .reason = "",
    .title = "not allowed here",
};

static void test_check(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *fault; /* part of the error, NULL: fine */
    } rows[] = {
        {"",              NULL                                                                    },
        {"Hi {name}!",    NULL                                                                    },
        {"Hi {0}, {1}",   NULL                                                                    },
        {"{{}} {{name}}", NULL                                                                    },
        {"{titel}",       "unknown placeholder {titel}; known here: {name} {description} {reason}"},
        {"{3}",           "unknown placeholder {3}"                                               },
        {"{}",            "unknown placeholder {}"                                                },
        {"{title}",       "unknown placeholder {title}"                                           },
        {"{ name}",       "unknown placeholder { name}"                                           },
        {"a { b",         "a { that stands alone"                                                 },
        {"a } b",         "a } that stands alone"                                                 },
        {"{name",         "a { that stands alone"                                                 },
        {"{{name}",       "a } that stands alone"                                                 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        const int code = template_check(rows[i].text, s_allowed, &err);
        if ((code != SB_OK) != (rows[i].fault != NULL) ||
            (rows[i].fault && !strstr(err.text, rows[i].fault))) {
            fail_msg("\"%s\": %d %s", rows[i].text, code, err.text);
        }
    }
    static const char *const none[] = {NULL};
    sb_err_t err;
    assert_int_equal(template_check("{name}", none, &err), SB_EINVALID);
    assert_non_null(strstr(err.text, "known here: none"));
    char *large = calloc(1, TEMPLATE_SIZE_MAX + 2);
    memset(large, 'x', TEMPLATE_SIZE_MAX);
    assert_int_equal(template_check(large, none, &err), SB_OK);
    large[TEMPLATE_SIZE_MAX] = 'x';
    assert_int_equal(template_check(large, none, &err), SB_ETOOLARGE);
    free(large);
}

static void test_render(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"plain",                          "Hi {name}!",              "Hi Alice!"           },
        {"by number",                      "{0}",                     "Alice"               },
        {"braces",                         "{{name}}",                "{name}"              },
        {"values are not looked at again", "<{description}>",         "<{name} {reason} {{>"},
        {"an empty line goes",             "a\n{reason}\nb",          "a\nb"                },
        {"its label goes with it",         "a\nBecause: {reason}\nb", "a\nb"                },
        {"one filled keeps it",            "{name}{reason}\nb",       "Alice\nb"            },
        {"one blank line is enough",       "a\n\n{reason}\n\nb",      "a\n\nb"              },
        {"blank lines of ours stay",       "a\n\n\nb",                "a\n\n\nb"            },
        {"at the begin",                   "{reason}\n\nb",           "b"                   },
        {"blanks at the end go",           "a \n\n",                  "a"                   },
        {"nothing",                        "",                        ""                    },
        {"only empty",                     "{reason}",                ""                    },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *got = template_render(rows[i].text, s_allowed, &s_fields);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
        }
        free(got);
    }
}

static void test_render_has_a_limit(void **state)
{
    (void)state;
    char *value = calloc(1, 6001);
    for (size_t i = 0; i < 6000; i += 3) {
        memcpy(value + i, "\u20ac", 3);
    }
    const fields_t fields = {.name = value};
    for (size_t pad = 0; pad < 4; pad++) {
        char text[TEMPLATE_SIZE_MAX + 1] = "";
        memset(text, 'x', pad);
        for (int i = 0; i < 600; i++) {
            memcpy(text + pad + (size_t)i * 6, "{name}", 7);
        }
        char *got = template_render(text, s_allowed, &fields);
        assert_true(strlen(got) <= SB_TEXT_MAX && strlen(got) > SB_TEXT_MAX - 4);
        assert_true(sb_utf8_valid(got, strlen(got), NULL));
        free(got);
    }
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_render),
        cmocka_unit_test(test_render_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
