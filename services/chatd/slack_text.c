/* slack_text.c: text on its way to Slack. */
#include "services/chatd/slack_text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/utf8.h"

#define QUOTE "> "
#define QUOTE_UNITS 5   /* Slack makes an entity of it */
#define UNIT_SIZE_MAX 3 /* bytes of UTF-8 that one UTF-16 unit may stand for */

static bool s_is_break(uint32_t rune)
{
    return (rune >= '\n' && rune <= '\r') || rune == 0x85 || rune == 0x2028 || rune == 0x2029;
}

/* Not to be shown: C0, C1, marks and overrides of direction, invisible operators and joiners that
 * make two texts look alike, the byte order mark, tags. The joiner of emoji (200d) stays. */
static bool s_is_hidden(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7f && rune <= 0x9f) || rune == 0xad || rune == 0x61c ||
           rune == 0x180e || rune == 0x200b || rune == 0x200e || rune == 0x200f ||
           (rune >= 0x202a && rune <= 0x202e) || (rune >= 0x2060 && rune <= 0x206f) ||
           rune == 0xfeff || (rune >= 0xfff9 && rune <= 0xfffb) ||
           (rune >= 0xe0000 && rune <= 0xe007f);
}

/* The size of the character at text if it is well-formed, else 0. */
static size_t s_well_formed(const char *text, uint32_t *rune_r)
{
    const unsigned char first = (unsigned char)text[0];
    const size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (strnlen(text, size) < size || !sb_utf8_valid(text, size, NULL)) {
        return 0;
    }
    return sb_utf8_decode(text, rune_r);
}

/* The next character as it is to be shown: '\n' for a break of any kind, 0 for nothing. The result
 * is its size in text, 0 at the end. */
static size_t s_next(const char *text, uint32_t *rune_r)
{
    if (!text[0]) {
        return 0;
    }
    size_t size = s_well_formed(text, rune_r);
    if (size == 0) {
        *rune_r = 0;
        return 1;
    }
    if (*rune_r == '\r' && text[1] == '\n') {
        size = 2;
    }
    if (s_is_break(*rune_r)) {
        *rune_r = '\n';
    } else if (*rune_r == '\t') {
        *rune_r = ' ';
    } else if (s_is_hidden(*rune_r)) {
        *rune_r = 0;
    }
    return size;
}

/* ---- A text that is written unit by unit, until its limit. */

typedef struct {
    sb_buf_t buf;
    size_t max;
    size_t units;
    size_t mark_len;   /* buf.len at which the mark still fits */
    size_t mark_units; /* units then */
    bool full;
} writer_t;

static writer_t s_writer(size_t max)
{
    assert(max > 1);
    writer_t self = {.buf = sb_buf((max + 1) * UNIT_SIZE_MAX), .max = max};
    sb_buf_puts(&self.buf, "");
    return self;
}

/* Adds bytes that Slack counts as so many units. False if there is no room: the mark is set. */
static bool s_write(writer_t *self, const char *bytes, size_t size, size_t units)
{
    if (self->full) {
        return false;
    }
    if (self->units + units > self->max) {
        self->buf.len = self->mark_len;
        self->buf.text[self->buf.len] = '\0';
        self->units = self->mark_units + 1;
        sb_buf_puts(&self->buf, SLACK_TEXT_MARK);
        self->full = true;
        return false;
    }
    sb_buf_add(&self->buf, bytes, size);
    self->units += units;
    if (self->units < self->max) {
        self->mark_len = self->buf.len;
        self->mark_units = self->units;
    }
    return true;
}

static bool s_write_rune(writer_t *self, uint32_t rune)
{
    char bytes[4];
    const size_t size = sb_utf8_encode(rune, bytes);
    return s_write(self, bytes, size, rune > 0xffff ? 2 : 1);
}

static bool s_write_escaped(writer_t *self, uint32_t rune)
{
    switch (rune) {
    case '&':
        return s_write(self, "&amp;", 5, 5);
    case '<':
        return s_write(self, "&lt;", 4, 4);
    case '>':
        return s_write(self, "&gt;", 4, 4);
    default:
        return s_write_rune(self, rune);
    }
}

/* Without blanks at its end. */
static char *s_take(writer_t *self)
{
    sb_buf_t *buf = &self->buf;
    while (buf->len > 0 && strchr(" \n", buf->text[buf->len - 1])) {
        buf->text[--buf->len] = '\0';
    }
    return sb_buf_take(buf);
}

