#include "tools/botctl/cell.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "tools/botctl/text.h"
#include "tools/botctl/when.h"

#define TEXT_SIZE_MAX (256 * 1024)
#define HEAD_COLUMN 14

static char *s_number_text(const cJSON *value, cell_kind_t kind)
{
    char text[WHEN_SIZE];
    const int64_t number = (int64_t)value->valuedouble;
    if (kind == CELL_DUE && number == 0) {
        return NULL;
    }
    if (kind == CELL_TIME || kind == CELL_DUE) {
        return sb_strdup(when_format(number, text));
    }
    if (kind == CELL_SPAN) {
        return sb_strdup(when_span(number, text));
    }
    return sb_format("%" PRId64, number);
}

char *cell_text(const cJSON *object, const cell_t *cell)
{
    assert(cell);
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, cell->member);
    if (!value || cJSON_IsNull(value)) {
        return NULL;
    }
    switch (cell->kind) {
    case CELL_TEXT:
        return cJSON_IsString(value) ? sb_strdup(value->valuestring) : NULL;
    case CELL_YESNO:
        return cJSON_IsBool(value) ? sb_strdup(cJSON_IsTrue(value) ? "yes" : "no") : NULL;
    case CELL_NUMBER:
    case CELL_TIME:
    case CELL_DUE:
    case CELL_SPAN:
        return cJSON_IsNumber(value) ? s_number_text(value, cell->kind) : NULL;
    case CELL_JSON:
        return sb_json_print(value);
    }
    return NULL;
}

void cell_print_lines(const cJSON *object, const cell_t *cells, size_t cells_len)
{
    assert(cells);
    for (size_t i = 0; i < cells_len; i++) {
        char *text = cell_text(object, &cells[i]);
        if (text) {
            sb_buf_t line = sb_buf(TEXT_SIZE_MAX);
            text_escape_lines(&line, text, HEAD_COLUMN);
            (void)printf("%-*s%s\n", HEAD_COLUMN, cells[i].head, sb_buf_text(&line));
            sb_buf_free(&line);
        }
        free(text);
    }
}
