/* slack_text_fuzz.c: foreign text on its way to Slack and back. The first byte sets the limit.
 * Whatever comes out is well-formed and within its limit, and nothing in it fires. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/utf8.h"
#include "services/chatd/slack_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t s_units(const char *text)
{
    size_t units = 0;
    uint32_t rune;
    size_t size;
    while ((size = sb_utf8_decode(text, &rune)) > 0) {
        units += rune > 0xffff ? 2 : 1;
        text += size;
    }
    return units;
}

static void s_check_plain(const char *text, size_t max, bool one_line)
{
    assert(sb_utf8_valid(text, strlen(text), NULL));
    assert(s_units(text) <= max);
    for (const char *p = text; *p; p++) {
        assert((unsigned char)*p >= ' ' || (!one_line && *p == '\n'));
        assert(*p != 0x7f);
    }
    assert(!strstr(text, "\xe2\x80\xae")); /* an override of direction */
}

/* In mrkdwn a < opens what Slack would act on, and every & must be one of ours. */
static void s_check_escaped(const char *text, size_t max)
{
    assert(sb_utf8_valid(text, strlen(text), NULL));
    assert(s_units(text) <= max);
    assert(!strchr(text, '<'));
    for (const char *p = strchr(text, '&'); p; p = strchr(p + 1, '&')) {
        assert(strncmp(p, "&amp;", 5) == 0 || strncmp(p, "&lt;", 4) == 0 ||
               strncmp(p, "&gt;", 4) == 0);
    }
}

/* Only words, in sections and quotations. */
static void s_check_rich(const cJSON *rich, size_t max)
{
    size_t units = 0;
    int elements = 0;
    const cJSON *part;
    cJSON_ArrayForEach(part, rich)
    {
        const cJSON *inside = cJSON_GetObjectItemCaseSensitive(part, "elements");
        assert(cJSON_GetArraySize(inside) > 0);
        const cJSON *element;
        cJSON_ArrayForEach(element, inside)
        {
            const cJSON *type = cJSON_GetObjectItemCaseSensitive(element, "type");
            const cJSON *text = cJSON_GetObjectItemCaseSensitive(element, "text");
            assert(strcmp(type->valuestring, "text") == 0);
            assert(text->valuestring[0]);
            units += s_units(text->valuestring);
            elements++;
        }
    }
    assert(units <= max);
    assert((size_t)elements <= 2 * SLACK_RUNS_MAX + max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const size_t max = 2 + (size_t)data[0] * 8;
    char *text = sb_strndup((const char *)data + 1, size - 1);
    char *out = slack_text_line(text, max);
    s_check_plain(out, max, true);
    free(out);
    out = slack_text_plain(text, max);
    s_check_plain(out, max, false);
    free(out);
    out = slack_text_escape(text, max);
    s_check_escaped(out, max);
    /* What is escaped is read back as it was meant. */
    char *back = slack_text_read(out, 10 * max);
    char *again = slack_text_escape(back, max);
    assert(strcmp(out, again) == 0);
    free(again);
    free(back);
    free(out);
    out = slack_text_mrkdwn(text, max);
    s_check_escaped(out, max);
    free(out);
    cJSON *rich = slack_text_rich(text, max);
    s_check_rich(rich, max);
    cJSON_Delete(rich);
    if (sb_utf8_valid(text, strlen(text), NULL)) { /* as all JSON that was parsed is */
        out = slack_text_read(text, max + 2);
        assert(strlen(out) <= max + 2);
        assert(sb_utf8_valid(out, strlen(out), NULL));
        free(out);
    }
    free(text);
    return 0;
}
