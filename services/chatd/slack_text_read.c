/* slack_text_read.c: text on its way from Slack. Between < and > stands what Slack understood of
 * what was typed; it is taken apart before entities are decoded, so that "&lt;@U1&gt;" stays what
 * the person typed. Whatever doesn't parse is kept as it is. */
#include <assert.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/utf8.h"
#include "services/chatd/slack_text.h"

#define MARK_SIZE (sizeof SLACK_TEXT_MARK - 1)

typedef struct {
    const char *text;
    size_t len;
} span_t;

static const struct {
    const char *entity;
    char c;
} s_entities[] = {
    {"&amp;", '&'},
    {"&lt;",  '<'},
    {"&gt;",  '>'},
};

static void s_add(sb_buf_t *out, span_t span)
{
    size_t i = 0;
    while (i < span.len) {
        size_t size = 1;
        char c = span.text[i];
        for (size_t k = 0; c == '&' && k < sizeof s_entities / sizeof s_entities[0]; k++) {
            const size_t len = strlen(s_entities[k].entity);
            if (len <= span.len - i && memcmp(span.text + i, s_entities[k].entity, len) == 0) {
                c = s_entities[k].c;
                size = len;
                break;
            }
        }
        sb_buf_putc(out, c);
        i += size;
    }
}

static bool s_is(span_t span, const char *word)
{
    return span.len == strlen(word) && memcmp(span.text, word, span.len) == 0;
}

static bool s_begins(span_t span, const char *word)
{
    return span.len >= strlen(word) && memcmp(span.text, word, strlen(word)) == 0;
}

static span_t s_behind(span_t span, size_t n)
{
    return (span_t){span.text + n, span.len - n};
}

/* A label in whose place Slack would show the address anyway. */
static bool s_says_no_more(span_t target, span_t label)
{
    static const char *const schemes[] = {"", "http://", "https://", "mailto:", "tel:"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        const size_t skip = strlen(schemes[i]);
        if (s_begins(target, schemes[i]) && label.len == target.len - skip &&
            memcmp(target.text + skip, label.text, label.len) == 0) {
            return true;
        }
    }
    return false;
}

static void s_add_link(sb_buf_t *out, span_t target, span_t label)
{
    if (label.len == 0) {
        s_add(out, s_begins(target, "mailto:") ? s_behind(target, strlen("mailto:")) : target);
    } else if (s_says_no_more(target, label)) {
        s_add(out, label);
    } else {
        s_add(out, label);
        sb_buf_puts(out, " (");
        s_add(out, target);
        sb_buf_putc(out, ')');
    }
}

/* <!here>, <!subteam^S1|@team>, <!date^...|words>. */
static void s_add_special(sb_buf_t *out, span_t name, span_t label)
{
    if (label.len > 0 && !s_is(name, "here") && !s_is(name, "channel") && !s_is(name, "everyone")) {
        s_add(out, label);
        return;
    }
    const char *caret = memchr(name.text, '^', name.len);
    sb_buf_putc(out, '@');
    s_add(out, caret ? s_behind(name, (size_t)(caret + 1 - name.text)) : name);
}

/* What stands between < and >. */
static void s_add_reference(sb_buf_t *out, span_t inside)
{
    const char *bar = memchr(inside.text, '|', inside.len);
    const size_t len = bar ? (size_t)(bar - inside.text) : inside.len;
    const span_t target = {inside.text, len};
    const span_t label = bar ? s_behind(inside, len + 1) : (span_t){inside.text, 0};
    const span_t name = target.len > 0 ? s_behind(target, 1) : target;
    switch (target.len > 0 ? target.text[0] : '\0') {
    case '@':
    case '#':
        sb_buf_putc(out, target.text[0]);
        s_add(out, label.len > 0 ? label : name);
        break;
    case '!':
        s_add_special(out, name, label);
        break;
    default:
        s_add_link(out, target, label);
        break;
    }
}

char *slack_text_read(const char *text, size_t size_max)
{
    assert(text && size_max > MARK_SIZE);
    sb_buf_t out = sb_buf(size_max);
    sb_buf_puts(&out, "");
    while (*text && !out.overflow) {
        const size_t words = strcspn(text, "<");
        s_add(&out, (span_t){text, words});
        text += words;
        if (!*text) {
            break;
        }
        const size_t inside = strcspn(text + 1, "<>");
        if (text[1 + inside] == '>' && inside > 0) {
            s_add_reference(&out, (span_t){text + 1, inside});
            text += inside + 2;
        } else {
            sb_buf_putc(&out, '<');
            text++;
        }
    }
    if (out.overflow) {
        out.len = sb_utf8_cut(out.text, size_max - MARK_SIZE);
        out.overflow = false;
        sb_buf_puts(&out, SLACK_TEXT_MARK);
    }
    return sb_buf_take(&out);
}
