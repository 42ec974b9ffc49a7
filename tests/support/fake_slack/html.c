/* html.c */
#include "tests/support/fake_slack/html.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "tests/support/fake_slack/ids.h"

#define OFFERED_MAX 100 /* people in a menu */

static const char *s_escape(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    default:
        return NULL;
    }
}

void html_text(sb_buf_t *out, const char *text)
{
    for (; *text; text++) {
        const char *escaped = s_escape(*text);
        if (escaped) {
            sb_buf_puts(out, escaped);
        } else {
            sb_buf_putc(out, *text);
        }
    }
}

/* ---- Slack's mark-up. */

typedef struct {
    char mark;
    const char *tag;
} span_t;

static const span_t s_spans[] = {
    {'*', "b"   },
    {'_', "i"   },
    {'~', "s"   },
    {'`', "code"},
};

static void s_slice(sb_buf_t *out, const char *text, size_t size)
{
    char *part = sb_strndup(text, size);
    html_text(out, part);
    free(part);
}

/* An address that a page may link to. */
static bool s_safe(const char *text)
{
    return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0 ||
           strncmp(text, "mailto:", 7) == 0;
}

/* What stands between < and >. */
static void s_markup(sb_buf_t *out, const people_t *people, const char *text, size_t size)
{
    const char *bar = memchr(text, '|', size);
    const size_t target = bar ? (size_t)(bar - text) : size;
    char *name = sb_strndup(text + (*text == '@' || *text == '#' || *text == '!'),
                            target - (*text == '@' || *text == '#' || *text == '!'));
    if (*text == '@') {
        const user_t *user = people_find(people, name);
        sb_buf_puts(out, "<span class=mention>@");
        html_text(out, user ? user->real_name : name);
        sb_buf_puts(out, "</span>");
    } else if (*text == '!' && strncmp(name, "date^", 5) == 0) {
        s_slice(out, bar ? bar + 1 : name, bar ? size - target - 1 : 0);
    } else if (*text == '!' || *text == '#') {
        sb_buf_puts(out, *text == '!' ? "<span class=mention>@" : "<span class=mention>#");
        html_text(out, name);
        sb_buf_puts(out, "</span>");
    } else if (s_safe(text)) {
        sb_buf_puts(out, "<a rel=noreferrer href=\"");
        html_text(out, name);
        sb_buf_puts(out, "\">");
        s_slice(out, bar ? bar + 1 : text, bar ? size - target - 1 : size);
        sb_buf_puts(out, "</a>");
    } else {
        sb_buf_puts(out, "&lt;");
        s_slice(out, text, size);
        sb_buf_puts(out, "&gt;");
    }
    free(name);
}

/* The length of a span with its marks at text, 0 if there is none. */
static size_t s_span(const char *text, bool begins, const char **tag_r)
{
    for (size_t i = 0; i < sizeof s_spans / sizeof s_spans[0]; i++) {
        const span_t *span = &s_spans[i];
        const char *end = *text == span->mark && begins ? strchr(text + 1, span->mark) : NULL;
        const char *line = strchr(text, '\n');
        if (end && end > text + 1 && text[1] != ' ' && end[-1] != ' ' && (!line || end < line)) {
            *tag_r = span->tag;
            return (size_t)(end - text) + 1;
        }
    }
    return 0;
}

/* Text whose entities stay. */
static void s_plain(sb_buf_t *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        const char *escaped = text[i] == '&' ? NULL : s_escape(text[i]);
        if (escaped) {
            sb_buf_puts(out, escaped);
        } else {
            sb_buf_putc(out, text[i]);
        }
    }
}

static bool s_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void s_line(sb_buf_t *out, const people_t *people, const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        const char *at = text + i;
        const char *close = *at == '<' ? memchr(at, '>', size - i) : NULL;
        const char *tag = NULL;
        const size_t span = s_span(at, i == 0 || !s_word(at[-1]), &tag);
        if (close) {
            s_markup(out, people, at + 1, (size_t)(close - at) - 1);
            i += (size_t)(close - at) + 1;
        } else if (span > 0 && span <= size - i) {
            sb_buf_printf(out, "<%s>", tag);
            if (strcmp(tag, "code") == 0) {
                s_plain(out, at + 1, span - 2);
            } else {
                s_line(out, people, at + 1, span - 2);
            }
            sb_buf_printf(out, "</%s>", tag);
            i += span;
        } else {
            s_plain(out, at, 1);
            i++;
        }
    }
}

void html_mrkdwn(sb_buf_t *out, const people_t *people, const char *text)
{
    bool fenced = false;
    while (*text) {
        const size_t size = strcspn(text, "\n");
        const bool fence = strncmp(text, "```", 3) == 0;
        const size_t mark = *text == '>' ? 1 : strncmp(text, "&gt;", 4) == 0 ? 4 : 0;
        if (fence) {
            fenced = !fenced;
            sb_buf_puts(out, fenced ? "<pre>" : "</pre>");
        } else if (!fenced && mark > 0) {
            sb_buf_puts(out, "<blockquote>");
            s_line(out, people, text + mark, size - mark);
            sb_buf_puts(out, "</blockquote>");
        } else {
            s_line(out, people, text, size);
            sb_buf_puts(out, fenced ? "\n" : text[size] ? "<br>" : "");
        }
        text += size + (text[size] ? 1 : 0);
    }
    sb_buf_puts(out, fenced ? "</pre>" : "");
}

