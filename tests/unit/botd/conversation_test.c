/* conversation_test.c: whole conversations, as the plays in plays/ tell them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "services/botd/conversation.h"
#include "tests/unit/botd/script.h"

#define FOLDER SB_SOURCE_DIR "/tests/unit/botd/plays/"
#define HOUR_MS (60 * 60 * 1000LL)

static char *s_never_mute[] = {"custom_alert", NULL};

static void s_play(const char *name)
{
    sb_err_t err = {0};
    messages_t *messages = messages_load(FOLDER "messages.yaml", &err);
    commands_t *commands = commands_load(FOLDER "commands.yaml", &err);
    if (!messages || !commands) {
        fail_msg("%s", err.text);
    }
    const hours_t hours = hours_always();
    const policy_t policy = {
        .messages = messages,
        .commands = commands,
        .hours = &hours,
        .answer_ms = 2 * HOUR_MS,
        .proof_ms = 60000,
        .automute_ms = 21 * HOUR_MS,
        .ignore_max_ms = 4 * HOUR_MS,
        .codes_max = 3,
        .never_mute = s_never_mute,
    };
    char path[512];
    (void)snprintf(path, sizeof path, FOLDER "%s.play", name);
    assert_true(script_play(path, &policy) > 0);
    messages_destroy(&messages);
    commands_destroy(&commands);
}

#define PLAY(name)                                                                                 \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        s_play(#name);                                                                             \
    }
PLAY(answers)
PLAY(factors)
PLAY(deadlines)
PLAY(queue)
PLAY(commands)
PLAY(mutes)
PLAY(late)
PLAY(bugs)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),   cmocka_unit_test(test_factors),
        cmocka_unit_test(test_deadlines), cmocka_unit_test(test_queue),
        cmocka_unit_test(test_commands),  cmocka_unit_test(test_mutes),
        cmocka_unit_test(test_late),      cmocka_unit_test(test_bugs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
