/* json_test.c: what is refused and where, what the readers say, and that printing can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"

#define TEXT(literal) literal, sizeof literal - 1

/* clang-format off */
static const struct {
    const char *name;
    const char *data;
    size_t size;
    const char *want; /* the error; NULL: accepted */
} s_texts[] = {
    {"empty object", TEXT("{}"), NULL},
    {"white space around", TEXT(" \t\r\n{ \"a\" : [ 1 , 2 ] } \n"), NULL},
    {"all kinds", TEXT("{\"a\":[true,false,null,\"x\",-1,0,{}]}"), NULL},
    {"all escapes", TEXT("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"}"), NULL},
    {"greatest number", TEXT("{\"a\":9007199254740991}"), NULL},
    {"least number", TEXT("{\"a\":-9007199254740991}"), NULL},
    {"same key in other objects", TEXT("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"), NULL},
    {"case tells keys apart", TEXT("{\"a\":1,\"A\":2}"), NULL},
    {"depth 16", TEXT("{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}"), NULL},

    {"nothing", TEXT(""), "byte 0: the text ends early, expected an object"},
    {"white space only", TEXT("  "), "byte 2: the text ends early, expected an object"},
    {"byte order mark", TEXT("\xef\xbb\xbf{}"), "byte 0: expected an object"},
    {"an array", TEXT("[]"), "byte 0: expected an object"},
    {"a string", TEXT("\"a\""), "byte 0: expected an object"},
    {"trailing junk", TEXT("{}x"), "byte 2: something follows the object"},
    {"two objects", TEXT("{} {}"), "byte 3: something follows the object"},
    {"trailing NUL", TEXT("{}\0"), "byte 2: something follows the object"},
    {"NUL in a string", TEXT("{\"a\":\"x\0y\"}"), "byte 7: a raw control character in a string"},
    {"newline in a string", TEXT("{\"a\":\"\n\"}"), "byte 6: a raw control character in a string"},
    {"unit separator in a string", TEXT("{\"a\":\"\x1f\"}"),
     "byte 6: a raw control character in a string"},
    {"escaped NUL", TEXT("{\"a\":\"x\\u0000\"}"), "byte 13: an escaped NUL is not allowed"},
    {"escaped NUL in a key", TEXT("{\"a\\u0000b\":1}"), "byte 9: an escaped NUL is not allowed"},
    {"unknown escape", TEXT("{\"a\":\"\\x41\"}"), "byte 7: not an escape that JSON knows"},
    {"short \\u", TEXT("{\"a\":\"\\u12\"}"), "byte 10: expected four hexadecimal digits"},
    {"high surrogate alone", TEXT("{\"a\":\"\\ud83d\"}"), "byte 12: half of a surrogate pair"},
    {"low surrogate alone", TEXT("{\"a\":\"\\ude00\"}"), "byte 12: half of a surrogate pair"},
    {"two low surrogates", TEXT("{\"a\":\"\\ude00\\ude00\"}"), "byte 12: half of a surrogate pair"},
    {"two high surrogates", TEXT("{\"a\":\"\\ud83d\\ud83d\"}"),
     "byte 18: half of a surrogate pair"},
    {"bad UTF-8", TEXT("{\"a\":\"\xff\"}"), "byte 6: not UTF-8"},
    {"overlong UTF-8", TEXT("{\"a\":\"\xc0\xaf\"}"), "byte 6: not UTF-8"},
    {"surrogate in UTF-8", TEXT("{\"a\":\"\xed\xa0\x80\"}"), "byte 6: not UTF-8"},
    {"cut UTF-8", TEXT("{\"a\":\"\xe2\x82"), "byte 6: not UTF-8"},
    {"duplicate key", TEXT("{\"a\":1,\"b\":2,\"a\":3}"),
     "byte 13: the key \"a\" stands there already"},
    {"duplicate key by escape", TEXT("{\"a\":1,\"\\u0061\":2}"),
     "byte 7: the key \"a\" stands there already"},
    {"duplicate key by surrogates", TEXT("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}"),
     "byte 10: the key \"\xf0\x9f\x98\x80\" stands there already"},
    {"duplicate empty key", TEXT("{\"\":1,\"\":2}"), "byte 6: the key \"\" stands there already"},
    {"duplicate key inside", TEXT("{\"o\":{\"k\":1,\"k\":1}}"),
     "byte 12: the key \"k\" stands there already"},
    {"long duplicate key is shown cut between characters",
     TEXT("{\"0123456789012345678901234567890\xc3\xa9z\":1,"
          "\"0123456789012345678901234567890\xc3\xa9z\":1}"),
     "byte 40: the key \"0123456789012345678901234567890\" stands there already"},
    {"leading zero", TEXT("{\"a\":01}"), "byte 5: a number with a leading zero"},
    {"minus alone", TEXT("{\"a\":-}"), "byte 6: expected a digit"},
    {"plus", TEXT("{\"a\":+1}"), "byte 5: expected a value"},
    {"point", TEXT("{\"a\":1.0}"), "byte 5: a number that is not written as a whole one"},
    {"point at the end", TEXT("{\"a\":1.}"), "byte 5: a number that is not written as a whole one"},
    {"exponent", TEXT("{\"a\":1e2}"), "byte 5: a number that is not written as a whole one"},
    {"2^53", TEXT("{\"a\":9007199254740992}"), "byte 5: a number beyond 2^53 - 1"},
    {"a very long number", TEXT("{\"a\":99999999999999999999999999999999}"),
     "byte 5: a number beyond 2^53 - 1"},
    {"NaN", TEXT("{\"a\":NaN}"), "byte 5: expected a value"},
    {"half a word", TEXT("{\"a\":tru}"), "byte 5: expected a value"},
    {"no value", TEXT("{\"a\":}"), "byte 5: expected a value"},
    {"no colon", TEXT("{\"a\" 1}"), "byte 5: expected a colon"},
    {"no comma", TEXT("{\"a\":1 \"b\":2}"), "byte 7: expected a comma or the end of the object"},
    {"comma at the end of an object", TEXT("{\"a\":1,}"), "byte 7: expected a key in quotes"},
    {"comma at the end of an array", TEXT("{\"a\":[1,]}"), "byte 8: expected a value"},
    {"key without quotes", TEXT("{a:1}"), "byte 1: expected a key in quotes"},
    {"open object", TEXT("{\"a\":1"),
     "byte 6: the text ends early, expected a comma or the end of the object"},
    {"open array", TEXT("{\"a\":[1"),
     "byte 7: the text ends early, expected a comma or the end of the array"},
    {"open string", TEXT("{\"a\":\"x"),
     "byte 7: the text ends early, expected the end of a string"},
    {"comment", TEXT("{/* */}"), "byte 1: expected a key in quotes"},
    {"depth 17", TEXT("{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}"),
     "byte 20: nested deeper than 16"},
};
/* clang-format on */

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_texts / sizeof s_texts[0]; i++) {
        /* Exactly as large as the text, so that a sanitizer sees a read beyond it. */
        char *data = malloc(s_texts[i].size + (s_texts[i].size == 0));
        assert_non_null(data);
        memcpy(data, s_texts[i].data, s_texts[i].size);
        sb_err_t err = {0};
        cJSON *json = sb_json_parse(data, s_texts[i].size, 0, &err);
        free(data);
        const char *got = json ? "accepted" : err.text;
        const char *want = s_texts[i].want ? s_texts[i].want : "accepted";
        if (strcmp(got, want) != 0) {
            fail_msg("%s: want \"%s\", got \"%s\"", s_texts[i].name, want, got);
        }
        cJSON_Delete(json);
    }
}

