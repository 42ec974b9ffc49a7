/* template.c. One scanner serves the check and the filling. */
#include "services/botd/template.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "proto/taskd.h"
#include "services/botd/text.h"

#define OUT_SIZE_MAX (4 * SB_TEXT_MAX) /* then cut to SB_TEXT_MAX */

static const struct {
    const char *name;
    size_t offset; /* in fields_t */
} s_fields[] = {
    {"name",        offsetof(fields_t, name)       },
    {"username",    offsetof(fields_t, username)   },
    {"title",       offsetof(fields_t, title)      },
    {"description", offsetof(fields_t, description)},
    {"reason",      offsetof(fields_t, reason)     },
    {"comment",     offsetof(fields_t, comment)    },
    {"url",         offsetof(fields_t, url)        },
    {"code",        offsetof(fields_t, code)       },
    {"time",        offsetof(fields_t, time)       },
    {"tries",       offsetof(fields_t, tries)      },
    {"number",      offsetof(fields_t, number)     },
    {"answer",      offsetof(fields_t, answer)     },
    {"actor",       offsetof(fields_t, actor)      },
    {"other",       offsetof(fields_t, other)      },
    {"disposition", offsetof(fields_t, disposition)},
    {"transcript",  offsetof(fields_t, transcript) },
    {"place",       offsetof(fields_t, place)      },
};

typedef enum { PIECE_END, PIECE_TEXT, PIECE_NAME, PIECE_BAD } piece_kind_t;

typedef struct {
    piece_kind_t kind;
    const char *text;
    size_t size;
} piece_t;

/* The next piece of [*at_p, end): some text, or one placeholder without its braces. */
static piece_t s_piece(const char **at_p, const char *end)
{
    const char *at = *at_p;
    if (at == end) {
        return (piece_t){.kind = PIECE_END};
    }
    if (*at == '{' || *at == '}') {
        if (at + 1 < end && at[1] == at[0]) { /* doubled: the brace itself */
            *at_p = at + 2;
            return (piece_t){PIECE_TEXT, at, 1};
        }
        const char *close = *at == '{' ? memchr(at, '}', (size_t)(end - at)) : NULL;
        *at_p = close ? close + 1 : end;
        return close ? (piece_t){PIECE_NAME, at + 1, (size_t)(close - at - 1)}
                     : (piece_t){PIECE_BAD, at, 1};
    }
    const char *stop = at;
    while (stop < end && *stop != '{' && *stop != '}') {
        stop++;
    }
    *at_p = stop;
    return (piece_t){PIECE_TEXT, at, (size_t)(stop - at)};
}

static bool s_is(const piece_t *piece, const char *name)
{
    return strlen(name) == piece->size && memcmp(name, piece->text, piece->size) == 0;
}

/* The allowed name that a placeholder means, or NULL. */
static const char *s_meant(const piece_t *piece, const char *const *allowed)
{
    for (size_t i = 0; allowed[i]; i++) {
        const bool by_number = i < 10 && piece->size == 1 && (size_t)(piece->text[0] - '0') == i;
        if (by_number || s_is(piece, allowed[i])) {
            return allowed[i];
        }
    }
    return NULL;
}

int template_check(const char *text, const char *const *allowed, sb_err_t *err)
{
    assert(text);
    assert(allowed);
    assert(err);
    const size_t size = strlen(text);
    if (size > TEMPLATE_SIZE_MAX) {
        return sb_fail(err, SB_ETOOLARGE, "a text of %zu bytes; at most %d", size,
                       TEMPLATE_SIZE_MAX);
    }
    const char *at = text;
    for (;;) {
        const piece_t piece = s_piece(&at, text + size);
        if (piece.kind == PIECE_END) {
            return SB_OK;
        }
        if (piece.kind == PIECE_BAD) {
            return sb_fail(err, SB_EINVALID, "a %c that stands alone; write %c%c for the brace",
                           *piece.text, *piece.text, *piece.text);
        }
        if (piece.kind == PIECE_NAME && !s_meant(&piece, allowed)) {
            sb_buf_t names = sb_buf(SB_ERR_TEXT_MAX);
            for (size_t i = 0; allowed[i]; i++) {
                sb_buf_printf(&names, " {%s}", allowed[i]);
            }
            const int code = sb_fail(err, SB_EINVALID, "unknown placeholder {%.*s}; known here:%s",
                                     piece.size < 40 ? (int)piece.size : 40, piece.text,
                                     allowed[0] ? sb_buf_text(&names) : " none");
            sb_buf_free(&names);
            return code;
        }
    }
}

static const char *s_value(const char *name, const fields_t *fields)
{
    for (size_t i = 0; i < sizeof s_fields / sizeof s_fields[0]; i++) {
        if (strcmp(s_fields[i].name, name) == 0) {
            const char *value;
            memcpy(&value, (const char *)fields + s_fields[i].offset, sizeof value);
            return value ? value : "";
        }
    }
    assert(false && "a placeholder that fields_t does not have");
    return "";
}

/* Appends one line; false if it has placeholders and all are empty. */
static bool s_line(sb_buf_t *out, const char *line, const char *end, const char *const *allowed,
                   const fields_t *fields)
{
    const size_t before = out->len;
    size_t names = 0;
    size_t filled = 0;
    const char *at = line;
    for (piece_t piece = s_piece(&at, end); piece.kind != PIECE_END; piece = s_piece(&at, end)) {
        if (piece.kind == PIECE_NAME) {
            const char *meant = s_meant(&piece, allowed);
            const char *value = meant ? s_value(meant, fields) : "";
            names++;
            filled += value[0] ? 1 : 0;
            sb_buf_puts(out, value);
        } else {
            sb_buf_add(out, piece.text, piece.size);
        }
    }
    if (names > 0 && filled == 0) {
        out->len = before;
        return false;
    }
    return true;
}

static bool s_ends_blank(const sb_buf_t *out)
{
    return out->len == 0 || (out->len >= 2 && memcmp(out->text + out->len - 2, "\n\n", 2) == 0);
}

char *template_render(const char *text, const char *const *allowed, const fields_t *fields)
{
    assert(text);
    assert(allowed);
    assert(fields);
    sb_buf_t out = sb_buf(OUT_SIZE_MAX);
    bool dropped = false; /* the line before was left out */
    while (*text) {
        const char *end = strchrnul(text, '\n');
        if (end == text && dropped && s_ends_blank(&out)) {
            dropped = false; /* one blank line is enough around what was left out */
        } else {
            dropped = !s_line(&out, text, end, allowed, fields);
            sb_buf_puts(&out, dropped ? "" : "\n");
        }
        text = *end ? end + 1 : end;
    }
    while (out.len > 0 && strchr(" \t\n", out.text[out.len - 1])) {
        out.text[--out.len] = '\0';
    }
    char *shown = text_cut(sb_buf_text(&out), out.len, SB_TEXT_MAX);
    sb_buf_free(&out);
    return shown;
}
