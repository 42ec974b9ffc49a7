/* slack_member_test.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_member.h"

#define ALICE                                                                                      \
    "'id':'U1','name':'Alice.A','tz':'Europe/Berlin','profile':{'real_name':'Alice "               \
    "Adams','email':'AAdams@corp.example'}"

typedef struct {
    const char *name;
    const char *user;
    slack_username_t username;
    slack_member_t want;
    const char *person; /* JSON */
} row_t;

static const row_t s_rows[] = {
    {"by name",                   "{" ALICE "}",                                                                 SLACK_USERNAME_NAME,        SLACK_MEMBER_PERSON,
     "{'id':'alice.a','name':'Alice Adams','email':'AAdams@corp.example','chat_id':'U1',"
     "'zone':'Europe/Berlin','active':true}"                                                                                                                          },
    {"by what is before the @",   "{" ALICE "}",                                                                 SLACK_USERNAME_EMAIL_LOCAL, SLACK_MEMBER_PERSON,
     "{'id':'aadams','name':'Alice Adams','email':'AAdams@corp.example','chat_id':'U1',"
     "'zone':'Europe/Berlin','active':true}"                                                                                                                          },
    {"by address",                "{" ALICE "}",                                                                 SLACK_USERNAME_EMAIL,       SLACK_MEMBER_PERSON,
     "{'id':'aadams@corp.example','name':'Alice Adams','email':'AAdams@corp.example',"
     "'chat_id':'U1','zone':'Europe/Berlin','active':true}"                                                                                                           },
    {"deactivated",               "{" ALICE ",'deleted':true}",                                                  SLACK_USERNAME_EMAIL_LOCAL, SLACK_MEMBER_GONE,
     "{'id':'aadams','name':'Alice Adams','email':'AAdams@corp.example','chat_id':'U1',"
     "'zone':'Europe/Berlin','active':false}"                                                                                                                         },
    {"little is known",           "{'id':'W2','name':'bob'}",                                                    SLACK_USERNAME_NAME,        SLACK_MEMBER_PERSON,
     "{'id':'bob','name':'bob','email':null,'chat_id':'W2','zone':null,'active':true}"                                                                                },
    {"nulls",                     "{'id':'W2','name':'bob','tz':null,'real_name':'B','profile':{'email':null}}",
     SLACK_USERNAME_NAME,                                                                                                                    SLACK_MEMBER_PERSON,
     "{'id':'bob','name':'B','email':null,'chat_id':'W2','zone':null,'active':true}"                                                                                  },
    {"a name that plays tricks",  "{'id':'W2','name':'bob','real_name':'B\\u202e\\nC'}",
     SLACK_USERNAME_NAME,                                                                                                                    SLACK_MEMBER_PERSON,
     "{'id':'bob','name':'B C','email':null,'chat_id':'W2','zone':null,'active':true}"                                                                                },
    {"a bot",                     "{" ALICE ",'is_bot':true}",                                                   SLACK_USERNAME_NAME,        SLACK_MEMBER_OTHER,  NULL},
    {"slackbot",                  "{'id':'USLACKBOT','name':'slackbot'}",                                        SLACK_USERNAME_NAME,        SLACK_MEMBER_OTHER,
     NULL                                                                                                                                                             },
    {"no address",                "{'id':'W2','name':'bob'}",                                                    SLACK_USERNAME_EMAIL,       SLACK_MEMBER_OTHER,  NULL},
    {"an address without a name", "{'id':'W2','name':'bob','profile':{'email':'@x'}}",
     SLACK_USERNAME_EMAIL_LOCAL,                                                                                                             SLACK_MEMBER_OTHER,  NULL},
    {"a name with a blank",       "{'id':'W2','name':'b ob'}",                                                   SLACK_USERNAME_NAME,        SLACK_MEMBER_OTHER,
     NULL                                                                                                                                                             },
    {"a long name",
     "{'id':'W2','name':'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}",                   SLACK_USERNAME_NAME,        SLACK_MEMBER_OTHER,  NULL},
    {"no id",                     "{'name':'bob'}",                                                              SLACK_USERNAME_NAME,        SLACK_MEMBER_OTHER,  NULL},
    {"a wrong id",                "{'id':'u1','name':'bob'}",                                                    SLACK_USERNAME_NAME,        SLACK_MEMBER_OTHER,  NULL},
    {"no user",                   "[]",                                                                          SLACK_USERNAME_NAME,        SLACK_MEMBER_OTHER,  NULL},
};

static cJSON *s_parse(const char *quoted)
{
    char *text = sb_strdup(quoted);
    for (char *p = text; *p; p++) {
        *p = *p == '\'' ? '"' : *p;
    }
    cJSON *json = cJSON_Parse(text);
    free(text);
    assert_non_null(json);
    return json;
}

static void s_test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        const row_t *row = &s_rows[i];
        cJSON *user = s_parse(row->user);
        cJSON *got;
        const slack_member_t kind = slack_member_read(user, row->username, &got);
        if (kind != row->want || (got != NULL) != (row->person != NULL)) {
            fail_msg("%s: got %d, want %d", row->name, kind, row->want);
        }
        if (got) {
            cJSON *want = s_parse(row->person);
            if (!cJSON_Compare(got, want, true)) {
                fail_msg("%s: got %s", row->name, sb_json_print(got));
            }
            cJSON_Delete(want);
        }
        cJSON_Delete(got);
        cJSON_Delete(user);
    }
}

static void s_test_page(void **state)
{
    (void)state;
    cJSON *users =
        s_parse("[{'id':'U1','name':'a','profile':{'email':'x@one.example'}},"
                "{'id':'U2','name':'b','profile':{'email':'X@two.example'}},"
                "{'id':'U3','name':'c','is_bot':true,'profile':{'email':'c@one.example'}},"
                "{'id':'U4','name':'d','deleted':true,'profile':{'email':'d@one.example'}},"
                "{'id':'U5','name':'e','profile':{'email':'e@one.example'}},7,null]");
    size_t twice = 0;
    cJSON *people = slack_member_page(users, SLACK_USERNAME_EMAIL_LOCAL, &twice);
    assert_int_equal(cJSON_GetArraySize(people), 2);
    assert_int_equal(twice, 1);
    const cJSON *last = cJSON_GetArrayItem(people, 1);
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(last, "id")->valuestring, "e");
    cJSON_Delete(people);
    people = slack_member_page(users, SLACK_USERNAME_NAME, &twice);
    assert_int_equal(cJSON_GetArraySize(people), 3);
    assert_int_equal(twice, 1);
    cJSON_Delete(people);
    people = slack_member_page(NULL, SLACK_USERNAME_NAME, &twice);
    assert_int_equal(cJSON_GetArraySize(people), 0);
    cJSON_Delete(people);
    cJSON_Delete(users);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_rows),
                                       cmocka_unit_test(s_test_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