/* ---- Blocks. */

typedef struct {
    sb_buf_t *out;
    const people_t *people;
    const char *press;
} page_t;

static const cJSON *s_get(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *s_text(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(s_get(object, name));
    return text ? text : "";
}

/* A text object. */
static void s_rich(const page_t *page, const cJSON *object)
{
    if (strcmp(s_text(object, "type"), "mrkdwn") == 0) {
        html_mrkdwn(page->out, page->people, s_text(object, "text"));
    } else {
        html_text(page->out, s_text(object, "text"));
    }
}

static void s_field(const page_t *page, const char *name, const char *value)
{
    sb_buf_printf(page->out, "<input type=hidden name=%s value=\"", name);
    html_text(page->out, value);
    sb_buf_puts(page->out, "\">");
}

static void s_options(const page_t *page, const cJSON *element)
{
    sb_buf_puts(page->out, "<select name=choice>");
    if (strcmp(s_text(element, "type"), "users_select") == 0) {
        for (size_t i = 0; i < OFFERED_MAX && people_at(page->people, i); i++) {
            const user_t *user = people_at(page->people, i);
            if (!user->is_bot && !user->deleted && strcmp(user->id, SLACKBOT_ID) != 0) {
                sb_buf_printf(page->out, "<option value=%s>", user->id);
                html_text(page->out, user->real_name);
            }
        }
    }
    const cJSON *options = s_get(element, "options");
    for (const cJSON *option = options ? options->child : NULL; option; option = option->next) {
        sb_buf_puts(page->out, "<option value=\"");
        html_text(page->out, s_text(option, "value"));
        sb_buf_puts(page->out, "\">");
        html_text(page->out, s_text(s_get(option, "text"), "text"));
    }
    sb_buf_puts(page->out, "</select>");
}

static void s_element(const page_t *page, const cJSON *block, const cJSON *element)
{
    const char *type = s_text(element, "type");
    if (strcmp(type, "image") == 0) {
        html_text(page->out, s_text(element, "alt_text"));
        return;
    }
    const bool button = strcmp(type, "button") == 0;
    sb_buf_puts(page->out, page->press ? page->press : "<form>");
    s_field(page, "block_id", s_text(block, "block_id"));
    s_field(page, "action_id", s_text(element, "action_id"));
    if (!button) {
        s_options(page, element);
    }
    sb_buf_printf(page->out, "<button class=\"%s\"%s>", s_text(element, "style"),
                  page->press ? "" : " disabled");
    if (button) {
        html_text(page->out, s_text(s_get(element, "text"), "text"));
    } else {
        const char *hint = s_text(s_get(element, "placeholder"), "text");
        html_text(page->out, *hint ? hint : "OK");
    }
    sb_buf_puts(page->out, "</button></form>");
}

/* The name under which a field of a dialog is sent: BLOCK_ID/ACTION_ID. */
static void s_name(const page_t *page, const cJSON *block, const cJSON *element)
{
    html_text(page->out, s_text(block, "block_id"));
    sb_buf_putc(page->out, '/');
    html_text(page->out, s_text(element, "action_id"));
}

static void s_radio(const page_t *page, const cJSON *block, const cJSON *element)
{
    const cJSON *options = s_get(element, "options");
    for (const cJSON *option = options ? options->child : NULL; option; option = option->next) {
        sb_buf_puts(page->out, "<label><input type=radio required name=\"");
        s_name(page, block, element);
        sb_buf_puts(page->out, "\" value=\"");
        html_text(page->out, s_text(option, "value"));
        sb_buf_puts(page->out, "\"> ");
        html_text(page->out, s_text(s_get(option, "text"), "text"));
        sb_buf_puts(page->out, "</label>");
    }
}

static void s_input(const page_t *page, const cJSON *block)
{
    const cJSON *element = s_get(block, "element");
    if (strcmp(s_text(element, "type"), "radio_buttons") == 0) {
        sb_buf_puts(page->out, "<p>");
        html_text(page->out, s_text(s_get(block, "label"), "text"));
        s_radio(page, block, element);
        return;
    }
    sb_buf_puts(page->out, "<label>");
    html_text(page->out, s_text(s_get(block, "label"), "text"));
    if (strcmp(s_text(element, "type"), "plain_text_input") == 0) {
        sb_buf_puts(page->out, "<textarea name=\"");
        s_name(page, block, element);
        sb_buf_puts(page->out, "\"></textarea>");
    }
    sb_buf_puts(page->out, "</label>");
}

static void s_section(const page_t *page, const cJSON *block)
{
    const cJSON *fields = s_get(block, "fields");
    const cJSON *accessory = s_get(block, "accessory");
    sb_buf_puts(page->out, "<div class=section><div>");
    if (s_get(block, "text")) {
        s_rich(page, s_get(block, "text"));
    }
    sb_buf_puts(page->out, "<div class=fields>");
    for (const cJSON *field = fields ? fields->child : NULL; field; field = field->next) {
        sb_buf_puts(page->out, "<div>");
        s_rich(page, field);
        sb_buf_puts(page->out, "</div>");
    }
    sb_buf_puts(page->out, "</div></div>");
    if (accessory) {
        s_element(page, block, accessory);
    }
    sb_buf_puts(page->out, "</div>");
}

static void s_list(const page_t *page, const cJSON *block, const char *kind)
{
    const cJSON *elements = s_get(block, "elements");
    sb_buf_printf(page->out, "<div class=%s>", kind);
    for (const cJSON *one = elements ? elements->child : NULL; one; one = one->next) {
        const char *type = s_text(one, "type");
        if (strcmp(type, "mrkdwn") == 0 || strcmp(type, "plain_text") == 0) {
            sb_buf_puts(page->out, "<span>");
            s_rich(page, one);
            sb_buf_puts(page->out, "</span>");
        } else {
            s_element(page, block, one);
        }
    }
    sb_buf_puts(page->out, "</div>");
}

/* ---- Rich text. */

/* Words as they stand; their line breaks are breaks. */
static void s_words(sb_buf_t *out, const char *text)
{
    while (*text) {
        const size_t size = strcspn(text, "\n");
        s_slice(out, text, size);
        sb_buf_puts(out, text[size] ? "<br>" : "");
        text += size + (text[size] ? 1 : 0);
    }
}

static void s_rich_words(const page_t *page, const cJSON *element)
{
    static const char *const styles[][2] = {
        {"bold",   "b"   },
        {"italic", "i"   },
        {"strike", "s"   },
        {"code",   "code"}
    };
    const cJSON *style = s_get(element, "style");
    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++) {
        if (cJSON_IsTrue(s_get(style, styles[i][0]))) {
            sb_buf_printf(page->out, "<%s>", styles[i][1]);
        }
    }
    s_words(page->out, s_text(element, "text"));
    for (size_t i = sizeof styles / sizeof styles[0]; i-- > 0;) {
        if (cJSON_IsTrue(s_get(style, styles[i][0]))) {
            sb_buf_printf(page->out, "</%s>", styles[i][1]);
        }
    }
}

