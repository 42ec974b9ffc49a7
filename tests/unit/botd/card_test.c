/* card_test.c: what chat systems that can show more than text are told beside it, member by member.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/unit/botd/play.h"

#define MINUTE_MS 60000LL

typedef struct {
    policy_t policy;
    messages_t *messages;
    commands_t *commands;
    hours_t hours;
    play_t play;
    play_alert_t *alert;
} fixture_t;

static int s_setup(void **state)
{
    static fixture_t fixture;
    fixture_t *self = &fixture;
    sb_err_t err = {0};
    self->messages = messages_load(NULL, &err);
    self->commands = commands_load(NULL, &err);
    assert_true(self->messages && self->commands);
    self->hours = hours_always();
    self->policy = (policy_t){.messages = self->messages,
                              .commands = self->commands,
                              .hours = &self->hours,
                              .answer_ms = 120 * MINUTE_MS,
                              .proof_ms = MINUTE_MS,
                              .codes_max = 3,
                              .proofs_per_hour = 3,
                              .proofs_per_day = 3};
    play_init(&self->play, "cards", &self->policy);
    self->alert =
        play_alert(&self->play, "new_login", "Signed in from\nLima", "203.0.113.7\n\tx\x07");
    self->alert->place = sb_strdup("Lima,\n\x1bPeru");
    play_run(&self->play);
    *state = self;
    return 0;
}

static int s_teardown(void **state)
{
    fixture_t *self = *state;
    play_free(&self->play);
    messages_destroy(&self->messages);
    commands_destroy(&self->commands);
    return 0;
}

static const cJSON *s_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* The last row of a kind in a lane. */
static const cJSON *s_last(const fixture_t *self, const char *kind, const char *lane)
{
    const cJSON *found = NULL;
    const cJSON *row;
    cJSON_ArrayForEach(row, self->play.outbox)
    {
        if (strcmp(play_str(row, "kind"), kind) == 0 && strcmp(play_str(row, "lane"), lane) == 0 &&
            s_get(s_get(row, "body"), "card")) {
            found = row;
        }
    }
    assert_non_null(found);
    return found;
}

/* want: the members, with ' for "; HASH stands for the alert's. */
static void s_expect(const fixture_t *self, const cJSON *row, const char *want)
{
    char *got = sb_json_print(s_get(s_get(row, "body"), "card"));
    char text[2000];
    size_t len = 0;
    while (*want && len < sizeof text - SB_HASH_HEX - 1) {
        if (strncmp(want, "HASH", 4) == 0) {
            memcpy(text + len, self->alert->hash, SB_HASH_HEX);
            len += SB_HASH_HEX;
            want += 4;
        } else {
            text[len++] = *want == '\'' ? '"' : *want;
            want++;
        }
    }
    text[len] = '\0';
    assert_string_equal(got, text);
    free(got);
}

#define WHAT                                                                                       \
    "'alert':'HASH','code':'5feceb','title':'new_login','description':'Signed in from Lima',"      \
    "'reason':'203.0.113.7\\u000a x','url':null,'place':'Lima, Peru','event_ms':1699999999000,"
#define WHO "'zone':'Europe/Berlin','person':{'id':'alice','name':'Alice Arrow','chat_id':'U1'},"
#define NOBODY ",'acked_by':null,'assigned_to':null,'disposition':null}"

static void test_question(void **state)
{
    fixture_t *self = *state;
    s_expect(self, s_last(self, "chat.send", "@alice"),
             "{'kind':'question'," WHAT "'deadline_ms':1700007200000," WHO
             "'severity':'normal','outcome':null,'comment':null,'line':null" NOBODY);
    play_event(&self->play, "text", "no, I was\nasleep", NULL, self->play.now_ms);
    play_run(&self->play);
    s_expect(self, s_last(self, "chat.update", "@alice"),
             "{'kind':'question'," WHAT "'deadline_ms':1700007200000," WHO
             "'severity':'normal','outcome':'denied','comment':'I was\\u000aasleep','line':'You "
             "answered no.'" NOBODY);
}

static void test_consent(void **state)
{
    fixture_t *self = *state;
    play_event(&self->play, "text", "yes, me", NULL, self->play.now_ms);
    play_run(&self->play);
    s_expect(self, s_last(self, "chat.update", "@alice"),
             "{'kind':'question'," WHAT "'deadline_ms':1700007200000," WHO
             "'severity':'normal','outcome':null,'comment':'me','line':'You answered yes.'" NOBODY);
    cJSON *result =
        cJSON_Parse("{\"status\":\"ok\",\"driver\":\"totp\",\"typed\":true,\"strength\":\"code\"}");
    play_done(&self->play, play_conv(&self->play, "job"), true, result);
    cJSON_Delete(result);
    play_run(&self->play);
    s_expect(self, s_last(self, "chat.send", "@alice"),
             "{'kind':'consent'," WHAT "'deadline_ms':1700007200000," WHO
             "'severity':'normal','outcome':null,'comment':'me','line':null" NOBODY);
}

