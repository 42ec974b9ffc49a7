/* conversation_fuzz.c: an item of work.pull, whatever the store might say, through a whole step.
 * The first bytes, up to a blank, are the time. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "proto/taskd.h"
#include "services/botd/conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOUR_MS (60 * 60 * 1000LL)

static policy_t s_policy(void)
{
    static hours_t hours;
    sb_err_t err;
    hours = hours_always();
    const policy_t policy = {
        .messages = messages_load(NULL, &err),
        .commands = commands_load(NULL, &err),
        .hours = &hours,
        .answer_ms = 2 * HOUR_MS,
        .proof_ms = 60000,
        .automute_ms = 21 * HOUR_MS,
        .ignore_max_ms = 4 * HOUR_MS,
        .codes_max = 3,
        .proofs_per_hour = 3,
        .proofs_per_day = 10,
        .cooloff_ms = HOUR_MS / 2,
        .fraud_cooloff_ms = 24 * HOUR_MS,
    };
    assert(policy.messages && policy.commands);
    return policy;
}

static const cJSON *s_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* What a commit would not take, or nobody should see. */
static void s_check(const cJSON *transition)
{
    const cJSON *row;
    cJSON_ArrayForEach(row, s_get(transition, "outbox"))
    {
        const cJSON *text = s_get(s_get(row, "body"), "text");
        assert(!text || (text->valuestring[0] && strlen(text->valuestring) <= SB_TEXT_MAX));
        assert(!text || sb_utf8_valid(text->valuestring, strlen(text->valuestring), NULL));
        char *body = sb_json_print(s_get(row, "body"));
        assert(strlen(body) <= SB_OUTBOX_BODY_MAX);
        free(body);
    }
    cJSON_ArrayForEach(row, s_get(transition, "audit"))
    {
        char *detail = sb_json_print(s_get(row, "detail"));
        assert(strlen(detail) <= SB_DETAIL_MAX);
        free(detail);
    }
    cJSON_ArrayForEach(row, s_get(transition, "alerts"))
    {
        if (strcmp(s_get(row, "state")->valuestring, "closed") == 0 &&
            strcmp(s_get(row, "outcome")->valuestring, "muted") != 0) {
            const cJSON *answer = s_get(transition, "answers")->child;
            assert(answer && s_get(answer, "proof")->valuestring[0]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static policy_t policy;
    if (!policy.messages) {
        policy = s_policy();
    }
    int64_t now_ms = 0;
    while (size > 0 && *data >= '0' && *data <= '9' && now_ms < SB_JSON_INT_MAX / 100) {
        now_ms = now_ms * 10 + (*data - '0');
        data++;
        size--;
    }
    sb_err_t err = {0};
    cJSON *item = sb_json_parse(data, size, 0, &err);
    if (!item) {
        return 0;
    }
    cJSON *transition = conversation_step(&policy, item, now_ms, &err);
    if (transition) {
        s_check(transition);
    } else {
        assert(err.code < 0 && err.text[0]);
    }
    cJSON_Delete(transition);
    cJSON_Delete(item);
    return 0;
}
