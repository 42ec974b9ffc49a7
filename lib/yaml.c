/* yaml.c. libyaml's events become a tree; the depth limit bounds the recursion. */
#include "lib/yaml.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lib/mem.h"
#include "lib/utf8.h"

#define SHOWN_MAX 100 /* bytes of a file name or a key in an error text */

typedef struct {
    const char *name;
    const char *data;
    yaml_parser_t parser;
    yaml_event_t event; /* the one being looked at */
    sb_err_t *err;
} reader_t;

static int s_value(reader_t *self, size_t depth, sb_yaml_t **node_r);

/* The end of a long file name says more than its start. */
static const char *s_shown(const char *name)
{
    const size_t len = strlen(name);
    return len > SHOWN_MAX ? name + len - SHOWN_MAX : name;
}

static int s_bad(const reader_t *self, size_t line, const char *what)
{
    return sb_fail(self->err, SB_EINVALID, "%s:%zu: %s", s_shown(self->name), line, what);
}

static size_t s_line(const reader_t *self)
{
    return self->event.start_mark.line + 1;
}

static size_t s_line_at(const char *data, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset; i++) {
        line += data[i] == '\n';
    }
    return line;
}

/* The next event; libyaml's own words say what is wrong with the syntax. */
static int s_next(reader_t *self)
{
    yaml_event_delete(&self->event);
    if (yaml_parser_parse(&self->parser, &self->event)) {
        return SB_OK;
    }
    const yaml_parser_t *parser = &self->parser;
    const char *problem = parser->problem ? parser->problem : "can't be read as YAML";
    if (parser->error == YAML_READER_ERROR) { /* has an offset and no line */
        return s_bad(self, s_line_at(self->data, parser->problem_offset), problem);
    }
    const size_t line = parser->problem_mark.line + 1;
    if (parser->context) {
        return sb_fail(self->err, SB_EINVALID, "%s:%zu: %s (%s)", s_shown(self->name), line,
                       problem, parser->context);
    }
    return s_bad(self, line, problem);
}

static sb_yaml_t *s_node(const reader_t *self, sb_yaml_kind_t kind)
{
    sb_yaml_t *node = sb_alloc(sizeof *node);
    node->kind = kind;
    node->line = s_line(self);
    return node;
}

void sb_yaml_destroy(sb_yaml_t **self_p)
{
    assert(self_p);
    sb_yaml_t *node = *self_p;
    *self_p = NULL;
    while (node) {
        sb_yaml_t *next = node->next;
        sb_yaml_destroy(&node->child);
        free(node->text);
        free(node->key);
        free(node);
        node = next;
    }
}

/* What anchors and tags would say is lost on a tree like ours. */
static int s_check_plain(const reader_t *self, const void *anchor, const void *tag)
{
    if (anchor) {
        return s_bad(self, s_line(self), "anchors are not allowed");
    }
    if (tag) {
        return s_bad(self, s_line(self), "tags are not allowed");
    }
    return SB_OK;
}

/* The text of the scalar that is being looked at. */
static int s_text(const reader_t *self, char **text_r)
{
    const char *value = (const char *)self->event.data.scalar.value;
    const size_t len = self->event.data.scalar.length;
    const int code =
        s_check_plain(self, self->event.data.scalar.anchor, self->event.data.scalar.tag);
    if (code) {
        return code;
    }
    if (memchr(value, '\0', len)) {
        return s_bad(self, s_line(self), "a NUL character is not allowed");
    }
    *text_r = sb_strndup(value, len);
    return SB_OK;
}

static int s_scalar(reader_t *self, sb_yaml_t **node_r)
{
    char *text = NULL;
    const int code = s_text(self, &text);
    if (code) {
        return code;
    }
    sb_yaml_t *node = s_node(self, SB_YAML_SCALAR);
    node->text = text;
    node->quoted = self->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!node->quoted && (!text[0] || strcmp(text, "~") == 0 || strcmp(text, "null") == 0)) {
        node->null = true;
        text[0] = '\0';
    }
    *node_r = node;
    return SB_OK;
}