static void test_foreign_texts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        const char *want; /* NULL: accepted */
    } rows[] = {
        {"fraction",         "{\"a\":1.5}",                                       NULL                                                      },
        {"exponent",         "{\"a\":-1e+20}",                                    NULL                                                      },
        {"zero point",       "{\"a\":0.25E-3}",                                   NULL                                                      },
        {"beyond a double",  "{\"a\":1e999}",                                     NULL                                                      },
        {"2^53",             "{\"a\":9007199254740992}",                          NULL                                                      },
        {"depth 17",         "{\"a\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}",        NULL                                                      },
        {"point at the end", "{\"a\":1.}",
         "byte 5: not a number that JSON knows, or a very long one"                                                                         },
        {"no exponent",      "{\"a\":1e}",                                        "byte 5: not a number that JSON knows, or a very long one"},
        {"leading zero",     "{\"a\":01}",                                        "byte 5: not a number that JSON knows, or a very long one"},
        {"41 digits",        "{\"a\":12345678901234567890123456789012345678901}",
         "byte 5: not a number that JSON knows, or a very long one"                                                                         },
        {"duplicate key",    "{\"a\":1,\"a\":2}",                                 "byte 7: the key \"a\" stands there already"              },
        {"trailing junk",    "{} x",                                              "byte 3: something follows the object"                    },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        cJSON *json = sb_json_parse_foreign(rows[i].text, strlen(rows[i].text), 0, &err);
        const char *got = json ? "accepted" : err.text;
        const char *want = rows[i].want ? rows[i].want : "accepted";
        if (strcmp(got, want) != 0) {
            fail_msg("%s: want \"%s\", got \"%s\"", rows[i].name, want, got);
        }
        cJSON_Delete(json);
    }
}