typedef bool(write_fn)(writer_t *self, uint32_t rune);

static char *s_convert(const char *text, size_t max, bool one_line, write_fn *write)
{
    assert(text);
    writer_t out = s_writer(max);
    uint32_t rune;
    size_t size;
    bool begun = false;
    while (!out.full && (size = s_next(text, &rune)) > 0) {
        text += size;
        if (rune == '\n' && one_line) {
            rune = ' ';
        }
        if (rune == 0 || (!begun && (rune == ' ' || rune == '\n'))) {
            continue;
        }
        begun = true;
        (void)write(&out, rune);
    }
    return s_take(&out);
}

char *slack_text_line(const char *text, size_t max)
{
    return s_convert(text, max, true, s_write_rune);
}

char *slack_text_plain(const char *text, size_t max)
{
    return s_convert(text, max, false, s_write_rune);
}

char *slack_text_escape(const char *text, size_t max)
{
    return s_convert(text, max, false, s_write_escaped);
}

/* The text without code that has no word in it, as of a place that was filled with nothing; what is
 * quoted stays as it is. The caller frees it. */
static char *s_without_empty_code(const char *text)
{
    char *all = sb_strdup(text);
    char *to = all;
    bool quotes = false;
    for (const char *p = text; *p; p++) {
        const bool starts = p == text || p[-1] == '\n';
        quotes = starts ? strncmp(p, QUOTE, 2) == 0 : quotes;
        if (!quotes && p[0] == '`' && p[1] == '`' && p[2] != '`' && (starts || p[-1] != '`')) {
            p++;
        } else {
            *to++ = *p;
        }
    }
    *to = '\0';
    return all;
}

static char *s_mrkdwn(const char *text, size_t max)
{
    writer_t out = s_writer(max);
    uint32_t rune;
    size_t size;
    bool at_start = true;
    while (!out.full && text[0]) {
        if (at_start && strncmp(text, QUOTE, 2) == 0) {
            (void)s_write(&out, QUOTE, 2, QUOTE_UNITS);
            text += 2;
        }
        at_start = false;
        size = s_next(text, &rune);
        text += size;
        if (size > 0 && rune != 0) {
            (void)s_write_escaped(&out, rune);
            at_start = rune == '\n';
        }
    }
    return s_take(&out);
}

/* Quotations and code look the same in mrkdwn; only the > of a quotation must stay one. */
char *slack_text_mrkdwn(const char *text, size_t max)
{
    assert(text);
    char *said = s_without_empty_code(text);
    char *mrkdwn = s_mrkdwn(said, max);
    free(said);
    return mrkdwn;
}

/* ---- Rich text. */

static cJSON *s_rich(const char *type)
{
    cJSON *element = sb_json_object();
    sb_json_add_str(element, "type", type);
    sb_json_add(element, "elements", sb_json_array());
    return element;
}

cJSON *slack_rich_section(void)
{
    return s_rich("rich_text_section");
}

cJSON *slack_rich_quote(void)
{
    return s_rich("rich_text_quote");
}

static cJSON *s_inside(cJSON *into)
{
    cJSON *elements = cJSON_GetObjectItemCaseSensitive(into, "elements");
    assert(elements);
    return elements;
}

static bool s_is_plain_text(const cJSON *element)
{
    return cJSON_GetObjectItemCaseSensitive(element, "text") &&
           !cJSON_GetObjectItemCaseSensitive(element, "style");
}

/* Adds words that were cleaned already; to the element before if they look like it. */
static void s_add_words(cJSON *into, const char *words, slack_rich_style_t style)
{
    if (!words[0]) {
        return;
    }
    cJSON *elements = s_inside(into);
    cJSON *last = elements->child ? elements->child->prev : NULL;
    if (style == SLACK_RICH_PLAIN && last && s_is_plain_text(last)) {
        const cJSON *text = cJSON_GetObjectItemCaseSensitive(last, "text");
        char *both = sb_format("%s%s", text->valuestring, words);
        cJSON_ReplaceItemInObjectCaseSensitive(last, "text", cJSON_CreateString(both));
        free(both);
        return;
    }
    cJSON *element = sb_json_object();
    sb_json_add_str(element, "type", "text");
    sb_json_add_str(element, "text", words);
    if (style != SLACK_RICH_PLAIN) {
        cJSON *how = sb_json_object();
        sb_json_add_bool(how, style == SLACK_RICH_BOLD ? "bold" : "code", true);
        sb_json_add(element, "style", how);
    }
    sb_json_push(elements, element);
}