static int s_sequence(reader_t *self, size_t depth, sb_yaml_t **node_r)
{
    *node_r = s_node(self, SB_YAML_SEQUENCE);
    sb_yaml_t **tail = &(*node_r)->child;
    for (;;) {
        int code = s_next(self);
        if (code || self->event.type == YAML_SEQUENCE_END_EVENT) {
            return code;
        }
        code = s_value(self, depth, tail);
        if (code) {
            return code;
        }
        tail = &(*tail)->next;
    }
}

/* By key, then by line. */
static int s_compare(const void *a_p, const void *b_p)
{
    const sb_yaml_t *a = *(sb_yaml_t *const *)a_p;
    const sb_yaml_t *b = *(sb_yaml_t *const *)b_p;
    const int order = strcmp(a->key, b->key);
    return order != 0 ? order : a->line < b->line ? -1 : a->line > b->line;
}

static int s_check_keys(const reader_t *self, const sb_yaml_t *mapping, size_t len)
{
    const sb_yaml_t **nodes = sb_alloc_array(len, sizeof(sb_yaml_t *));
    size_t n = 0;
    for (const sb_yaml_t *it = mapping->child; it; it = it->next) {
        nodes[n++] = it;
    }
    assert(n == len);
    qsort(nodes, len, sizeof(sb_yaml_t *), s_compare);
    int code = SB_OK;
    for (size_t i = 1; i < len && code == SB_OK; i++) {
        if (strcmp(nodes[i]->key, nodes[i - 1]->key) == 0) {
            code = sb_fail(self->err, SB_EINVALID,
                           "%s:%zu: the key %.*s stands in line %zu already", s_shown(self->name),
                           nodes[i]->line, (int)sb_utf8_cut(nodes[i]->key, SHOWN_MAX),
                           nodes[i]->key, nodes[i - 1]->line);
        }
    }
    free(nodes);
    return code;
}

/* A key and its value. */
static int s_member(reader_t *self, size_t depth, sb_yaml_t **node_r)
{
    if (self->event.type != YAML_SCALAR_EVENT) {
        return s_bad(self, s_line(self), "a key must be a text");
    }
    const size_t line = s_line(self);
    char *key = NULL;
    int code = s_text(self, &key);
    if (code == SB_OK) {
        code = s_next(self);
    }
    if (code == SB_OK) {
        code = s_value(self, depth, node_r);
    }
    if (code) {
        free(key);
        return code;
    }
    (*node_r)->key = key;
    (*node_r)->line = line;
    return SB_OK;
}

static int s_mapping(reader_t *self, size_t depth, sb_yaml_t **node_r)
{
    *node_r = s_node(self, SB_YAML_MAPPING);
    sb_yaml_t **tail = &(*node_r)->child;
    size_t len = 0;
    for (;;) {
        int code = s_next(self);
        if (code) {
            return code;
        }
        if (self->event.type == YAML_MAPPING_END_EVENT) {
            return s_check_keys(self, *node_r, len);
        }
        code = s_member(self, depth, tail);
        if (code) {
            return code;
        }
        tail = &(*tail)->next;
        len++;
    }
}

/* The value that begins with the event being looked at. depth: how many are around it. What was
 * made hangs on *node_r also after an error, so that the root's owner frees it. */