static void test_foreign_numbers_are_read_if_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        int64_t want;
    } rows[] = {
        {"{\"n\":3.0}",              true,  3   },
        {"{\"n\":1e3}",              true,  1000},
        {"{\"n\":3.5}",              false, 0   },
        {"{\"n\":1e300}",            false, 0   },
        {"{\"n\":1e999}",            false, 0   },
        {"{\"n\":-1e999}",           false, 0   },
        {"{\"n\":9007199254740993}", false, 0   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        cJSON *json = sb_json_parse_foreign(rows[i].text, strlen(rows[i].text), 0, &err);
        assert_non_null(json);
        sb_reader_t reader = sb_reader(json, "body", &err);
        const int64_t got = sb_read_int(&reader, "n", -SB_JSON_INT_MAX, SB_JSON_INT_MAX);
        if ((sb_reader_code(&reader) == SB_OK) != rows[i].good ||
            (rows[i].good && got != rows[i].want)) {
            fail_msg("%s: read %lld, code %d", rows[i].text, (long long)got,
                     sb_reader_code(&reader));
        }
        cJSON_Delete(json);
    }
}

static void test_members_are_counted(void **state)
{
    (void)state;
    sb_err_t err = {0};
    cJSON *json = sb_json_parse(TEXT("{\"a\":[1,2]}"), 3, &err);
    assert_non_null(json);
    cJSON_Delete(json);
    assert_null(sb_json_parse(TEXT("{\"a\":[1,2,3]}"), 3, &err));
    assert_int_equal(err.code, SB_ETOOLARGE);
    assert_string_equal(err.text, "byte 10: more than 3 values");
}

static void test_many_keys_are_all_compared(void **state)
{
    (void)state;
    char *text = malloc(64 * 1024);
    assert_non_null(text);
    size_t len = 0;
    for (int i = 0; i < 4000; i++) {
        len += (size_t)snprintf(text + len, 64 * 1024 - len, "%c\"k%d\":1", i ? ',' : '{', i);
    }
    sb_err_t err = {0};
    text[len] = '}';
    cJSON *json = sb_json_parse(text, len + 1, 0, &err);
    assert_non_null(json);
    cJSON_Delete(json);
    const int tail = snprintf(text + len, 64 * 1024 - len, ",\"k1234\":1}");
    assert_null(sb_json_parse(text, len + (size_t)tail, 0, &err));
    assert_non_null(strstr(err.text, "the key \"k1234\" stands there already"));
    free(text);
}

static cJSON *s_parse(const char *text)
{
    sb_err_t err = {0};
    cJSON *json = sb_json_parse(text, strlen(text), 0, &err);
    if (!json) {
        fail_msg("%s: %s", text, err.text);
    }
    return json;
}

