/* slack_modal_test.c: the dialog is made of the question's own buttons. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "services/chatd/slack_modal.h"
#include "tests/support/fake_slack/blocks.h"

/* The message of a golden file, as Slack would hand it over. */
static cJSON *s_message(const char *name)
{
    char *path = sb_format("%s/tests/unit/chatd/cards/%s.blocks.json", SB_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    free(path);
    assert_non_null(file);
    static char text[65536];
    const size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    assert_int_equal(fclose(file), 0);
    return cJSON_Parse(text);
}

static const char *s_text(const cJSON *json, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));
}

static void s_test_view(void **state)
{
    (void)state;
    cJSON *message = s_message("question");
    cJSON *view = slack_modal_view(message, "D1:1700.5");
    assert_non_null(view);
    assert_string_equal(s_text(view, "private_metadata"), "D1:1700.5 U0BOB");
    cJSON *blocks = cJSON_GetObjectItemCaseSensitive(view, "blocks");
    faults_told_t faults = {0};
    (void)blocks_check(blocks, BLOCKS_VIEW_MAX, &faults);
    static const char *const titles[] = {"title", "submit", "close"};
    for (size_t i = 0; i < 3; i++) {
        (void)blocks_check_plain(cJSON_GetObjectItemCaseSensitive(view, titles[i]), titles[i], 24,
                                 &faults);
    }
    if (faults.len > 0) {
        fail_msg("%s", faults.texts[0]);
    }
    const cJSON *block;
    const cJSON *radio = blocks_element(blocks, "answer", "answer", &block);
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(radio, "options");
    assert_int_equal(cJSON_GetArraySize(options), 4); /* not "Answer with a comment..." */
    const cJSON *last = cJSON_GetArrayItem(options, 3);
    assert_string_equal(s_text(cJSON_GetObjectItemCaseSensitive(last, "text"), "text"),
                        "Need help");
    assert_memory_equal(s_text(last, "value"), "help:5e4284", 11);
    cJSON_Delete(view);
    cJSON_Delete(message);
}

/* Answered by the time it was pressed. */
static void s_test_no_view(void **state)
{
    (void)state;
    static const char *const names[] = {"question_answered", "plain", "escalation"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cJSON *message = s_message(names[i]);
        assert_null(slack_modal_view(message, "D1:1700.5"));
        cJSON_Delete(message);
    }
    assert_null(slack_modal_view(NULL, "D1:1700.5"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_view),
                                       cmocka_unit_test(s_test_no_view)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