void slack_rich_add(cJSON *into, const char *text, size_t max, slack_rich_style_t style)
{
    writer_t out = s_writer(max);
    uint32_t rune;
    size_t size;
    while (!out.full && (size = s_next(text, &rune)) > 0) {
        text += size;
        if (rune != 0) {
            (void)s_write_rune(&out, rune);
        }
    }
    s_add_words(into, sb_buf_text(&out.buf), style);
    sb_buf_free(&out.buf);
}

bool slack_text_is_url(const char *url)
{
    const size_t scheme = strncmp(url, "https://", 8) == 0  ? 8
                          : strncmp(url, "http://", 7) == 0 ? 7
                                                            : 0;
    if (scheme == 0 || !url[scheme] || strlen(url) > SLACK_URL_MAX) {
        return false;
    }
    for (const char *p = url; *p; p++) {
        if (*p <= ' ' || *p >= 0x7f || strchr("<>\"|\\^`{}", *p)) {
            return false;
        }
    }
    return true;
}

void slack_rich_add_url(cJSON *into, const char *url)
{
    if (!slack_text_is_url(url)) {
        slack_rich_add(into, url, SLACK_URL_MAX, SLACK_RICH_PLAIN);
        return;
    }
    cJSON *element = sb_json_object();
    sb_json_add_str(element, "type", "link");
    sb_json_add_str(element, "url", url);
    sb_json_push(s_inside(into), element);
}

void slack_rich_add_here(cJSON *into)
{
    cJSON *element = sb_json_object();
    sb_json_add_str(element, "type", "broadcast");
    sb_json_add_str(element, "range", "here");
    sb_json_push(s_inside(into), element);
}

/* Adds a line's words to into; what stands between two backticks is code. Both cut at the mark. */
static void s_add_line(cJSON *into, const char *line, size_t len, size_t *runs)
{
    const char *end = line + len;
    while (line < end) {
        const char *open = memchr(line, '`', (size_t)(end - line));
        const char *close = open ? memchr(open + 1, '`', (size_t)(end - open - 1)) : NULL;
        if (close && close == open + 1) { /* nothing between them */
            close = NULL;
        }
        if (!close || *runs >= SLACK_RUNS_MAX) {
            open = end;
        }
        char *words = sb_strndup(line, (size_t)(open - line));
        s_add_words(into, words, SLACK_RICH_PLAIN);
        free(words);
        if (open == end) {
            return;
        }
        words = sb_strndup(open + 1, (size_t)(close - open - 1));
        s_add_words(into, words, SLACK_RICH_CODE);
        free(words);
        *runs += 2;
        line = close + 1;
    }
}

/* What is being filled. */
typedef struct {
    cJSON *elements;
    cJSON *open; /* a section or a quotation, the last of elements; NULL: none yet */
    bool open_quotes;
    size_t runs;
    size_t blank; /* lines without a word that wait for one */
} filling_t;

static void s_fill(filling_t *self, bool quotes, const char *words, size_t len)
{
    if (!self->open || quotes != self->open_quotes) {
        self->open = quotes ? slack_rich_quote() : slack_rich_section();
        self->open_quotes = quotes;
        sb_json_push(self->elements, self->open);
    } else {
        for (size_t i = 0; i <= self->blank; i++) {
            s_add_words(self->open, "\n", SLACK_RICH_PLAIN);
        }
    }
    self->blank = 0;
    s_add_line(self->open, words, len, &self->runs);
}

cJSON *slack_text_rich(const char *text, size_t max)
{
    char *said = s_without_empty_code(text);
    char *clean = slack_text_plain(said, max);
    free(said);
    filling_t filling = {.elements = sb_json_array()};
    const char *line = clean;
    while (*line) {
        const size_t len = strcspn(line, "\n");
        const bool quotes = strncmp(line, QUOTE, strlen(QUOTE)) == 0;
        const size_t mark = quotes ? strlen(QUOTE) : 0;
        if (len == mark) {
            filling.blank++;
        } else {
            s_fill(&filling, quotes, line + mark, len - mark);
        }
        line += line[len] ? len + 1 : len;
    }
    free(clean);
    return filling.elements;
}
