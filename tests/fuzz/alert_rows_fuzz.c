/* alert_rows_fuzz.c: what `botctl alert create --from` reads. However the bytes come in pieces, the
 * lines are the same; a row is refused with a text, or is a request within taskd's limits. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "proto/taskd.h"
#include "tools/botctl/alert_row.h"
#include "tools/botctl/lines.h"

#define LINE_SIZE_MAX 4096
#define NOW_MS 1795514400000LL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void s_check_text(const cJSON *body, const char *key, size_t max)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(body, key);
    if (value) {
        assert(cJSON_IsString(value));
        const size_t len = strlen(value->valuestring);
        assert(len > 0 && len <= max && sb_utf8_valid(value->valuestring, len, NULL));
    }
}

static void s_check_row(const line_t *line)
{
    sb_err_t err = {0};
    cJSON *body = alert_row_parse(line->text, line->size, NOW_MS, &err);
    if (!body) {
        assert(err.code < 0 && err.text[0]);
        return;
    }
    assert(cJSON_HasObjectItem(body, "title") && cJSON_HasObjectItem(body, "person"));
    assert(cJSON_HasObjectItem(body, "hash") && cJSON_HasObjectItem(body, "description"));
    s_check_text(body, "hash", SB_HASH_HEX);
    s_check_text(body, "title", SB_TITLE_MAX);
    s_check_text(body, "person", SB_PERSON_ID_MAX);
    s_check_text(body, "description", SB_DESCRIPTION_MAX);
    s_check_text(body, "reason", SB_REASON_MAX);
    s_check_text(body, "url", SB_URL_MAX);
    s_check_text(body, "place", SB_PLACE_MAX);
    cJSON_Delete(body);
}

/* Feeds pieces of step bytes; returns how many lines there were, and their bytes in *bytes_r. */
static size_t s_read(const uint8_t *data, size_t size, size_t step, size_t *bytes_r)
{
    lines_t *lines = lines_new(LINE_SIZE_MAX);
    line_t line;
    size_t count = 0;
    *bytes_r = 0;
    for (size_t at = 0; at <= size; at += step) {
        if (at < size) {
            lines_feed(lines, data + at, size - at < step ? size - at : step);
        }
        while (lines_next(lines, &line)) {
            assert(line.size <= LINE_SIZE_MAX && line.text[line.size] == '\0');
            assert(!memchr(line.text, '\n', line.size));
            s_check_row(&line);
            *bytes_r += line.size;
            count++;
        }
    }
    lines_end(lines);
    while (lines_next(lines, &line)) {
        s_check_row(&line);
        *bytes_r += line.size;
        count++;
    }
    lines_destroy(&lines);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t whole_bytes;
    size_t piece_bytes;
    const size_t whole = s_read(data, size, size + 1, &whole_bytes);
    const size_t pieces = s_read(data, size, 7, &piece_bytes);
    assert(whole == pieces);
    assert(whole_bytes == piece_bytes);
    return 0;
}
