/* item_test.c: what the store may say of a person, and what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/botd/item.h"

#define HASH "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define ALERT                                                                                      \
    "{\"hash\":\"" HASH "\",\"title\":\"t\",\"description\":\"d\",\"reason\":null,\"url\":\"u\","  \
    "\"place\":\"Lima\",\"state\":\"asked\",\"event_ms\":4,\"asked_ms\":5}"
#define ENDED                                                                                      \
    "{\"hash\":\"" HASH "\",\"title\":\"t\",\"state\":\"escalated\",\"event_ms\":4,"               \
    "\"effect\":{\"kind\":\"mute\",\"title\":\"m\",\"reason\":\"why\",\"for_ms\":60000},"          \
    "\"outcome\":\"unsure\",\"comment\":\"hm\",\"acked_by\":\"carol\",\"assigned_to\":\"dave\","   \
    "\"disposition\":\"benign\"}"
#define PERSON                                                                                     \
    "{\"id\":\"alice\",\"name\":\"Alice A\",\"chat_id\":\"U1\",\"zone\":\"Europe/Berlin\","        \
    "\"active\":true}"
#define CONV                                                                                       \
    "{\"state\":\"consent\",\"alert\":\"" HASH "\",\"deadline_ms\":99,\"question\":\"c-1\","       \
    "\"job\":null,\"driver\":\"totp+code\",\"strength\":\"code\",\"tried\":\"duo,okta\","          \
    "\"attempts\":1,\"comment\":\"c\",\"last_alert\":null,\"transcript\":\"alice: hm\","           \
    "\"version\":\"7\"}"
#define IDLE "{\"state\":\"idle\",\"attempts\":0,\"version\":\"0\"}"
#define REST                                                                                       \
    "\"exempt\":false,\"last_alert\":null,\"new\":[],\"queued\":[],\"queued_more\":false,"         \
    "\"named\":[" ENDED "]"
#define MUTES                                                                                      \
    "\"mutes\":[{\"title\":\"m\",\"reason\":\"why\",\"until_ms\":100},"                            \
    "{\"title\":\"p\",\"place\":\"db1\",\"reason\":\"there\",\"until_ms\":100}]"
#define PROOFS "\"proofs\":{\"hour\":2,\"day\":5,\"refused_ms\":70,\"fraud_ms\":null}"
#define INBOX                                                                                      \
    "\"inbox\":[{\"seq\":\"3\",\"kind\":\"text\",\"text\":\"hi\",\"value\":null,\"at_ms\":4},"     \
    "{\"seq\":\"4\",\"kind\":\"team\",\"text\":\"carol\",\"value\":\"ack:x\",\"at_ms\":5}]"

static int s_read(const char *text, cJSON **json_r, item_t *item, sb_err_t *err)
{
    *json_r = sb_json_parse(text, strlen(text), 0, err);
    if (!*json_r) {
        fail_msg("a row's fault: %s: %s", err->text, text);
    }
    return item_read(*json_r, item, err);
}

static void s_expect_mutes(const item_t *item)
{
    assert_string_equal(item_mute(item, "m", "db1", 99), "why");
    assert_string_equal(item_mute(item, "p", "db1", 99), "there");
    assert_null(item_mute(item, "p", "db2", 99));
    assert_null(item_mute(item, "p", "", 99));
    assert_null(item_mute(item, "m", "", 100)); /* it has expired */
    assert_null(item_mute(item, "n", "", 1));
}

static void test_read(void **state)
{
    (void)state;
    sb_err_t err = {0};
    item_t item;
    cJSON *json;
    const int code = s_read("{\"id\":\"alice\",\"person\":" PERSON ",\"conversation\":" CONV
                            ",\"alert\":" ALERT "," REST "," MUTES "," PROOFS "," INBOX "}",
                            &json, &item, &err);
    if (code) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(item.id, "alice");
    assert_true(item.known);
    assert_string_equal(item.name, "Alice A");
    assert_string_equal(item.chat_id, "U1");
    assert_string_equal(item.zone, "Europe/Berlin");
    assert_int_equal(item.version, 7);
    assert_int_equal(item.conv.state, CONV_CONSENT);
    assert_string_equal(item.conv.alert, HASH);
    assert_int_equal(item.conv.deadline_ms, 99);
    assert_string_equal(item.conv.question, "c-1");
    assert_string_equal(item.conv.job, "");
    assert_string_equal(item.conv.driver, "totp");
    assert_true(item.conv.typed);
    assert_string_equal(item.conv.strength, "code");
    assert_string_equal(item.conv.tried, "duo,okta");
    assert_int_equal(item.conv.attempts, 1);
    assert_true(item.has_alert);
    assert_int_equal(item.alert.state, ALERT_ASKED);
    assert_string_equal(item.alert.reason, "");
    assert_string_equal(item.alert.place, "Lima");
    assert_int_equal(item.alert.event_ms, 4);
    assert_null(item.alert.outcome);
    assert_null(item.alert.acked_by);
    assert_int_equal(item.named_len, 1);
    assert_string_equal(item.named[0].outcome, "unsure");
    assert_string_equal(item.named[0].comment, "hm");
    assert_string_equal(item.named[0].place, "");
    assert_string_equal(item.named[0].acked_by, "carol");
    assert_string_equal(item.named[0].assigned_to, "dave");
    assert_string_equal(item.named[0].disposition, "benign");
    assert_int_equal(item.alert.effect.kind, EFFECT_NONE);
    assert_int_equal(item.named[0].effect.kind, EFFECT_MUTE);
    assert_string_equal(item.named[0].effect.title, "m");
    assert_string_equal(item.named[0].effect.reason, "why");
    assert_int_equal(item.named[0].effect.for_ms, 60000);
    assert_int_equal(item.proofs.hour, 2);
    assert_int_equal(item.proofs.day, 5);
    assert_int_equal(item.proofs.refused_ms, 70);
    assert_int_equal(item.proofs.fraud_ms, -1);
    assert_false(item.has_last);
    assert_int_equal(item.inbox_len, 2);
    assert_int_equal(item.inbox[0].seq, 3);
    assert_int_equal(item.inbox[0].kind, EVENT_TEXT);
    assert_int_equal(item.inbox[1].kind, EVENT_TEAM);
    assert_string_equal(item.inbox[1].text, "carol");
    assert_string_equal(item.inbox[1].value, "ack:x");
    s_expect_mutes(&item);

    /* Written back as it was. */
    cJSON *conv = item_conv_json(&item.conv);
    sb_json_add_id(conv, "version", 7);
    char *got = sb_json_print(conv);
    assert_string_equal(got, CONV);
    free(got);
    cJSON_Delete(conv);
    cJSON_Delete(json);
}