static void test_strings_are_unescaped(void **state)
{
    (void)state;
    cJSON *json = s_parse("{\"a\":\"\\u00e9\\ud83d\\ude00\\n\\\"\"}");
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(json, "a")->valuestring,
                        "\xc3\xa9\xf0\x9f\x98\x80\n\"");
    cJSON_Delete(json);
}

static void test_readers_read(void **state)
{
    (void)state;
    static const char *const states[] = {"new", "asked"};
    cJSON *json = s_parse("{\"s\":\"abc\",\"n\":-7,\"id\":\"9223372036854775807\",\"t\":true,"
                          "\"f\":false,\"z\":null,\"o\":{\"x\":1},\"l\":[{\"x\":1},{\"x\":2}],"
                          "\"e\":\"asked\",\"zero\":\"0\"}");
    sb_err_t err = {0};
    sb_reader_t r = sb_reader(json, "body", &err);
    assert_string_equal(sb_read_str(&r, "s", 3, 3), "abc");
    assert_string_equal(sb_read_str_or(&r, "s", 3, "x"), "abc");
    assert_string_equal(sb_read_str_or(&r, "none", 3, "x"), "x");
    assert_null(sb_read_str_or(&r, "z", 3, NULL));
    assert_int_equal(sb_read_int(&r, "n", -7, -7), -7);
    assert_int_equal(sb_read_int_or(&r, "n", -7, 0, 5), -7);
    assert_int_equal(sb_read_int_or(&r, "none", -7, 0, 5), 5);
    assert_true(sb_read_id(&r, "id") == INT64_MAX);
    assert_true(sb_read_id(&r, "zero") == 0);
    assert_true(sb_read_id_or(&r, "none", -1) == -1);
    assert_true(sb_read_bool(&r, "t"));
    assert_false(sb_read_bool_or(&r, "f", true));
    assert_true(sb_read_bool_or(&r, "z", true));
    assert_int_equal(sb_read_tristate(&r, "t"), 1);
    assert_int_equal(sb_read_tristate(&r, "f"), 0);
    assert_int_equal(sb_read_tristate(&r, "z"), -1);
    assert_int_equal(sb_read_tristate(&r, "none"), -1);
    assert_int_equal(sb_read_enum(&r, "e", states, 2), 1);
    assert_null(sb_read_object_or_null(&r, "none"));
    assert_null(sb_read_array_or_null(&r, "none", 2));
    sb_reader_t in = sb_reader_in(&r, "o", sb_read_object(&r, "o"));
    assert_int_equal(sb_read_int(&in, "x", 0, 9), 1);
    assert_int_equal(sb_reader_join(&r, &in), SB_OK);
    const cJSON *list = sb_read_array(&r, "l", 2);
    const cJSON *item;
    size_t i = 0;
    cJSON_ArrayForEach(item, list)
    {
        sb_reader_t at = sb_reader_item(&r, "l", item, i++);
        assert_int_equal(sb_read_int(&at, "x", 0, 9), i);
    }
    assert_int_equal(sb_reader_code(&r), SB_OK);
    cJSON_Delete(json);
}

/* Each reads one member of {"a": VALUE}. */
static void read_str(sb_reader_t *r)
{
    (void)sb_read_str(r, "a", 2, 3);
}
static void read_str_or(sb_reader_t *r)
{
    (void)sb_read_str_or(r, "a", 3, NULL);
}
static void read_int(sb_reader_t *r)
{
    (void)sb_read_int(r, "a", 1, 9);
}
static void read_int_or(sb_reader_t *r)
{
    (void)sb_read_int_or(r, "a", 1, 9, 5);
}
static void read_id(sb_reader_t *r)
{
    (void)sb_read_id(r, "a");
}
static void read_bool(sb_reader_t *r)
{
    (void)sb_read_bool(r, "a");
}
static void read_tristate(sb_reader_t *r)
{
    (void)sb_read_tristate(r, "a");
}
static void read_object(sb_reader_t *r)
{
    (void)sb_read_object(r, "a");
}
static void read_object_or_null(sb_reader_t *r)
{
    (void)sb_read_object_or_null(r, "a");
}
static void read_array(sb_reader_t *r)
{
    (void)sb_read_array(r, "a", 2);
}
static void read_enum(sb_reader_t *r)
{
    static const char *const names[] = {"yes", "no"};
    (void)sb_read_enum(r, "a", names, 2);
}

