/* conversation_test.c: whole conversations, as the plays in plays/ tell them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "services/botd/conversation.h"
#include "tests/unit/botd/play.h"
#include "tests/unit/botd/script.h"

#define FOLDER SB_SOURCE_DIR "/tests/unit/botd/plays/"
#define HOUR_MS (60 * 60 * 1000LL)

static char *s_never_mute[] = {"custom_alert", NULL};

/* The policy of a test; hours are always open unless the test says otherwise. */
typedef struct {
    policy_t policy;
    messages_t *messages;
    commands_t *commands;
    hours_t hours;
} fixture_t;

/* texts and commands: NULL for the built-in ones. */
static void s_init(fixture_t *self, const char *texts, const char *commands)
{
    sb_err_t err = {0};
    self->messages = messages_load(texts, &err);
    self->commands = commands_load(commands, &err);
    if (!self->messages || !self->commands) {
        fail_msg("%s", err.text);
    }
    self->hours = hours_always();
    self->policy = (policy_t){
        .messages = self->messages,
        .commands = self->commands,
        .hours = &self->hours,
        .answer_ms = 2 * HOUR_MS,
        .proof_ms = 60000,
        .automute_ms = 21 * HOUR_MS,
        .ignore_max_ms = 4 * HOUR_MS,
        .codes_max = 3,
        .never_mute = s_never_mute,
        .proofs_per_hour = 3,
        .proofs_per_day = 10,
        .cooloff_ms = HOUR_MS / 2,
        .fraud_cooloff_ms = 24 * HOUR_MS,
    };
}

static void s_free(fixture_t *self)
{
    messages_destroy(&self->messages);
    commands_destroy(&self->commands);
}

static void s_play(const char *name, const char *texts, const char *commands)
{
    fixture_t fixture;
    s_init(&fixture, texts, commands);
    char path[512];
    (void)snprintf(path, sizeof path, FOLDER "%s.play", name);
    assert_true(script_play(path, &fixture.policy) > 0);
    s_free(&fixture);
}

/* As a person and the team read it, in the words built in. */
static void test_words(void **state)
{
    (void)state;
    s_play("words", NULL, NULL);
}

/* Asked on a Friday at half past five in the evening: half an hour counts that day, the rest on
 * Monday. */
static void test_business_hours(void **state)
{
    (void)state;
    sb_err_t err = {0};
    sb_tz_t *zone = sb_tz_load(NULL, "America/Los_Angeles", &err);
    if (!zone) {
        fail_msg("%s", err.text);
    }
    static char *days[] = {"mon", "tue", "wed", "thu", "fri", NULL};
    fixture_t fixture;
    s_init(&fixture, NULL, NULL);
    assert_int_equal(hours_parse(zone, days, "10:00", "18:00", &fixture.hours, &err), SB_OK);
    play_t play;
    play_init(&play, "business hours", &fixture.policy);
    play.now_ms = sb_tz_utc(zone, 2026, 3, 6, 17, 30, 0) * 1000;
    (void)play_alert(&play, "login", "signed in", "");
    play_run(&play);
    /* The clocks go forward in that night to Sunday. */
    assert_int_equal(play_deadline(&play), sb_tz_utc(zone, 2026, 3, 9, 11, 30, 0) * 1000);
    play_free(&play);
    s_free(&fixture);
    sb_tz_destroy(&zone);
}

#define PLAY(name)                                                                                 \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        s_play(#name, FOLDER "messages.yaml", FOLDER "commands.yaml");                             \
    }
PLAY(answers)
PLAY(factors)
PLAY(chains)
PLAY(limits)
PLAY(show)
PLAY(effects)
PLAY(deadlines)
PLAY(queue)
PLAY(commands)
PLAY(mutes)
PLAY(late)
PLAY(bugs)
PLAY(team)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),        cmocka_unit_test(test_factors),
        cmocka_unit_test(test_chains),         cmocka_unit_test(test_limits),
        cmocka_unit_test(test_show),           cmocka_unit_test(test_effects),
        cmocka_unit_test(test_deadlines),      cmocka_unit_test(test_queue),
        cmocka_unit_test(test_commands),       cmocka_unit_test(test_mutes),
        cmocka_unit_test(test_late),           cmocka_unit_test(test_bugs),
        cmocka_unit_test(test_team),           cmocka_unit_test(test_words),
        cmocka_unit_test(test_business_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