static void test_people(void **state)
{
    (void)state;
    static const struct {
        const char *person;
        bool known;
    } rows[] = {
        {"null",                                                              false},
        {"{\"id\":\"alice\",\"name\":\"A\",\"active\":false}",                false},
        {"{\"id\":\"alice\",\"name\":null,\"chat_id\":null,\"active\":true}", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[2048];
        (void)snprintf(text, sizeof text,
                       "{\"id\":\"alice\",\"person\":%s,\"conversation\":" IDLE
                       ",\"alert\":null," REST "," MUTES "," INBOX "}",
                       rows[i].person);
        sb_err_t err = {0};
        item_t item;
        cJSON *json;
        assert_int_equal(s_read(text, &json, &item, &err), SB_OK);
        assert_int_equal(item.known, rows[i].known);
        assert_non_null(item.name);
        assert_int_equal(item.conv.deadline_ms, -1);
        assert_string_equal(item.conv.strength, "");
        assert_int_equal(item.proofs.day, 0);
        assert_int_equal(item.proofs.refused_ms, -1);
        cJSON_Delete(json);
    }
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *fault;
    } rows[] = {
        {"{}",                                                                                             "item.id: is missing"                       },
        {"{\"id\":\"\"}",                                                                                  "item.id"                                   },
        {"{\"id\":\"a\",\"person\":[]}",                                                                   "item.person"                               },
        {"{\"id\":\"a\",\"person\":{}}",                                                                   "person.active"                             },
        {"{\"id\":\"a\"}",                                                                                 "item.exempt"                               },
        {"{\"id\":\"a\",\"exempt\":false}",                                                                "item.conversation"                         },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":{\"state\":\"dead\",\"version\":\"0\"}}",
         "conversation.state"                                                                                                                          },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":{\"state\":\"idle\"}}",
         "conversation.version"                                                                                                                        },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":{\"state\":\"idle\","
         "\"version\":\"9223372036854775807\"}}",                                                 "conversation.version: too large"           },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":{\"state\":\"idle\",\"version\":\"0\","
         "\"alert\":\"12\"}}",                                                                    "conversation.alert: expected 64 hex digits"},
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"alert\":" ALERT ","
         "\"new\":[],\"queued\":[],\"named\":[],\"mutes\":[],\"inbox\":[]}",                      "item.alert: not the conversation's"        },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[{}]}",                         "new[0].hash"                               },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[1]}",                          "new[0]"                                    },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[{\"hash\":\"" HASH
         "\",\"title\":\"t\",\"state\":\"new\",\"event_ms\":4,\"effect\":{\"kind\":\"open\"}}]}", "effect.kind"                               },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[{\"hash\":\"" HASH
         "\",\"title\":\"t\",\"state\":\"new\",\"event_ms\":4,\"effect\":{\"kind\":\"mute\","
         "\"title\":\"t\","
         "\"reason\":\"r\",\"for_ms\":0}}]}",                                                     "effect.for_ms"                             },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[],\"queued\":[],"
         "\"named\":[],\"mutes\":[],\"proofs\":{\"hour\":1}}",                                    "proofs.day"                                },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[],\"queued\":[],"
         "\"named\":[],\"mutes\":[{}]}",                                                          "mutes[0].title"                            },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[],\"queued\":[],"
         "\"named\":[],\"mutes\":[],\"inbox\":[{\"seq\":\"1\",\"kind\":\"smoke\",\"at_ms\":1}]}", "inbox[0].kind"                             },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[],\"queued\":[],"
         "\"named\":[],\"mutes\":[],\"inbox\":[{\"seq\":1,\"kind\":\"text\",\"at_ms\":1}]}",      "inbox[0].seq"                              },
        {"{\"id\":\"a\",\"exempt\":false,\"conversation\":" IDLE ",\"new\":[],\"queued\":[],"
         "\"named\":[],\"mutes\":[],\"inbox\":[{\"seq\":\"1\",\"kind\":\"text\"}]}",              "inbox[0].at_ms"                            },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        item_t item;
        cJSON *json;
        const int code = s_read(rows[i].text, &json, &item, &err);
        if (code != SB_EINVALID || !strstr(err.text, rows[i].fault)) {
            fail_msg("row %zu: %d %s, want %s", i, code, err.text, rows[i].fault);
        }
        cJSON_Delete(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_people),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
