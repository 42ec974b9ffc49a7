/* web_head.c */
#include "tests/support/fake/web_head.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/mem.h"

#define CHUNK_LINE_MAX 256 /* a chunk's size and extensions, or a trailer */

/* Cuts the line at *at_p off, which becomes the next. NULL: it has no end. */
static char *s_line(char **at_p)
{
    char *line = *at_p;
    char *end = strchr(line, '\n');
    if (!end) {
        return NULL;
    }
    *at_p = end + 1;
    if (end > line && end[-1] == '\r') {
        end--;
    }
    *end = '\0';
    return line;
}

static bool s_word(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (!isgraph((unsigned char)*at)) {
            return false;
        }
    }
    return *text != '\0';
}

/* GET /path?query HTTP/1.1 */
static int s_first_line(web_head_t *self, char *line)
{
    char *target = line ? strchr(line, ' ') : NULL;
    char *version = target ? strrchr(line, ' ') : NULL;
    if (!version || version == target) {
        return 400;
    }
    *target++ = '\0';
    *version++ = '\0';
    if (!s_word(line) || !s_word(target) || *target != '/') {
        return 400;
    }
    if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0) {
        return 505;
    }
    self->last = strcmp(version, "HTTP/1.0") == 0;
    char *query = strchr(target, '?');
    self->request.query = query ? query + 1 : "";
    if (query) {
        *query = '\0';
    }
    self->request.method = line;
    self->request.path = target;
    return 0;
}

static int s_field(web_head_t *self, char *line)
{
    char *colon = strchr(line, ':');
    if (!colon || colon == line) {
        return 400;
    }
    if (self->fields_n == WEB_HEADERS_MAX) {
        return 431;
    }
    *colon = '\0';
    for (char *at = line; *at; at++) {
        if (!isgraph((unsigned char)*at)) {
            return 400;
        }
        *at = (char)tolower((unsigned char)*at);
    }
    char *value = colon + 1 + strspn(colon + 1, " \t");
    size_t len = strlen(value);
    while (len > 0 && strchr(" \t", value[len - 1])) {
        len--;
    }
    value[len] = '\0';
    self->fields[self->fields_n++] = (web_field_t){line, value};
    return 0;
}

/* What the headers say of the body and of the connection. */
static int s_framing(web_head_t *self)
{
    const char *coding = web_head_field(self, "transfer-encoding");
    const char *length = web_head_field(self, "content-length");
    const char *connection = web_head_field(self, "connection");
    const char *expect = web_head_field(self, "expect");
    self->last = self->last || (connection && strcasecmp(connection, "close") == 0);
    self->expects = expect && strcasecmp(expect, "100-continue") == 0;
    self->chunked = coding != NULL;
    if (coding && (length || strcasecmp(coding, "chunked") != 0)) {
        return 400;
    }
    if (!length) {
        return 0;
    }
    if (!*length || strspn(length, "0123456789") != strlen(length)) {
        return 400;
    }
    if (strlen(length) > 9 || strtoul(length, NULL, 10) > WEB_BODY_MAX) {
        return 413;
    }
    self->length = strtoul(length, NULL, 10);
    return 0;
}

int web_head_read(web_head_t *self, const char *text, size_t size)
{
    *self = (web_head_t){.text = sb_strndup(text, size)};
    if (memchr(text, '\0', size)) {
        return 400;
    }
    char *at = self->text;
    int status = s_first_line(self, s_line(&at));
    char *line = NULL;
    while (status == 0 && (line = s_line(&at)) && *line) {
        status = s_field(self, line);
    }
    return status ? status : s_framing(self);
}

void web_head_free(web_head_t *self)
{
    free(self->text);
    *self = (web_head_t){0};
}

const char *web_head_field(const web_head_t *self, const char *name)
{
    for (size_t i = 0; i < self->fields_n; i++) {
        if (strcmp(self->fields[i].name, name) == 0) {
            return self->fields[i].value;
        }
    }
    return NULL;
}

/* ---- Chunks. */

static int s_chunk_line(web_chunks_t *self, const char *line, size_t len)
{
    if (self->state == CHUNK_TRAILER) {
        self->state = len == 0 ? CHUNK_DONE : CHUNK_TRAILER;
        return 0;
    }
    if (self->state == CHUNK_END) {
        self->state = CHUNK_SIZE;
        return len == 0 ? 0 : -1;
    }
    size_t left = 0;
    size_t digits = 0;
    while (digits < len && isxdigit((unsigned char)line[digits])) {
        const char c = (char)tolower((unsigned char)line[digits]);
        left = left * 16 + (size_t)(c <= '9' ? c - '0' : c - 'a' + 10);
        if (++digits > 7) {
            return -1;
        }
    }
    if (digits == 0 || (digits < len && line[digits] != ';')) {
        return -1;
    }
    self->left = left;
    self->state = left > 0 ? CHUNK_DATA : CHUNK_TRAILER;
    return 0;
}

int64_t web_chunks_read(web_chunks_t *self, const char *text, size_t size, sb_buf_t *body)
{
    size_t used = 0;
    while (self->state != CHUNK_DONE && used < size) {
        const char *at = text + used;
        const size_t rest = size - used;
        if (self->state == CHUNK_DATA) {
            const size_t take = rest < self->left ? rest : self->left;
            sb_buf_add(body, at, take);
            used += take;
            self->left -= take;
            self->state = self->left > 0 ? CHUNK_DATA : CHUNK_END;
            continue;
        }
        const char *end = memchr(at, '\n', rest < CHUNK_LINE_MAX ? rest : CHUNK_LINE_MAX);
        if (!end) {
            return rest < CHUNK_LINE_MAX ? (int64_t)used : -1;
        }
        size_t len = (size_t)(end - at);
        used += len + 1;
        len -= len > 0 && at[len - 1] == '\r';
        if (s_chunk_line(self, at, len)) {
            return -1;
        }
    }
    return (int64_t)used;
}
