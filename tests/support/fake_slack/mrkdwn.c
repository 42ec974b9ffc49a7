/* mrkdwn.c */
#include "tests/support/fake_slack/mrkdwn.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"

#define ENTITY_MAX 5 /* &amp; */

static const char *const s_schemes[] = {"http://", "https://", "mailto:", "tel:", "slack://"};

static bool s_link(const char *text)
{
    for (size_t i = 0; i < sizeof s_schemes / sizeof s_schemes[0]; i++) {
        if (strncmp(text, s_schemes[i], strlen(s_schemes[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* The length of a <...> at text that means something, 0 if it is none. */
static size_t s_markup(const char *text)
{
    if (*text != '<') {
        return 0;
    }
    const size_t len = strcspn(text + 1, "<>\n");
    const char first = text[1];
    if (text[1 + len] != '>' || len < 2) {
        return 0;
    }
    return first == '@' || first == '#' || first == '!' || s_link(text + 1) ? len + 2 : 0;
}

static bool s_entity(const char *text)
{
    return strncmp(text, "&amp;", 5) == 0 || strncmp(text, "&lt;", 4) == 0 ||
           strncmp(text, "&gt;", 4) == 0;
}

static const char *s_escape(char c)
{
    return c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : NULL;
}

static char *s_convert(const char *text, bool typed)
{
    sb_buf_t out = sb_buf(ENTITY_MAX * strlen(text) + 1);
    while (*text) {
        const size_t markup = typed ? 0 : s_markup(text);
        const char *escaped = s_escape(*text);
        if (markup > 0) {
            sb_buf_add(&out, text, markup);
            text += markup;
            continue;
        }
        if (!escaped || (!typed && s_entity(text))) {
            sb_buf_putc(&out, *text);
        } else {
            sb_buf_puts(&out, escaped);
        }
        text++;
    }
    return sb_buf_take(&out);
}

char *mrkdwn_accept(const char *text)
{
    return s_convert(text, false);
}

char *mrkdwn_typed(const char *text)
{
    return s_convert(text, true);
}

static void s_write(const char *text, bool links, out_t *out, const char *key)
{
    out_begin(out, key, '[');
    while (*text) {
        const size_t markup = s_markup(text);
        const bool mention = markup > 0 && (text[1] == '@' || text[1] == '!');
        const bool link = markup > 0 && s_link(text + 1);
        if ((links && link) || (!links && mention)) {
            char *what = sb_strndup(text + 1, strcspn(text + 1, "|>"));
            out_str(out, NULL, what);
            free(what);
        }
        text += markup > 0 ? markup : 1;
    }
    out_end(out, ']');
}

void mrkdwn_write_mentions(const char *text, out_t *out, const char *key)
{
    s_write(text, false, out, key);
}

void mrkdwn_write_links(const char *text, out_t *out, const char *key)
{
    s_write(text, true, out, key);
}
