/* answer_test.c: what is carried on of what a browser posts, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "services/webd/answer.h"

#define PASSKEY(id, handle)                                                                        \
    "{\"kind\":\"passkey\",\"id\":\"" id "\",\"client_data\":\"e30\",\"auth_data\":\"AA\","        \
    "\"signature\":\"AA-_\",\"user_handle\":\"" handle "\"}"
#define C64 "1234567890123456789012345678901234567890123456789012345678901234"

static const struct {
    const char *name;
    const char *posted;
    const char *answer; /* NULL: refused */
} s_rows[] = {
    {"a code",                                               "{\"kind\":\"code\",\"code\":\"123456\"}",
     "{\"kind\":\"code\",\"code\":\"123456\"}"                                                                                                     },
    {"a code, and more",                                     "{\"kind\":\"code\",\"code\":\"1\",\"person\":\"eve\",\"ok\":true}",
     "{\"kind\":\"code\",\"code\":\"1\"}"                                                                                                          },
    {"the longest code",                                     "{\"kind\":\"code\",\"code\":\"" C64 "\"}",
     "{\"kind\":\"code\",\"code\":\"" C64 "\"}"                                                                                                    },
    {"a passkey",                                            PASSKEY("AQID",                                                      "AA"),             PASSKEY("AQID", "AA")},
    {"without a user",                                                 PASSKEY("AQID",                                                                                                                    ""),                                                                                                                      PASSKEY("AQID", "")},
    {"too long a code",                                                   "{\"kind\":\"code\",\"code\":\"" C64 "1\"}",NULL},
    {"an empty code",                                      "{\"kind\":\"code\",\"code\":\"\"}",            NULL                                    },
    {"a number",                                        "{\"kind\":\"code\",\"code\":123456}",                                   NULL                                    },
    {"no code",                                             "{\"kind\":\"code\"}",                                    NULL              },
    {"no kind",                                              "{\"code\":\"123456\"}",                                                NULL                         },
    {"a sign-in, which only the provider's redirect brings",
     "{\"kind\":\"oidc\",\"code\":\"a\",\"state\":\"b\"}",                                             NULL          },
    {"a refusal, which has a path of its own", "{\"kind\":\"refuse\"}",                                                                        NULL                                        },
    {"an empty id",               PASSKEY("",                                                           "AA"), NULL},
    {"padding",                                          PASSKEY("AQ==",                                                                                     "AA"),                                       NULL},
    {"base64 of the other kind",                                                      PASSKEY("AQ+/",                                                                                                                 "AA"),                                                                           NULL},
    {"half a passkey",                                                  "{\"kind\":\"passkey\",\"id\":\"AQID\"}",                                                                                                                     NULL                                                                      },
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_rows / sizeof s_rows[0]; i++) {
        sb_err_t err = {0};
        cJSON *posted = sb_json_parse(s_rows[i].posted, strlen(s_rows[i].posted), 0, &err);
        assert_non_null(posted);
        cJSON *answer = answer_read(posted, &err);
        char *text = answer ? sb_json_print(answer) : NULL;
        if ((text != NULL) != (s_rows[i].answer != NULL) ||
            (text && strcmp(text, s_rows[i].answer) != 0)) {
            fail_msg("%s: %s", s_rows[i].name, text ? text : err.text);
        }
        free(text);
        cJSON_Delete(answer);
        cJSON_Delete(posted);
    }
}

static void test_made(void **state)
{
    (void)state;
    cJSON *answer = answer_refuse();
    char *text = sb_json_print(answer);
    assert_string_equal(text, "{\"kind\":\"refuse\"}");
    free(text);
    cJSON_Delete(answer);
    answer = answer_oidc("a", "b");
    text = sb_json_print(answer);
    assert_string_equal(text, "{\"kind\":\"oidc\",\"code\":\"a\",\"state\":\"b\"}");
    free(text);
    cJSON_Delete(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
