/* log_test.c: what a line looks like, read back from standard error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

static char s_line[16384];
static FILE *s_file;
static int s_stderr = -1;

static void catch_start(void)
{
    s_file = tmpfile();
    assert_non_null(s_file);
    (void)fflush(stderr);
    s_stderr = dup(STDERR_FILENO);
    (void)dup2(fileno(s_file), STDERR_FILENO);
}

/* The lines since catch_start, without the time if they begin with one. */
static const char *catch_end(void)
{
    (void)dup2(s_stderr, STDERR_FILENO);
    (void)close(s_stderr);
    rewind(s_file);
    const size_t size = fread(s_line, 1, sizeof s_line - 1, s_file);
    s_line[size] = '\0';
    (void)fclose(s_file);
    return size > 25 && s_line[0] == '2' ? s_line + 25 : s_line;
}

static void test_text(void **state)
{
    (void)state;
    /* clang-format off */
    static const struct {
        const char *name;
        const char *value;
        const char *want;
    } rows[] = {
        {"plain", "chatd", "k=chatd"},
        {"plain with marks", "a:b/c,d[1]{2}", "k=a:b/c,d[1]{2}"},
        {"none", NULL, "k=-"},
        {"a real dash", "-", "k=\"-\""},
        {"empty", "", "k=\"\""},
        {"space", "a b", "k=\"a b\""},
        {"equals sign", "a=b", "k=\"a=b\""},
        {"quote", "a\"b", "k=\"a\\\"b\""},
        {"backslash", "a\\b", "k=\"a\\\\b\""},
        {"a line of its own", "x\n2026-01-01T00:00:00.000Z info botd msg=forged",
         "k=\"x\\u000a2026-01-01T00:00:00.000Z info botd msg=forged\""},
        {"carriage return, escape, delete", "\r\x1b[2J\x7f", "k=\"\\u000d\\u001b[2J\\u007f\""},
        {"C1 control",
         "\xc2\x9b"
         "2J",
         "k=\"\\u009b2J\""},
        {"line separator",
         "a\xe2\x80\xa8"
         "b",
         "k=\"a\\u2028b\""},
        {"right to left",
         "\xe2\x80\xae"
         "abc",
         "k=\"\\u202eabc\""},
        {"letters", "\xc3\xa9\xf0\x9f\x98\x80", "k=\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {"no UTF-8", "a\xff\xe2\x82", "k=\"a\\ufffd\\ufffd\\ufffd\""},
    };
    /* clang-format on */
    sb_log_open("botd", SB_INFO, SB_LOG_TEXT);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[256];
        (void)snprintf(want, sizeof want, "info botd msg=\"it is\" %s z=1\n", rows[i].want);
        catch_start();
        sb_info("it is", "k", rows[i].value, "z", sb_num(1), NULL);
        const char *got = catch_end();
        if (strcmp(got, want) != 0) {
            fail_msg("%s: want %sgot %s", rows[i].name, want, got);
        }
    }
}

static void test_time(void **state)
{
    (void)state;
    sb_log_open("botd", SB_INFO, SB_LOG_TEXT);
    catch_start();
    sb_info("x", NULL);
    (void)catch_end();
    for (size_t i = 0; i < 25; i++) {
        const char mask = "dddd-dd-ddTdd:dd:dd.dddZ "[i];
        assert_true(mask == 'd' ? s_line[i] >= '0' && s_line[i] <= '9' : s_line[i] == mask);
    }
}

static void test_level(void **state)
{
    (void)state;
    sb_log_open("botd", SB_WARN, SB_LOG_TEXT);
    catch_start();
    sb_debug("a", NULL);
    sb_info("b", NULL);
    sb_warn("c", NULL);
    sb_log_level_set(SB_DEBUG);
    sb_debug("d", NULL);
    const char *got = catch_end();
    assert_non_null(strstr(got, "warn botd msg=c\n"));
    assert_non_null(strstr(got, "debug botd msg=d\n"));
    assert_null(strstr(got, "msg=a"));
    assert_null(strstr(got, "msg=b"));
}

static void test_json(void **state)
{
    (void)state;
    sb_log_open("taskd", SB_INFO, SB_LOG_JSON);
    catch_start();
    sb_error("it \"failed\"", "k", "a\n\xff\xc2\x9b", "none", NULL, "n", sb_num(INT64_MIN), NULL);
    const char *got = catch_end();
    assert_int_equal(got[strlen(got) - 1], '\n');
    cJSON *json = cJSON_Parse(got);
    assert_non_null(json);
    static const struct {
        const char *key, *want;
    } rows[] = {
        {"level",  "error"                  },
        {"daemon", "taskd"                  },
        {"msg",    "it \"failed\""          },
        {"k",      "a\n\xef\xbf\xbd\xc2\x9b"},
        {"n",      "-9223372036854775808"   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, rows[i].key);
        assert_true(cJSON_IsString(item));
        assert_string_equal(item->valuestring, rows[i].want);
    }
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(json, "none")));
    assert_int_equal(strlen(cJSON_GetObjectItemCaseSensitive(json, "time")->valuestring), 24);
    cJSON_Delete(json);
}

static void test_long_lines_stay_whole(void **state)
{
    (void)state;
    char value[3000];
    memset(value, '\x01', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int format = SB_LOG_TEXT; format <= SB_LOG_JSON; format++) {
        sb_log_open("taskd", SB_INFO, (sb_log_format_t)format);
        catch_start();
        sb_info("long", "a", value, "b", value, "c", "end", NULL);
        const char *got = catch_end();
        const size_t len = strlen(got);
        assert_true(len <= 8192);
        assert_int_equal(got[len - 1], '\n');
        assert_non_null(strstr(got, "\\u0001...\"")); /* a, cut */
        assert_null(strstr(got, "end"));              /* nothing behind what did not fit */
        if (format == SB_LOG_JSON) {
            cJSON *json = cJSON_Parse(got);
            assert_non_null(json);
            assert_int_equal(cJSON_GetArraySize(json), 5);
            cJSON_Delete(json);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_long_lines_stay_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