static int s_value(reader_t *self, size_t depth, sb_yaml_t **node_r)
{
    const yaml_event_t *event = &self->event;
    if (event->type == YAML_SCALAR_EVENT) {
        return s_scalar(self, node_r);
    }
    if (event->type == YAML_ALIAS_EVENT) {
        return s_bad(self, s_line(self), "aliases are not allowed");
    }
    const bool mapping = event->type == YAML_MAPPING_START_EVENT;
    assert(mapping || event->type == YAML_SEQUENCE_START_EVENT);
    const int code = mapping ? s_check_plain(self, event->data.mapping_start.anchor,
                                             event->data.mapping_start.tag)
                             : s_check_plain(self, event->data.sequence_start.anchor,
                                             event->data.sequence_start.tag);
    if (code) {
        return code;
    }
    if (depth == SB_YAML_DEPTH_MAX) {
        return sb_fail(self->err, SB_ETOOLARGE, "%s:%zu: nested deeper than %d",
                       s_shown(self->name), s_line(self), SB_YAML_DEPTH_MAX);
    }
    return mapping ? s_mapping(self, depth + 1, node_r) : s_sequence(self, depth + 1, node_r);
}

static int s_document(reader_t *self, sb_yaml_t **root_r)
{
    int code = s_next(self); /* the stream starts */
    if (code == SB_OK) {
        code = s_next(self);
    }
    if (code == SB_OK && self->event.type == YAML_DOCUMENT_START_EVENT) {
        code = s_next(self);
        if (code == SB_OK) {
            code = s_value(self, 0, root_r);
        }
        if (code == SB_OK) {
            code = s_next(self); /* the document ends */
        }
        if (code == SB_OK) {
            code = s_next(self);
        }
        if (code == SB_OK && self->event.type != YAML_STREAM_END_EVENT) {
            code = s_bad(self, s_line(self), "a second document is not allowed");
        }
    }
    if (code == SB_OK && (!*root_r || (*root_r)->null)) { /* nothing but comments */
        sb_yaml_destroy(root_r);
        *root_r = s_node(self, SB_YAML_MAPPING);
    }
    return code;
}

sb_yaml_t *sb_yaml_parse(const char *name, const void *data, size_t size, sb_err_t *err)
{
    assert(name);
    assert(data || size == 0);
    assert(err);
    reader_t reader = {.name = name, .data = data, .err = err};
    size_t bad;
    if (size > SB_YAML_SIZE_MAX) {
        (void)sb_fail(err, SB_ETOOLARGE, "%s: larger than %d bytes", s_shown(name),
                      SB_YAML_SIZE_MAX);
        return NULL;
    }
    if (!sb_utf8_valid(data, size, &bad)) {
        (void)s_bad(&reader, s_line_at(data, bad), "not UTF-8");
        return NULL;
    }
    if (!yaml_parser_initialize(&reader.parser)) {
        (void)sb_fail(err, SB_EINTERNAL, "%s: libyaml has no memory", s_shown(name));
        return NULL;
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, size ? data : (const void *)"", size);
    sb_yaml_t *root = NULL;
    if (s_document(&reader, &root)) {
        sb_yaml_destroy(&root);
    }
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    return root;
}

sb_yaml_t *sb_yaml_load(const char *path, sb_err_t *err)
{
    assert(path);
    assert(err);
    FILE *file = fopen(path, "rbe");
    if (!file) {
        (void)sb_fail(err, errno == ENOENT ? SB_ENOTFOUND : SB_EINVALID, "%s: %s", s_shown(path),
                      strerror(errno));
        return NULL;
    }
    char *data = sb_alloc(SB_YAML_SIZE_MAX + 1); /* one more tells that it is too large */
    const size_t size = fread(data, 1, SB_YAML_SIZE_MAX + 1, file);
    sb_yaml_t *root = NULL;
    if (ferror(file)) {
        (void)sb_fail(err, SB_EINVALID, "%s: %s", s_shown(path), strerror(errno));
    } else {
        root = sb_yaml_parse(path, data, size, err);
    }
    (void)fclose(file);
    free(data);
    return root;
}

const sb_yaml_t *sb_yaml_get(const sb_yaml_t *mapping, const char *key)
{
    assert(mapping);
    assert(mapping->kind == SB_YAML_MAPPING);
    assert(key);
    for (const sb_yaml_t *it = mapping->child; it; it = it->next) {
        if (strcmp(it->key, key) == 0) {
            return it;
        }
    }
    return NULL;
}