static void s_rich_link(const page_t *page, const cJSON *element)
{
    const char *url = s_text(element, "url");
    const char *text = s_text(element, "text");
    if (!s_safe(url)) {
        html_text(page->out, url);
        return;
    }
    sb_buf_puts(page->out, "<a rel=noreferrer href=\"");
    html_text(page->out, url);
    sb_buf_puts(page->out, "\">");
    html_text(page->out, *text ? text : url);
    sb_buf_puts(page->out, "</a>");
}

static void s_rich_element(const page_t *page, const cJSON *element)
{
    const char *type = s_text(element, "type");
    if (strcmp(type, "link") == 0) {
        s_rich_link(page, element);
    } else if (strcmp(type, "user") == 0) {
        char *markup = sb_format("@%s", s_text(element, "user_id"));
        s_markup(page->out, page->people, markup, strlen(markup));
        free(markup);
    } else {
        s_rich_words(page, element);
    }
}

static void s_rich_text(const page_t *page, const cJSON *block)
{
    const cJSON *parts = s_get(block, "elements");
    for (const cJSON *part = parts ? parts->child : NULL; part; part = part->next) {
        const bool quote = strcmp(s_text(part, "type"), "rich_text_quote") == 0;
        const cJSON *elements = s_get(part, "elements");
        sb_buf_puts(page->out, quote ? "<blockquote>" : "<div class=rich>");
        for (const cJSON *one = elements ? elements->child : NULL; one; one = one->next) {
            s_rich_element(page, one);
        }
        sb_buf_puts(page->out, quote ? "</blockquote>" : "</div>");
    }
}

void html_blocks(sb_buf_t *out, const people_t *people, const cJSON *blocks, const char *press)
{
    const page_t page = {out, people, press};
    for (const cJSON *block = blocks ? blocks->child : NULL; block; block = block->next) {
        const char *type = s_text(block, "type");
        if (strcmp(type, "section") == 0) {
            s_section(&page, block);
        } else if (strcmp(type, "rich_text") == 0) {
            s_rich_text(&page, block);
        } else if (strcmp(type, "header") == 0) {
            sb_buf_puts(out, "<h2>");
            html_text(out, s_text(s_get(block, "text"), "text"));
            sb_buf_puts(out, "</h2>");
        } else if (strcmp(type, "divider") == 0) {
            sb_buf_puts(out, "<hr>");
        } else if (strcmp(type, "input") == 0) {
            s_input(&page, block);
        } else if (strcmp(type, "actions") == 0 || strcmp(type, "context") == 0) {
            s_list(&page, block, type);
        } else {
            html_text(out, s_text(block, "text"));
        }
    }
}
