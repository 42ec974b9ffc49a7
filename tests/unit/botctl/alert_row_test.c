/* alert_row_test.c: what alert create sends, and which rows it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "proto/taskd.h"
#include "tools/botctl/alert_row.h"
#include "tools/botctl/when.h"

#define NOW 1795514400000LL
#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HASH_UPPER "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *line;
        const char *want;
    } rows[] = {
        {"least",                  "{\"title\":\"t\",\"person\":\"p\",\"hash\":\"" HASH "\"}",
         "{\"hash\":\"" HASH "\",\"title\":\"t\",\"person\":\"p\",\"description\":\"t\"}"                                                                                       },
        {"most",
         "{\"hash\":\"" HASH_UPPER "\",\"title\":\"t\",\"ldap\":\"p\",\"description\":\"d\","
         "\"reason\":\"r\",\"url\":\"u\",\"place\":\"web1\",\"event_time\":1795514000}",       "{\"hash\":\"" HASH "\",\"title\":\"t\",\"person\":\"p\",\"description\":\"d\","
         "\"reason\":\"r\",\"url\":\"u\",\"place\":\"web1\",\"event_ms\":1795514000000}"},
        {"a time as text",
         "{\"hash\":\"" HASH "\",\"title\":\"t\",\"person\":\"p\",\"event_time\":\"-1h\"}",
         "{\"hash\":\"" HASH "\",\"title\":\"t\",\"person\":\"p\",\"description\":\"t\","
         "\"event_ms\":1795510800000}"                                                                                                                                          },
        {"what alert list prints",
         "{\"hash\":\"" HASH "\",\"title\":\"t\",\"ldap\":\"p\",\"reason\":null,\"url\":null,"
         "\"description\":\"d\",\"comment\":\"c\",\"performed\":true,\"authenticated\":null,"
         "\"status\":2,\"event_time\":null,\"outcome\":\"confirmed\",\"state\":\"closed\"}",   "{\"hash\":\"" HASH "\",\"title\":\"t\",\"person\":\"p\",\"description\":\"d\"}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err;
        print_message("%s\n", rows[i].name);
        cJSON *body = alert_row_parse(rows[i].line, strlen(rows[i].line), NOW, &err);
        assert_non_null(body);
        char *got = sb_json_print(body);
        assert_string_equal(got, rows[i].want);
        free(got);
        cJSON_Delete(body);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *line;
        const char *want; /* how the text begins */
    } rows[] = {
        {"no title",               "{\"person\":\"p\"}",                                         "title is missing"                        },
        {"an empty title",         "{\"title\":\"\",\"person\":\"p\"}",                          "title is missing"                        },
        {"no person",              "{\"title\":\"t\"}",                                          "person is missing"                       },
        {"a number for a text",    "{\"title\":5,\"person\":\"p\"}",                             "title is not a text"                     },
        {"a place of two",         "{\"title\":\"t\",\"person\":\"p\",\"place\":[\"a\",\"b\"]}",
         "place is not a text"                                                                                                             },
        {"an unknown member",      "{\"title\":\"t\",\"person\":\"p\",\"descripton\":\"d\"}",
         "unknown member 'descripton'"                                                                                                     },
        {"a short hash",           "{\"title\":\"t\",\"person\":\"p\",\"hash\":\"abc\"}",
         "hash is not 64 hexadecimal digits"                                                                                               },
        {"no hexadecimal hash",    "{\"title\":\"t\",\"person\":\"p\",\"hash\":\"x" HASH "\"}",
         "hash is not 64 hexadecimal digits"                                                                                               },
        {"a bad time",             "{\"title\":\"t\",\"person\":\"p\",\"event_time\":\"soon\"}",
         "event_time: 'soon' is no time"                                                                                                   },
        {"a time that is none",    "{\"title\":\"t\",\"person\":\"p\",\"event_time\":true}",
         "event_time is neither a text nor seconds"                                                                                        },
        {"a time in milliseconds",
         "{\"title\":\"t\",\"person\":\"p\",\"event_time\":1795514400000}",                      "event_time is neither a text nor seconds"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err;
        print_message("%s\n", rows[i].name);
        assert_null(alert_row_parse(rows[i].line, strlen(rows[i].line), NOW, &err));
        print_message("  %s\n", err.text);
        assert_int_equal(strncmp(err.text, rows[i].want, strlen(rows[i].want)), 0);
    }
    static const char *const no_json[] = {"", "x", "[]", "{\"title\":\"t\"", "{\"a\":1,\"a\":2}"};
    for (size_t i = 0; i < sizeof no_json / sizeof no_json[0]; i++) {
        sb_err_t err;
        assert_null(alert_row_parse(no_json[i], strlen(no_json[i]), NOW, &err));
        assert_true(err.text[0] != '\0');
    }
}

static void test_limits(void **state)
{
    (void)state;
    char text[SB_TITLE_MAX + 2];
    memset(text, 'x', sizeof text);
    text[SB_TITLE_MAX] = '\0';
    alert_row_t row = {.title = text, .person = "p", .event_ms = WHEN_NONE};
    sb_err_t err;
    cJSON *body = alert_row_body(&row, &err);
    assert_non_null(body);
    cJSON_Delete(body);
    text[SB_TITLE_MAX] = 'x';
    text[SB_TITLE_MAX + 1] = '\0';
    assert_null(alert_row_body(&row, &err));
    assert_string_equal(err.text, "title has 256 bytes, more than 255");
    row = (alert_row_t){.title = "t", .person = "p", .place = text, .event_ms = WHEN_NONE};
    assert_null(alert_row_body(&row, &err));
    assert_string_equal(err.text, "place has 256 bytes, more than 255");
    row.title = "a\xff";
    assert_null(alert_row_body(&row, &err));
    assert_string_equal(err.text, "title is not UTF-8 at byte 1");
}

/* A random one, so that a request whose answer was lost may be repeated. */
static void test_hash(void **state)
{
    (void)state;
    const alert_row_t row = {.title = "t", .person = "p", .event_ms = WHEN_NONE};
    sb_err_t err;
    cJSON *one = alert_row_body(&row, &err);
    cJSON *two = alert_row_body(&row, &err);
    const char *hash = cJSON_GetObjectItemCaseSensitive(one, "hash")->valuestring;
    assert_int_equal(strlen(hash), SB_HASH_HEX);
    assert_int_equal(strspn(hash, "0123456789abcdef"), SB_HASH_HEX);
    assert_string_not_equal(hash, cJSON_GetObjectItemCaseSensitive(two, "hash")->valuestring);
    cJSON_Delete(one);
    cJSON_Delete(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
