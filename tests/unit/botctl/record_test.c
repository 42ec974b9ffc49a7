/* record_test.c: taskd's alert as the original's tools showed it, whole and with columns left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/botctl/record.h"

static const char s_alert[] =
    "{\"hash\":\"ab\",\"seq\":\"7\",\"title\":\"sudo\",\"person\":\"alice\",\"description\":\"d\","
    "\"reason\":\"r\",\"url\":null,\"place\":\"web1\",\"event_ms\":1795514400999,\"created_ms\":1,"
    "\"state\":"
    "\"closed\","
    "\"status\":2,\"outcome\":\"confirmed\",\"performed\":true,\"authenticated\":null,"
    "\"comment\":\"was me\",\"acked_ms\":1795514400999,\"acked_by\":\"carol\","
    "\"assigned_to\":null,\"disposition\":null,\"disposed_ms\":null}";

static cJSON *s_parse(void)
{
    sb_err_t err;
    cJSON *alert = sb_json_parse(s_alert, sizeof s_alert - 1, 0, &err);
    assert_non_null(alert);
    return alert;
}

static void test_json(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        record_set_t set;
        const char *want;
    } rows[] = {
        {"whole",     RECORD_ALL,
         "{\"hash\":\"ab\",\"title\":\"sudo\",\"ldap\":\"alice\",\"reason\":\"r\","
         "\"description\":\"d\",\"url\":null,\"place\":\"web1\",\"comment\":\"was me\","
         "\"performed\":true,\"authenticated\":null,\"status\":2,\"event_time\":1795514400,"
         "\"outcome\":\"confirmed\",\"state\":\"closed\",\"acked_ms\":1795514400999,"
         "\"acked_by\":\"carol\",\"assigned_to\":null,\"disposition\":null,\"disposed_ms\":null}"},
        {"anonymous", (RECORD_TITLE | RECORD_LDAP | RECORD_STATUS) & ~(record_set_t)RECORD_LDAP,
         "{\"title\":\"sudo\",\"status\":2}"                                                     },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cJSON *alert = s_parse();
        cJSON *record = record_json(alert, rows[i].set);
        char *got = sb_json_print(record);
        print_message("%s\n", rows[i].name);
        assert_string_equal(got, rows[i].want);
        free(got);
        cJSON_Delete(record);
        cJSON_Delete(alert);
    }
}

/* A member that a daemon of another version leaves out is null, not missing. */
static void test_json_of_less(void **state)
{
    (void)state;
    cJSON *alert = sb_json_object();
    cJSON *record = record_json(alert, RECORD_HASH | RECORD_EVENT_TIME);
    char *got = sb_json_print(record);
    assert_string_equal(got, "{\"hash\":null,\"event_time\":null}");
    free(got);
    cJSON_Delete(record);
    cJSON_Delete(alert);
}

static void test_cells(void **state)
{
    (void)state;
    cell_t cells[RECORD_COLUMNS];
    cJSON *alert = s_parse();
    assert_int_equal(record_cells(RECORD_ALL, cells), RECORD_COLUMNS);
    static const char *const want[RECORD_COLUMNS] = {
        "ab",        "sudo",   "alice",         "r",     "d",  NULL,
        "web1",      "was me", "yes",           NULL,    "2",  "2026-11-24T10:00:00Z",
        "confirmed", "closed", "1795514400999", "carol", NULL, NULL,
        NULL};
    for (size_t i = 0; i < RECORD_COLUMNS; i++) {
        char *got = cell_text(alert, &cells[i]);
        assert_string_equal(got ? got : "-", want[i] ? want[i] : "-");
        free(got);
    }
    assert_int_equal(record_cells(RECORD_LDAP | RECORD_STATUS, cells), 2);
    assert_string_equal(cells[0].head, "ldap");
    assert_string_equal(cells[1].head, "status");
    cJSON_Delete(alert);
}

static void test_set(void **state)
{
    (void)state;
    char *names[] = {(char *)"ldap", (char *)"event_time", (char *)"ldap"};
    const opt_list_t list = {names, 3};
    record_set_t set;
    sb_err_t err;
    assert_int_equal(record_set(&list, &set, &err), SB_OK);
    assert_int_equal(set, RECORD_LDAP | RECORD_EVENT_TIME);
    names[1] = (char *)"person";
    assert_int_equal(record_set(&list, &set, &err), SB_EINVALID);
    assert_int_equal(strncmp(err.text, "no column 'person'; there are hash,", 35), 0);
    assert_non_null(strstr(err.text, "state"));
}

/* The bit of each name is its place in the table. */
static void test_bits(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        record_set_t bit;
    } rows[] = {
        {"hash",          RECORD_HASH         },
        {"title",         RECORD_TITLE        },
        {"ldap",          RECORD_LDAP         },
        {"reason",        RECORD_REASON       },
        {"description",   RECORD_DESCRIPTION  },
        {"url",           RECORD_URL          },
        {"place",         RECORD_PLACE        },
        {"comment",       RECORD_COMMENT      },
        {"performed",     RECORD_PERFORMED    },
        {"authenticated", RECORD_AUTHENTICATED},
        {"status",        RECORD_STATUS       },
        {"event_time",    RECORD_EVENT_TIME   },
        {"outcome",       RECORD_OUTCOME      },
        {"state",         RECORD_STATE        },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *name = (char *)rows[i].name;
        const opt_list_t list = {&name, 1};
        record_set_t set;
        sb_err_t err;
        assert_int_equal(record_set(&list, &set, &err), SB_OK);
        assert_int_equal(set, rows[i].bit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),  cmocka_unit_test(test_json_of_less),
        cmocka_unit_test(test_cells), cmocka_unit_test(test_set),
        cmocka_unit_test(test_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
