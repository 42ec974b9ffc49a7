/* parts_test.c: stamps, rate limits, arguments, and text that goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fake/args.h"
#include "tests/support/fake/out.h"
#include "tests/support/fake_slack/bucket.h"
#include "tests/support/fake_slack/mrkdwn.h"
#include "tests/support/fake_slack/stamp.h"

static void test_stamps(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ts_us; /* -1: none */
    } rows[] = {
        {"1700000000.000001",   1700000000000001},
        {"1700000000",          1700000000000000},
        {"1700000000.5",        1700000000500000},
        {"0",                   0               },
        {"",                    -1              },
        {"now",                 -1              },
        {"-1",                  -1              },
        {"17e9",                -1              },
        {"1700000000.000001x",  -1              },
        {"99999999999999999.0", -1              },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ts_us = -1;
        const bool good = stamp_parse(rows[i].text, &ts_us);
        if (good != (rows[i].ts_us >= 0) || (good && ts_us != rows[i].ts_us)) {
            fail_msg("%s: %d %lld", rows[i].text, good, (long long)ts_us);
        }
    }
    assert_string_equal(stamp(1700000000000001), "1700000000.000001");
    int64_t last_us = INT64_MAX - 10;
    assert_true(stamp_next(&last_us) == INT64_MAX - 9);
}

static void test_bucket(void **state)
{
    (void)state;
    bucket_t bucket = {0};
    int64_t wait_ms = 0;
    assert_true(bucket_take(&bucket, 60, 2, 1000, &wait_ms));
    assert_true(bucket_take(&bucket, 60, 2, 1000, &wait_ms));
    assert_false(bucket_take(&bucket, 60, 2, 1000, &wait_ms));
    assert_int_equal(wait_ms, 1000);
    assert_false(bucket_take(&bucket, 60, 2, 1400, &wait_ms));
    assert_int_equal(wait_ms, 600);
    assert_true(bucket_take(&bucket, 60, 2, 2000, &wait_ms));
    assert_true(bucket_take(&bucket, 60, 2, 900000, &wait_ms));
    assert_true(bucket_take(&bucket, 60, 2, 900000, &wait_ms));
    assert_false(bucket_take(&bucket, 60, 2, 900000, &wait_ms));
}

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *form;
        const char *value; /* of a; NULL: none */
        bool good;
    } rows[] = {
        {"a=b",               "b",        true },
        {"a=x%20y+z",         "x y z",    true },
        {"x=1&a=dXNlcg==",    "dXNlcg==", true },
        {"a=dXNlcg%3D%3D&b=", "dXNlcg==", true },
        {"a=1&a=2",           "2",        true },
        {"a",                 "",         true },
        {"",                  NULL,       true },
        {"a=100%",            "100%",     true },
        {"a=%zz",             "%zz",      true },
        {"%61=%C3%A4",        "\xC3\xA4", true },
        {"a=%00b",            NULL,       false},
        {"a=%FF",             NULL,       false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        args_t *args = args_new();
        const bool good = args_add_form(args, rows[i].form, strlen(rows[i].form));
        const char *value = args_str(args, "a");
        if (good != rows[i].good || !value != !rows[i].value ||
            (value && strcmp(value, rows[i].value) != 0)) {
            fail_msg("%s: %d %s", rows[i].form, good, value ? value : "-");
        }
        args_destroy(&args);
    }
}

static void test_json_arguments(void **state)
{
    (void)state;
    static const char text[] =
        "{\"n\":200,\"t\":\"200\",\"yes\":true,\"one\":\"1\",\"no\":null,"
        "\"list\":[1],\"packed\":\"[{\\\"a\\\":1}]\",\"two\":\"[1],\\\"w\\\":2\"}";
    args_t *args = args_new();
    bool bad;
    assert_true(args_add_json(args, text, strlen(text)));
    assert_int_equal(args_int(args, "n", 7), 200);
    assert_int_equal(args_int(args, "t", 7), 200);
    assert_int_equal(args_int(args, "none", 7), 7);
    assert_string_equal(args_str(args, "n"), "200");
    assert_true(args_bool(args, "yes", false));
    assert_true(args_bool(args, "one", false));
    assert_false(args_has(args, "no"));
    assert_true(cJSON_IsArray(args_json(args, "list", &bad)));
    assert_true(cJSON_IsArray(args_json(args, "packed", &bad)));
    assert_null(args_json(args, "two", &bad)); /* is not cheated by what looks like two members */
    assert_true(bad);
    assert_null(args_json(args, "none", &bad));
    assert_false(bad);
    assert_false(args_add_json(args, "[1]", 3));
    args_destroy(&args);
}

static void test_out(void **state)
{
    (void)state;
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    out_str(&out, "url", "wss://x/\"\\\n\x01");
    out_str(&out, "wide", "\xC3\xA4\xF0\x9F\x98\x80");
    out_begin(&out, "list", '[');
    out_int(&out, NULL, -1);
    out_bool(&out, NULL, true);
    out_end(&out, ']');
    out_raw(&out, "raw", NULL);
    out_end(&out, '}');
    assert_string_equal(out.buf.text, "{\"url\":\"wss:\\/\\/x\\/\\\"\\\\\\n\\u0001\",\"wide\":"
                                      "\"\\u00e4\\ud83d\\ude00\",\"list\":[-1,true],\"raw\":null}");
    out_free(&out);
}

static void test_accepted_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *accepted;
        const char *typed;
    } rows[] = {
        {"a & b",         "a &amp; b",       "a &amp; b"                },
        {"a &amp; b",     "a &amp; b",       "a &amp;amp; b"            },
        {"&ltx",          "&amp;ltx",        "&amp;ltx"                 },
        {"1 < 2 > 0",     "1 &lt; 2 &gt; 0", "1 &lt; 2 &gt; 0"          },
        {"<@U1> <!here>", "<@U1> <!here>",   "&lt;@U1&gt; &lt;!here&gt;"},
        {"<http://x|y>",  "<http://x|y>",    "&lt;http://x|y&gt;"       },
        {"<b>",           "&lt;b&gt;",       "&lt;b&gt;"                },
        {"<@U1\n>",       "&lt;@U1\n&gt;",   "&lt;@U1\n&gt;"            },
        {"<<@U1>>",       "&lt;<@U1>&gt;",   "&lt;&lt;@U1&gt;&gt;"      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *accepted = mrkdwn_accept(rows[i].text);
        char *typed = mrkdwn_typed(rows[i].text);
        assert_string_equal(accepted, rows[i].accepted);
        assert_string_equal(typed, rows[i].typed);
        free(accepted);
        free(typed);
    }
    out_t out = out_new();
    out_begin(&out, NULL, '{');
    mrkdwn_write_mentions("<@U1|ann> &lt;!here&gt; <!subteam^S1> <#C1>", &out, "m");
    mrkdwn_write_links("<mailto:a@b.c|a> <https://x.y> <@U1>", &out, "l");
    out_end(&out, '}');
    assert_string_equal(out.buf.text, "{\"m\":[\"@U1\",\"!subteam^S1\"],\"l\":[\"mailto:a@b.c\","
                                      "\"https:\\/\\/x.y\"]}");
    out_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stamps), cmocka_unit_test(test_bucket),
        cmocka_unit_test(test_forms),  cmocka_unit_test(test_json_arguments),
        cmocka_unit_test(test_out),    cmocka_unit_test(test_accepted_text),
    };
    return cmocka_run_group_tests_name("fake_slack_parts", tests, NULL, NULL);
}
