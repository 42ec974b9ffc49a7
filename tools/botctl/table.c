/* table.c. Rows are kept until all are there: widths depend on the widest cell. A page is at most
 * some hundred rows, and whoever wants more reads JSON lines. */
#include "tools/botctl/table.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "tools/botctl/text.h"

#define GAP 2              /* blanks between columns */
#define COLUMN_WIDTH_MIN 4 /* a narrowed column keeps some letters and the ellipsis */
#define CELL_SIZE_MAX 65536
#define WIDTH_MAX 100000

struct table {
    const char *const *heads;
    size_t columns;
    unsigned firm; /* 1 << column */
    char **cells;  /* rows * columns, escaped */
    size_t rows;
    size_t room; /* rows that cells has place for */
};

table_t *table_new(const char *const *heads, size_t columns, unsigned firm)
{
    assert(heads);
    assert(columns > 0);
    table_t *self = sb_alloc(sizeof *self);
    self->heads = heads;
    self->columns = columns;
    self->firm = firm;
    return self;
}

void table_destroy(table_t **self_p)
{
    assert(self_p);
    table_t *self = *self_p;
    if (!self) {
        return;
    }
    *self_p = NULL;
    for (size_t i = 0; i < self->rows * self->columns; i++) {
        free(self->cells[i]);
    }
    free(self->cells);
    free(self);
}

void table_row(table_t *self, const char *const *cells)
{
    assert(self);
    assert(cells);
    if (self->rows == self->room) {
        self->room = self->room ? self->room * 2 : 32;
        self->cells = sb_realloc(self->cells, self->room * self->columns * sizeof *self->cells);
    }
    char **row = self->cells + self->rows * self->columns;
    for (size_t i = 0; i < self->columns; i++) {
        sb_buf_t cell = sb_buf(CELL_SIZE_MAX);
        text_escape(&cell, cells[i] ? cells[i] : "-");
        row[i] = sb_buf_take(&cell);
    }
    self->rows++;
}

size_t table_rows(const table_t *self)
{
    assert(self);
    return self->rows;
}

/* Of the widest cell, without the head. */
static size_t s_cells_width(const table_t *self, size_t column)
{
    size_t width = 0;
    for (size_t row = 0; row < self->rows; row++) {
        const size_t cell = text_width(self->cells[row * self->columns + column]);
        width = cell > width ? cell : width;
    }
    return width;
}

static size_t s_width_min(const table_t *self, size_t column)
{
    const size_t head = text_width(self->heads[column]);
    return head < COLUMN_WIDTH_MIN ? head : COLUMN_WIDTH_MIN;
}

/* Narrows the widest column by one until the total is width or no column is over its floor. A page
 * has few columns and a terminal is some hundred wide, so that counting down is quick enough. */
static void s_narrow_to(size_t *widths, const size_t *floors, size_t columns, size_t *total,
                        size_t width)
{
    while (*total > width) {
        size_t widest = columns;
        for (size_t i = 0; i < columns; i++) {
            if (widths[i] > floors[i] && (widest == columns || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == columns) {
            return;
        }
        widths[widest]--;
        (*total)--;
    }
}

/* First the heads of firm columns give way, but not their cells; then those too. */
static void s_narrow(const table_t *self, size_t *widths, size_t width)
{
    size_t *floors = sb_alloc_array(self->columns, sizeof *floors);
    size_t total = GAP * (self->columns - 1);
    for (size_t i = 0; i < self->columns; i++) {
        const size_t least = s_width_min(self, i);
        const size_t most = width > least ? width : least;
        widths[i] = widths[i] > most ? most : widths[i];
        total += widths[i];
        const size_t cells = self->firm & 1u << i ? s_cells_width(self, i) : 0;
        floors[i] = cells > least ? cells : least;
    }
    s_narrow_to(widths, floors, self->columns, &total, width);
    for (size_t i = 0; i < self->columns; i++) {
        floors[i] = s_width_min(self, i);
    }
    s_narrow_to(widths, floors, self->columns, &total, width);
    free(floors);
}

static void s_print_cell(const char *cell, size_t width, bool last, FILE *out)
{
    size_t columns = text_width(cell);
    if (columns <= width) {
        (void)fputs(cell, out);
    } else {
        char *part = sb_strndup(cell, text_fit(cell, width - 1));
        (void)fprintf(out, "%s…", part);
        columns = text_width(part) + 1; /* a wide character at the cut leaves a column free */
        free(part);
    }
    if (!last) {
        (void)fprintf(out, "%*s", (int)(width - columns + GAP), "");
    }
}

static void s_print_row(const table_t *self, const char *const *cells, const size_t *widths,
                        FILE *out)
{
    for (size_t i = 0; i < self->columns; i++) {
        s_print_cell(cells[i], widths[i], i + 1 == self->columns, out);
    }
    (void)fputc('\n', out);
}

void table_print(const table_t *self, FILE *out, size_t width)
{
    assert(self);
    assert(out);
    size_t *widths = sb_alloc_array(self->columns, sizeof *widths);
    for (size_t i = 0; i < self->columns; i++) {
        const size_t head = text_width(self->heads[i]);
        const size_t cells = s_cells_width(self, i);
        widths[i] = head > cells ? head : cells;
    }
    if (width > 0) {
        s_narrow(self, widths, width);
    }
    s_print_row(self, self->heads, widths, out);
    for (size_t row = 0; row < self->rows; row++) {
        s_print_row(self, (const char *const *)self->cells + row * self->columns, widths, out);
    }
    free(widths);
}

size_t table_terminal_width(void)
{
    const char *columns = getenv("COLUMNS");
    if (columns) {
        char *end;
        const unsigned long width = strtoul(columns, &end, 10);
        if (*end == '\0' && width > 0 && width < WIDTH_MAX) {
            return width;
        }
    }
    struct winsize size;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        return size.ws_col;
    }
    return 0;
}
