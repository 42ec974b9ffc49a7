/* slack_card_test.c: jobs as they come (cards/NAME.job.json) and what Slack is sent for them
 * (cards/NAME.blocks.json). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "proto/taskd.h"
#include "services/chatd/slack_card.h"
#include "services/chatd/slack_text.h"
#include "tests/support/fake_slack/blocks.h"
#include "tests/unit/chatd/golden.h"

static const char *const s_names[] = {
    "question",
    "question_answered",
    "question_no_zone",
    "question_hostile",
    "question_long",
    "consent",
    "escalation",
    "escalation_closed",
    "escalation_unknown",
    "plain",
    "plain_note",
    "plain_nothing",
    "consent_link",
    GOLDEN_CALLING,
    "escalation_fraud_seen",
    "question_long_answered",
};

static const char *s_text(const cJSON *json, const char *name)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(json, name);
    return cJSON_IsString(member) ? member->valuestring : NULL;
}

/* What the driver would send for a job: {text, blocks}. */
static cJSON *s_sent(const cJSON *job, slack_when_t *when)
{
    sb_err_t err = {0};
    sb_reader_t r = sb_reader(job, "job", &err);
    chat_card_t card;
    chat_button_t buttons[SB_BUTTONS_MAX];
    chat_message_t message = {
        .id = "o-1",
        .to = s_text(job, "to"),
        .chat_id = s_text(job, "chat_id"),
        .alert = s_text(job, "alert"),
        .text = s_text(job, "text"),
        .buttons = buttons,
        .card = chat_card_read(&r, &card) ? &card : NULL,
    };
    if (sb_reader_code(&r)) {
        fail_msg("%s", err.text);
    }
    const cJSON *button;
    cJSON_ArrayForEach(button, cJSON_GetObjectItemCaseSensitive(job, "buttons"))
    {
        buttons[message.buttons_len++] = (chat_button_t){
            .label = s_text(button, "label"),
            .value = s_text(button, "value"),
            .style = s_text(button, "style"),
            .url = s_text(button, "url"),
        };
    }
    cJSON *sent = sb_json_object();
    char *fallback = slack_card_fallback(&message);
    sb_json_add_str(sent, "text", fallback);
    sb_json_add(sent, "blocks", slack_card_blocks(&message, when));
    free(fallback);
    return sent;
}

static void s_test_golden(void **state)
{
    (void)state;
    slack_when_t *when = slack_when_new(NULL);
    for (size_t i = 0; i < sizeof s_names / sizeof s_names[0]; i++) {
        cJSON *job = golden_read("cards", s_names[i], "job");
        cJSON *sent = s_sent(job, when);
        golden_check_blocks(s_names[i], cJSON_GetObjectItemCaseSensitive(sent, "blocks"),
                            BLOCKS_MESSAGE_MAX);
        assert_null(strchr(s_text(sent, "text"), '<'));
        golden_check("cards", s_names[i], "blocks", sent);
        cJSON_Delete(sent);
        cJSON_Delete(job);
    }
    slack_when_destroy(&when);
}

/* Of UTF-16, as Slack counts at most; it makes an entity of each >. */
static size_t s_units(const char *text)
{
    size_t units = 0;
    for (const char *p = text; *p; p++) {
        const unsigned char byte = (unsigned char)*p;
        units += byte == '>' ? 3 : 0;
        units += (byte & 0xc0) == 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
    }
    return units;
}

/* Whatever is cut, what is asked stays, in the fallback too, and it is never over Slack's limit. */
static void s_test_long(void **state)
{
    (void)state;
    static const char *const fillers[] = {"words ", "<&> ", "\xf0\x9f\x94\x91", "\n> a"};
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        for (size_t n = 1; n < 2000; n = n * 3 / 2 + 1) {
            char *text = sb_strdup("There was an alert: ");
            for (size_t k = 0; k < n && strlen(text) < SB_TEXT_MAX - 100; k++) {
                char *more = sb_format("%s%s", text, fillers[i]);
                free(text);
                text = more;
            }
            char *all = sb_format("%s\n\nDid you do this?\n\nYou answered no.", text);
            char *fallback = slack_card_fallback(&(chat_message_t){.to = "@bob", .text = all});
            const char *end = strstr(fallback, "\n\nDid you do this?\n\nYou answered no.");
            if (!end || end[strlen("\n\nDid you do this?\n\nYou answered no.")] ||
                s_units(fallback) > SLACK_FALLBACK_MAX) {
                fail_msg("%zu of \"%s\": %s", n, fillers[i], fallback);
            }
            free(fallback);
            free(all);
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(s_test_golden),
                                       cmocka_unit_test(s_test_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
