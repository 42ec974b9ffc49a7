/* people_file_test.c: the file of people, and what is said about a wrong one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/people_file.h"

static const struct {
    const char *name;
    const char *yaml;
    const char *want; /* JSON; NULL: refused */
    const char *error;
} s_files[] = {
    {"nobody",          "[]",                                                                          "[]", NULL                                        },
    {"all members",     "- {id: alice, name: Alice Adams, email: a@example.com, zone: Europe/Berlin}",
     "[{\"id\":\"alice\",\"name\":\"Alice Adams\",\"email\":\"a@example.com\",\"chat_id\":null,"
     "\"zone\":\"Europe/Berlin\",\"active\":true}]",                                                         NULL                                        },
    {"only an id",      "- id: bob\n- id: carol\n  chat_id: U1\n  name: \"\"",
     "[{\"id\":\"bob\",\"name\":null,\"email\":null,\"chat_id\":null,\"zone\":null,\"active\":true}"
     ","
     "{\"id\":\"carol\",\"name\":null,\"email\":null,\"chat_id\":\"U1\",\"zone\":null,"
     "\"active\":true}]",                                                                                    NULL                                        },
    {"a mapping",       "id: alice",                                                                   NULL, "f:1: expected a list of people"            },
    {"a list of words", "- alice",                                                                     NULL, "f:1: expected a person with an id"         },
    {"no id",           "- id: a\n- name: Bob",                                                        NULL, "f:2: id: expected a username"              },
    {"empty id",        "- id: ''",                                                                    NULL, "f:1: id: expected a username"              },
    {"capitals",        "- id: a\n- id: Bob",                                                          NULL, "f:2: id: expected a username in lower case"},
    {"space",           "- id: a b",                                                                   NULL, "f:1: id: expected"                         },
    {"at",              "- id: '@alice'",                                                              NULL, "f:1: id: expected"                         },
    {"line break",      "- id: \"a\\nb\"",                                                             NULL, "f:1: id: expected"                         },
    {"unknown key",     "- id: a\n  mail: x",                                                          NULL, "f:2: unknown key \"mail\""                 },
    {"no text",         "- id: a\n  name: [x]",                                                        NULL, "f:2: name: expected a text"                },
    {"long id",         "- id: aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg",     NULL,
     "f:1: id: expected a text of at most 64 bytes"                                                                                                      },
    {"twice",           "- id: a\n- id: b\n- id: a",                                                   NULL, "f:3: id: \"a\" stands in line 1 already"   },
    {"no YAML",         "- id: [",                                                                     NULL, "f:"                                        },
};

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_files / sizeof s_files[0]; i++) {
        sb_err_t err = {0};
        cJSON *people = sb_people_file_parse("f", s_files[i].yaml, strlen(s_files[i].yaml), &err);
        if ((people != NULL) != (s_files[i].want != NULL)) {
            fail_msg("%s: %s", s_files[i].name, people ? "accepted" : err.text);
        }
        if (people) {
            char *text = cJSON_PrintUnformatted(people);
            if (strcmp(text, s_files[i].want) != 0) {
                fail_msg("%s: %s", s_files[i].name, text);
            }
            free(text);
            cJSON_Delete(people);
        } else if (strncmp(err.text, s_files[i].error, strlen(s_files[i].error)) != 0) {
            fail_msg("%s: %s", s_files[i].name, err.text);
        }
    }
}

static void test_many(void **state)
{
    (void)state;
    for (size_t n = SB_PEOPLE_FILE_MAX; n <= SB_PEOPLE_FILE_MAX + 1; n++) {
        sb_buf_t yaml = sb_buf(1024 * 1024);
        for (size_t i = 0; i < n; i++) {
            sb_buf_printf(&yaml, "- id: p%zu\n", i);
        }
        sb_err_t err = {0};
        cJSON *people = sb_people_file_parse("f", sb_buf_text(&yaml), yaml.len, &err);
        assert_int_equal(people != NULL, n == SB_PEOPLE_FILE_MAX);
        if (!people) {
            assert_int_equal(err.code, SB_ETOOLARGE);
        }
        cJSON_Delete(people);
        sb_buf_free(&yaml);
    }
}

static void test_missing(void **state)
{
    (void)state;
    sb_err_t err = {0};
    assert_null(sb_people_file_load("/nonexistent/people.yaml", &err));
    assert_non_null(strstr(err.text, "/nonexistent/people.yaml"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
