#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/chatd/slack_request.h"

#define JSON "application/json"
#define FORM "application/x-www-form-urlencoded"

static void test_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *type;
        const char *body;
        const char *want; /* kind, or the error; of an envelope its kind and a member's text */
    } rows[] = {
        {"event",                            JSON,
         "{\"type\":\"event_callback\",\"x\":\"1\",\"event\":{\"type\":\"message\"}}",                                            "events_api 1"                                                  },
        {"event, with a character set",      JSON "; charset=utf-8", "{\"type\":\"event_callback\"}",
         "events_api -"                                                                                                                                                                           },
        {"another case",                     "Application/JSON",     "{}",                                                        "events_api -"                                                  },
        {"without an inner event",           JSON,                   "{\"type\":\"event_callback\"}",                             "events_api -"                                                  },
        {"verification",                     JSON,                   "{\"type\":\"url_verification\",\"challenge\":\"abc\"}",
         "challenge abc"                                                                                                                                                                          },
        {"verification without a challenge", JSON,                   "{\"type\":\"url_verification\"}",
         "url_verification without a challenge of up to 1023 bytes"                                                                                                                               },
        {"limited",                          JSON,                   "{\"type\":\"app_rate_limited\",\"minute_rate_limited\":1}", "limited"                                                       },
        {"interaction",                      FORM,
         "payload=%7B%22type%22%3A%22block_actions%22%2C%22x%22%3A%22a+b%22%7D",                                                  "interactive a b"                                               },
        {"command",                          FORM,                   "command=%2Fsecuritybot&text=help&x=2",                      "slash_commands 2"                                              },
        {"certificate check",                FORM,                   "ssl_check=1&token=x",                                       "probe"                                                         },
        {"another form",                     FORM,                   "a=b",                                                       "a form with neither payload nor command"                       },
        {"no form",                          FORM,                   "a=%",                                                       "form, byte 0: a NUL, or a % without two digits"                },
        {"interaction that is no JSON",      FORM,                   "payload=x",                                                 "payload: byte 0: expected an object"                           },
        {"no JSON",                          JSON,                   "payload=x",                                                 "body: byte 0: expected an object"                              },
        {"another type",                     "text/plain",           "{}",
         "expected application/json or application/x-www-form-urlencoded"                                                                                                                         },
        {"a longer type",                    JSON "x",               "{}",
         "expected application/json or application/x-www-form-urlencoded"                                                                                                                         },
        {"no type",                          "",                     "{}",                                                        "expected application/json or application/x-www-form-urlencoded"},
    };
    static const char *const kinds[] = {"events_api", "interactive", "slash_commands"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const size_t size = strlen(rows[i].body);
        char *body = malloc(size);
        assert_non_null(body);
        memcpy(body, rows[i].body, size);
        sb_err_t err = {0};
        slack_request_t request;
        char got[256] = "";
        if (slack_request_parse(rows[i].type, body, size, &request, &err)) {
            (void)snprintf(got, sizeof got, "%s", err.text);
        } else if (request.kind == SLACK_REQUEST_ENVELOPE) {
            const cJSON *x = cJSON_GetObjectItemCaseSensitive(request.payload, "x");
            (void)snprintf(got, sizeof got, "%s %s", kinds[request.envelope_kind],
                           x ? x->valuestring : "-");
        } else {
            (void)snprintf(got, sizeof got, "%s%.200s",
                           request.kind == SLACK_REQUEST_CHALLENGE ? "challenge "
                           : request.kind == SLACK_REQUEST_LIMITED ? "limited"
                                                                   : "probe",
                           request.challenge);
        }
        if (strcmp(got, rows[i].want) != 0) {
            fail_msg("%s: want %s, got %s", rows[i].name, rows[i].want, got);
        }
        slack_request_clear(&request);
        free(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