#define WANT_STR "body.a: expected a string of 2 to 3 bytes"
#define WANT_INT "body.a: expected a whole number from 1 to 9"
#define WANT_ID "body.a: expected a string of decimal digits, at most 9223372036854775807"

/* clang-format off */
static const struct {
    const char *json;
    void (*read)(sb_reader_t *);
    const char *want;
} s_faults[] = {
    {"{}", read_str, "body.a: is missing"},
    {"{\"a\":null}", read_str, "body.a: is missing"},
    {"{\"A\":\"ab\"}", read_str, "body.a: is missing"},
    {"{\"a\":\"x\"}", read_str, WANT_STR},
    {"{\"a\":\"xxxx\"}", read_str, WANT_STR},
    {"{\"a\":5}", read_str, WANT_STR},
    {"{\"a\":\"xxxx\"}", read_str_or, "body.a: expected a string of 0 to 3 bytes"},
    {"{}", read_int, "body.a: is missing"},
    {"{\"a\":0}", read_int, WANT_INT},
    {"{\"a\":10}", read_int, WANT_INT},
    {"{\"a\":\"5\"}", read_int, WANT_INT},
    {"{\"a\":10}", read_int_or, WANT_INT},
    {"{\"a\":5}", read_id, WANT_ID},
    {"{\"a\":\"\"}", read_id, WANT_ID},
    {"{\"a\":\"-1\"}", read_id, WANT_ID},
    {"{\"a\":\"01\"}", read_id, WANT_ID},
    {"{\"a\":\"1 \"}", read_id, WANT_ID},
    {"{\"a\":\"9223372036854775808\"}", read_id, WANT_ID},
    {"{\"a\":\"99999999999999999999\"}", read_id, WANT_ID},
    {"{\"a\":1}", read_bool, "body.a: expected true or false"},
    {"{\"a\":1}", read_tristate, "body.a: expected true, false or null"},
    {"{\"a\":[]}", read_object, "body.a: expected an object"},
    {"{}", read_object, "body.a: is missing"},
    {"{\"a\":[]}", read_object_or_null, "body.a: expected an object"},
    {"{\"a\":{}}", read_array, "body.a: expected an array of at most 2"},
    {"{\"a\":[1,2,3]}", read_array, "body.a: expected an array of at most 2"},
    {"{\"a\":\"maybe\"}", read_enum, "body.a: expected one of yes, no"},
    {"{\"a\":1}", read_enum, "body.a: expected one of yes, no"},
};
/* clang-format on */

static void test_readers_say_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_faults / sizeof s_faults[0]; i++) {
        cJSON *json = s_parse(s_faults[i].json);
        sb_err_t err = {0};
        sb_reader_t r = sb_reader(json, "body", &err);
        s_faults[i].read(&r);
        if (sb_reader_code(&r) != SB_EINVALID || strcmp(err.text, s_faults[i].want) != 0) {
            fail_msg("%s: want \"%s\", got \"%s\"", s_faults[i].json, s_faults[i].want, err.text);
        }
        cJSON_Delete(json);
    }
}

