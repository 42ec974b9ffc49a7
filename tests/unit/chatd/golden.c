/* golden.c */
#include "tests/unit/chatd/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake_slack/blocks.h"

#define FILE_MAX 131072

static FILE *s_open(const char *folder, const char *name, const char *kind, const char *mode)
{
    char *path = sb_format("%s/tests/unit/chatd/%s/%s.%s.json", SB_SOURCE_DIR, folder, name, kind);
    FILE *file = fopen(path, mode);
    if (!file) {
        fail_msg("%s can't be opened", path);
    }
    free(path);
    return file;
}

cJSON *golden_read(const char *folder, const char *name, const char *kind)
{
    FILE *file = s_open(folder, name, kind, "r");
    char *text = sb_alloc(FILE_MAX);
    const size_t size = fread(text, 1, FILE_MAX - 1, file);
    text[size] = '\0';
    assert_int_equal(fclose(file), 0);
    cJSON *json = cJSON_Parse(text);
    if (!json) {
        fail_msg("%s/%s.%s.json is no JSON", folder, name, kind);
    }
    free(text);
    return json;
}

static void s_write(const char *folder, const char *name, const char *kind, const cJSON *json)
{
    FILE *file = s_open(folder, name, kind, "w");
    char *text = cJSON_Print(json);
    for (char *p = text; *p; p++) {
        *p = *p == '\t' ? ' ' : *p;
    }
    (void)fprintf(file, "%s\n", text);
    assert_int_equal(fclose(file), 0);
    free(text);
}

void golden_check(const char *folder, const char *name, const char *kind, const cJSON *json)
{
    if (getenv("SB_GOLDEN_WRITE")) {
        s_write(folder, name, kind, json);
    }
    cJSON *want = golden_read(folder, name, kind);
    if (!cJSON_Compare(json, want, true)) {
        char *got = cJSON_Print(json);
        fail_msg("%s: got %s", name, got);
    }
    cJSON_Delete(want);
}

static void s_check_inert(const char *name, const cJSON *json)
{
    static const char *const loud[] = {"mrkdwn",  "user",  "usergroup", "broadcast",
                                       "channel", "emoji", "markdown"};
    const cJSON *item;
    cJSON_ArrayForEach(item, json)
    {
        const bool type =
            item->string && strcmp(item->string, "type") == 0 &&
            (strcmp(name, GOLDEN_CALLING) != 0 || strcmp(item->valuestring, "broadcast") != 0);
        for (size_t i = 0; type && i < sizeof loud / sizeof loud[0]; i++) {
            if (strcmp(item->valuestring, loud[i]) == 0) {
                fail_msg("%s: there is a %s", name, loud[i]);
            }
        }
        s_check_inert(name, item);
    }
}

void golden_check_blocks(const char *name, const cJSON *blocks, size_t blocks_max)
{
    cJSON *copy = sb_json_copy(blocks); /* the check fills in what Slack would */
    faults_told_t faults = {0};
    (void)blocks_check(copy, blocks_max, &faults);
    if (faults.len > 0) {
        fail_msg("%s: %s", name, faults.texts[0]);
    }
    s_check_inert(name, copy);
    cJSON_Delete(copy);
}
