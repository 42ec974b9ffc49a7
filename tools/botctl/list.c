#include "tools/botctl/list.h"

#include <assert.h>
#include <stdlib.h>

#include "tools/botctl/table.h"

static void s_print_table(const cJSON *array, const cell_t *cells, size_t cells_len)
{
    const char *heads[LIST_COLUMNS_MAX];
    unsigned firm = 0;
    for (size_t i = 0; i < cells_len; i++) {
        heads[i] = cells[i].head;
        firm |= cells[i].kind == CELL_TEXT || cells[i].kind == CELL_JSON ? 0u : 1u << i;
    }
    table_t *table = table_new(heads, cells_len, firm);
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        char *row[LIST_COLUMNS_MAX];
        for (size_t i = 0; i < cells_len; i++) {
            row[i] = cell_text(item, &cells[i]);
        }
        table_row(table, (const char *const *)row);
        for (size_t i = 0; i < cells_len; i++) {
            free(row[i]);
        }
    }
    table_print(table, stdout, table_terminal_width());
    table_destroy(&table);
}

void list_print(const cJSON *array, const cell_t *cells, size_t cells_len, bool json,
                const char *none)
{
    assert(cells_len <= LIST_COLUMNS_MAX);
    if (json) {
        const cJSON *item;
        cJSON_ArrayForEach(item, array)
        {
            char *text = sb_json_print(item);
            (void)puts(text);
            free(text);
        }
    } else if (cJSON_GetArraySize(array) == 0) {
        ctl_note("%s", none);
    } else {
        s_print_table(array, cells, cells_len);
    }
}

exit_code_t list_request(ctl_t *ctl, const char *request, cJSON **body_p, const char *key,
                         const cell_t *cells, size_t cells_len, bool json, const char *none)
{
    cJSON *reply = NULL;
    sb_err_t err;
    if (ctl_ask_taskd(ctl, request, body_p, &reply, &err) != SB_OK) {
        return ctl_fail(ctl, &err);
    }
    sb_reader_t reader = sb_reader(reply, request, &err);
    const cJSON *array = sb_read_array(&reader, key, SB_JSON_MEMBERS_MAX);
    const int code = sb_reader_code(&reader);
    if (code == SB_OK) {
        list_print(array, cells, cells_len, json, none);
    }
    cJSON_Delete(reply);
    return code == SB_OK ? EXIT_OK : ctl_fail(ctl, &err);
}
