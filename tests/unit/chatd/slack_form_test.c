#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_form.h"

static void test_written_as_slack_reads_it(void **state)
{
    (void)state;
    sb_buf_t out = sb_buf(1000);
    slack_form_add(&out, "channel", "D1");
    slack_form_add(&out, "text", "a b&c=d+%~\n\xc3\xa4/-._*");
    slack_form_add(&out, "cursor", "dXNlcjpV==");
    slack_form_add(&out, "empty", "");
    assert_string_equal(sb_buf_text(&out), "channel=D1&text=a+b%26c%3Dd%2B%25%7E%0A%C3%A4%2F-._*"
                                           "&cursor=dXNlcjpV%3D%3D&empty=");
    sb_buf_free(&out);
}

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        const char *want; /* the object, or the error */
    } rows[] = {
        {"nothing",              "",             "{}"                                            },
        {"members",              "a=1&b=x+y%21", "{\"a\":\"1\",\"b\":\"x y!\"}"                  },
        {"no value",             "a&b=&c=1",     "{\"a\":\"\",\"b\":\"\",\"c\":\"1\"}"           },
        {"no name",              "=1",           "{\"\":\"1\"}"                                  },
        {"ampersands alone",     "&&a=1&&",      "{\"a\":\"1\"}"                                 },
        {"second equals",        "a=b=c",        "{\"a\":\"b=c\"}"                               },
        {"either case",          "a=%c3%A4",     "{\"a\":\"\xc3\xa4\"}"                          },
        {"names differ by case", "a=1&A=2",      "{\"a\":\"1\",\"A\":\"2\"}"                     },
        {"twice",                "a=1&%61=2",    "form, byte 4: \"a\" stands there already"      },
        {"NUL",                  "a=%00",        "form, byte 0: a NUL, or a % without two digits"},
        {"one digit",            "b=1&a=%4",     "form, byte 4: a NUL, or a % without two digits"},
        {"no digit",             "a=%",          "form, byte 0: a NUL, or a % without two digits"},
        {"no hexadecimal",       "a=%4g",        "form, byte 0: a NUL, or a % without two digits"},
        {"digits end at &",      "a=%4&1=2",     "form, byte 0: a NUL, or a % without two digits"},
        {"not UTF-8",            "a=%ff",        "form, byte 0: not UTF-8"                       },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t size = strlen(rows[i].text);
        char *data = malloc(size + (size == 0)); /* a read beyond it is seen */
        assert_non_null(data);
        memcpy(data, rows[i].text, size);
        sb_err_t err = {0};
        cJSON *form = slack_form_parse(data, size, &err);
        char *got = form ? sb_json_print(form) : sb_strdup(err.text);
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: want %s, got %s", rows[i].name, rows[i].want, got);
        }
        free(got);
        free(data);
        cJSON_Delete(form);
    }
}

static void test_members_are_bounded(void **state)
{
    (void)state;
    sb_err_t err = {0};
    char text[2 * (SLACK_FORM_MEMBERS_MAX + 1)];
    memset(text, '&', sizeof text);
    assert_null(slack_form_parse(text, sizeof text, &err));
    assert_int_equal(err.code, SB_ETOOLARGE);
    cJSON *form = slack_form_parse(text, SLACK_FORM_MEMBERS_MAX, &err);
    assert_non_null(form);
    cJSON_Delete(form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_as_slack_reads_it),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_members_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
