/* people_file_test.c: a list of people in YAML, and what is wrong with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/botctl/people_file.h"

static void test_parse(void **state)
{
    (void)state;
    static const char text[] = "- id: alice\n"
                               "  name: Alice Adams\n"
                               "  email: alice@example.com\n"
                               "  chat_id: U1\n"
                               "  zone: Europe/Berlin\n"
                               "- {id: bob, name: ''}\n";
    sb_err_t err;
    cJSON *people = people_file_parse("p.yaml", text, sizeof text - 1, &err);
    assert_non_null(people);
    char *got = sb_json_print(people);
    assert_string_equal(
        got, "[{\"id\":\"alice\",\"name\":\"Alice Adams\",\"email\":\"alice@example.com\","
             "\"chat_id\":\"U1\",\"zone\":\"Europe/Berlin\",\"active\":true},"
             "{\"id\":\"bob\",\"name\":null,\"email\":null,\"chat_id\":null,\"zone\":null,"
             "\"active\":true}]");
    free(got);
    cJSON_Delete(people);
}

static void test_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        const char *want;
    } rows[] = {
        {"a mapping",         "people: []\n",                                                              "p.yaml:1: a list of people ('- id: ...') was expected"    },
        {"a word",            "- alice\n",                                                                 "p.yaml:1: a person is 'id: ...' with its members below it"},
        {"no id",             "- id: a\n- name: Bob\n",                                                    "p.yaml:2: this person has no id"                          },
        {"an empty id",       "- id: ''\n",                                                                "p.yaml:1: this person has no id"                          },
        {"an unknown member", "- id: a\n  mail: x\n",
         "p.yaml:2: unknown member 'mail'; there are id, name, email, chat_id, zone"                                                                                  },
        {"a list for a text", "- id: a\n  name: [x]\n",
         "p.yaml:2: name is not a text of at most 255 bytes"                                                                                                          },
        {"too long",          "- id: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
         "p.yaml:1: id is not a text of at most 64 bytes"                                                                                                             },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err;
        print_message("%s\n", rows[i].name);
        assert_null(people_file_parse("p.yaml", rows[i].text, strlen(rows[i].text), &err));
        assert_string_equal(err.text, rows[i].want);
    }
}

static void test_no_file(void **state)
{
    (void)state;
    sb_err_t err;
    assert_null(people_file_load(SB_BINARY_DIR "/there-is-no-such-file.yaml", &err));
    assert_non_null(strstr(err.text, "there-is-no-such-file.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