static void test_first_fault_is_kept(void **state)
{
    (void)state;
    cJSON *json = s_parse("{\"b\":\"x\",\"l\":[{},5]}");
    sb_err_t err = {0};
    sb_reader_t r = sb_reader(json, "body", &err);
    assert_string_equal(sb_read_str(&r, "a", 0, 9), "");
    assert_int_equal(sb_read_int(&r, "b", 3, 9), 3);
    assert_string_equal(sb_read_str(&r, "b", 0, 9), ""); /* fine, but too late */
    assert_null(sb_read_array(&r, "l", 9));
    assert_string_equal(err.text, "body.a: is missing");

    sb_reader_t r2 = sb_reader(json, "body", &err);
    const cJSON *list = sb_read_array(&r2, "l", 9);
    sb_reader_t first = sb_reader_item(&r2, "l", cJSON_GetArrayItem(list, 0), 0);
    (void)sb_read_id(&first, "id");
    assert_int_equal(sb_reader_code(&r2), SB_OK); /* until joined */
    assert_int_equal(sb_reader_join(&r2, &first), SB_EINVALID);
    assert_int_equal(sb_reader_code(&r2), SB_EINVALID);
    assert_string_equal(err.text, "body.l[0].id: is missing");

    sb_reader_t r3 = sb_reader(json, "body", &err);
    sb_reader_t second = sb_reader_item(&r3, "l", cJSON_GetArrayItem(list, 1), 1);
    assert_int_equal(sb_reader_code(&second), SB_EINVALID);
    assert_int_equal(sb_reader_code(&r3), SB_EINVALID);
    assert_string_equal(err.text, "body.l[1]: expected an object");

    sb_reader_t r4 = sb_reader(json, "body", &err);
    assert_int_equal(sb_reader_fault(&r4, "b", "no zone is called %s", "x"), SB_EINVALID);
    assert_string_equal(err.text, "body.b: no zone is called x");

    sb_reader_t r5 = sb_reader(NULL, "body", &err);
    assert_int_equal(sb_reader_code(&r5), SB_EINVALID);
    assert_string_equal(err.text, "body: expected an object");
    cJSON_Delete(json);
}

static void test_written_can_be_read(void **state)
{
    (void)state;
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "s", "a\"\\\n\x01\xc3\xa9/");
    sb_json_add_str(json, "z", NULL);
    sb_json_add_int(json, "big", SB_JSON_INT_MAX);
    sb_json_add_int(json, "small", -SB_JSON_INT_MAX);
    sb_json_add_id(json, "id", INT64_MAX);
    sb_json_add_bool(json, "t", true);
    sb_json_add_tristate(json, "u", -1);
    sb_json_add_tristate(json, "v", 0);
    cJSON *list = sb_json_array();
    sb_json_push(list, sb_json_object());
    sb_json_push(list, sb_json_copy(json));
    sb_json_add(json, "l", list);
    char *text = sb_json_print(json);
    assert_string_equal(text,
                        "{\"s\":\"a\\\"\\\\\\u000a\\u0001\xc3\xa9/\",\"z\":null,"
                        "\"big\":9007199254740991,\"small\":-9007199254740991,"
                        "\"id\":\"9223372036854775807\",\"t\":true,\"u\":null,\"v\":false,"
                        "\"l\":[{},{\"s\":\"a\\\"\\\\\\u000a\\u0001\xc3\xa9/\",\"z\":null,"
                        "\"big\":9007199254740991,\"small\":-9007199254740991,"
                        "\"id\":\"9223372036854775807\",\"t\":true,\"u\":null,\"v\":false}]}");
    cJSON *again = s_parse(text);
    assert_true(cJSON_Compare(json, again, true));
    cJSON_Delete(again);
    cJSON_Delete(json);
    free(text);
}

static void test_print_mends_bytes_that_are_no_utf8(void **state)
{
    (void)state;
    cJSON *json = sb_json_object();
    sb_json_add_str(json, "a", "x\xff\xe2\x82");
    char *text = sb_json_print(json);
    assert_string_equal(text, "{\"a\":\"x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
    free(text);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_foreign_texts),
        cmocka_unit_test(test_foreign_numbers_are_read_if_whole),
        cmocka_unit_test(test_members_are_counted),
        cmocka_unit_test(test_many_keys_are_all_compared),
        cmocka_unit_test(test_strings_are_unescaped),
        cmocka_unit_test(test_readers_read),
        cmocka_unit_test(test_readers_say_what_is_wrong),
        cmocka_unit_test(test_first_fault_is_kept),
        cmocka_unit_test(test_written_can_be_read),
        cmocka_unit_test(test_print_mends_bytes_that_are_no_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