static void test_escalation(void **state)
{
    fixture_t *self = *state;
    play_event(&self->play, "text", "not sure", NULL, self->play.now_ms);
    play_run(&self->play);
    const cJSON *card = s_last(self, "chat.send", "#security");
    assert_string_equal(play_str(card, "id"), play_id(self->alert->hash));
    s_expect(self, card,
             "{'kind':'escalation'," WHAT "'deadline_ms':null," WHO
             "'severity':'normal','outcome':'unsure','comment':'not sure','line':null" NOBODY);
    char value[SB_VALUE_MAX];
    (void)snprintf(value, sizeof value, "assign:%s:dave", self->alert->hash);
    play_event(&self->play, "team", "carol", value, self->play.now_ms);
    (void)snprintf(value, sizeof value, "close:%s:true_positive", self->alert->hash);
    play_event(&self->play, "team", "carol", value, self->play.now_ms);
    play_run(&self->play);
    const cJSON *again = s_last(self, "chat.update", "#security");
    assert_string_equal(play_str(s_get(again, "body"), "question"), play_str(card, "id"));
    s_expect(self, again,
             "{'kind':'escalation'," WHAT "'deadline_ms':null," WHO
             "'severity':'normal','outcome':'unsure','comment':'not sure','line':'Acknowledged by "
             "`carol`.\\u000a"
             "In the hands of `dave`.\\u000aClosed as `True positive`.','acked_by':'carol',"
             "'assigned_to':'dave','disposition':'true_positive'}");
}

static void s_prove(fixture_t *self, const char *json)
{
    cJSON *result = cJSON_Parse(json);
    play_done(&self->play, play_conv(&self->play, "job"), true, result);
    cJSON_Delete(result);
    play_run(&self->play);
}

/* What can't wait is marked; all else is not. */
static void test_severity(void **state)
{
    fixture_t *self = *state;
    static const struct {
        const char *result;
        const char *severity;
    } rows[] = {
        {"{\"status\":\"timeout\"}", "normal"},
        {"{\"status\":\"suspect\"}", "top"   },
        {"{\"status\":\"fraud\"}",   "top"   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)play_alert(&self->play, "another", "", "");
        play_event(&self->play, "text", "yes", NULL, self->play.now_ms);
        play_run(&self->play);
        s_prove(self, "{\"status\":\"ok\",\"driver\":\"duo\",\"strength\":\"push\"}");
        play_event(&self->play, "text", "yes", NULL, self->play.now_ms);
        play_run(&self->play);
        s_prove(self, rows[i].result);
        const cJSON *card = s_get(s_get(s_last(self, "chat.send", "#security"), "body"), "card");
        assert_string_equal(play_str(card, "severity"), rows[i].severity);
        assert_string_equal(
            play_str(s_get(s_get(s_last(self, "chat.send", "@alice"), "body"), "card"), "severity"),
            "normal");
    }
}

/* However long and broken the words are, the message stays within its limit. */
static void test_large(void **state)
{
    fixture_t *self = *state;
    static char reason[SB_REASON_MAX + 1];
    static char comment[SB_TEXT_MAX + 1];
    for (size_t i = 0; i < SB_REASON_MAX; i++) {
        reason[i] = i % 2 ? '\n' : 'x';
    }
    (void)snprintf(comment, sizeof comment, "no ");
    for (size_t i = 3; i < SB_TEXT_MAX; i++) {
        comment[i] = i % 2 ? '"' : '\n';
    }
    (void)play_alert(&self->play, "\"\"", "\"\\", reason);
    play_event(&self->play, "text", comment, NULL, self->play.now_ms);
    play_event(&self->play, "text", comment, NULL, self->play.now_ms);
    play_run(&self->play);
    const cJSON *card = s_get(s_get(s_last(self, "chat.send", "@alice"), "body"), "card");
    assert_true(strlen(play_str(card, "reason")) > 1000);
    assert_true(sb_json_size_max(s_get(card, "reason")) <= 4600); /* a line break takes six bytes */
    assert_non_null(strstr(play_str(card, "reason"), "\u2026"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_question, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown(test_consent, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown(test_escalation, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown(test_severity, s_setup, s_teardown),
        cmocka_unit_test_setup_teardown(test_large, s_setup, s_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
