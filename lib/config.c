/* config.c. Three layers fill the same slots in turn: the row's default, the file, the environment;
 * each is read by the same parser, so that a value means the same wherever it stands. */
#include "lib/config.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/config_value.h"
#include "lib/log.h"
#include "lib/mem.h"
#include "lib/utf8.h"

#define KEY_SIZE_MAX 128 /* of a dotted key, with the NUL */
#define SECRET_FILE_SIZE_MAX (64 * 1024)
#define SHOWN_MAX 100 /* bytes of a file name in an error text */

#define ENV_PREFIX "SECURITYBOT_"
#define ENV_NAME_SIZE_MAX (sizeof ENV_PREFIX + KEY_SIZE_MAX + sizeof "_FILE")

typedef struct {
    const sb_key_t *keys;
    size_t keys_len;
    const char *name; /* of the file */
    char *const *env;
    void *out;
    bool *given; /* by the file or the environment, for each row */
    sb_err_t *err;
} load_t;

static void *s_slot(void *out, const sb_key_t *key)
{
    return (char *)out + key->offset;
}

/* The end of a long file name says more than its start. */
static const char *s_shown(const char *name)
{
    const size_t len = strlen(name);
    return len > SHOWN_MAX ? name + len - SHOWN_MAX : name;
}

/* ---- The file. */

static int s_read_list(const sb_key_t *key, const sb_yaml_t *node, void *slot, sb_err_t *err)
{
    size_t room = 0;
    for (const sb_yaml_t *it = node->child; it; it = it->next) {
        if (it->kind != SB_YAML_SCALAR || it->null) {
            return sb_fail(err, SB_EINVALID, "expected nothing but texts in the list");
        }
        room++;
    }
    const char **items = sb_alloc_array(room, sizeof *items);
    size_t n = 0;
    for (const sb_yaml_t *it = node->child; it; it = it->next) {
        items[n++] = it->text;
    }
    const int code = sb_value_set_list(key, items, n, slot, err);
    free(items);
    return code;
}

static int s_read_value(const sb_key_t *key, const sb_yaml_t *node, void *slot, sb_err_t *err)
{
    if (node->kind == SB_YAML_SEQUENCE && key->type == SB_LIST) {
        return s_read_list(key, node, slot, err);
    }
    if (node->kind == SB_YAML_SCALAR && key->type != SB_LIST) {
        return sb_value_parse(key, node->text, slot, err);
    }
    sb_buf_t want = sb_buf(SB_ERR_TEXT_MAX);
    sb_value_describe(key, &want);
    const int code = sb_fail(err, SB_EINVALID, "expected %s", sb_buf_text(&want));
    sb_buf_free(&want);
    return code;
}

static const sb_key_t *s_find(const load_t *self, const char *path)
{
    for (size_t i = 0; i < self->keys_len; i++) {
        if (strcmp(self->keys[i].key, path) == 0) {
            return &self->keys[i];
        }
    }
    return NULL;
}

/* True if rows stand below path, which is of len bytes. */
static bool s_is_group(const load_t *self, const char *path, size_t len)
{
    for (size_t i = 0; i < self->keys_len; i++) {
        if (strncmp(self->keys[i].key, path, len) == 0 && self->keys[i].key[len] == '.') {
            return true;
        }
    }
    return false;
}

static int s_no_such_key(const load_t *self, const sb_yaml_t *node, const char *path)
{
    const char *dot = strrchr(path, '.');
    if (!dot) {
        return sb_fail(self->err, SB_EINVALID, "%s:%zu: %s: no such key; --help-config lists all",
                       s_shown(self->name), node->line, path);
    }
    const size_t group_len = (size_t)(dot - path);
    sb_buf_t known = sb_buf(SB_ERR_TEXT_MAX);
    for (size_t i = 0; i < self->keys_len; i++) {
        const char *key = self->keys[i].key;
        if (strncmp(key, path, group_len) == 0 && key[group_len] == '.') {
            sb_buf_printf(&known, "%s%s", known.len ? ", " : "", key);
        }
    }
    const int code = sb_fail(self->err, SB_EINVALID, "%s:%zu: %s: no such key; known here: %s",
                             s_shown(self->name), node->line, path, sb_buf_text(&known));
    sb_buf_free(&known);
    return code;
}

/* path: of the mapping, "" for the root. The tree's depth bounds the recursion. */
static int s_read_mapping(load_t *self, const sb_yaml_t *mapping, const char *path)
{
    for (const sb_yaml_t *node = mapping->child; node; node = node->next) {
        char *below = sb_format("%s%s%.*s", path, path[0] ? "." : "",
                                (int)sb_utf8_cut(node->key, KEY_SIZE_MAX), node->key);
        const sb_key_t *key = strchr(node->key, '.') ? NULL : s_find(self, below);
        int code = SB_OK;
        if (key && !node->null) {
            self->given[key - self->keys] = true;
            code = s_read_value(key, node, s_slot(self->out, key), self->err);
            code = code ? sb_fail_in(self->err, "%s:%zu: %s", s_shown(self->name), node->line,
                                     key->key)
                        : SB_OK;
        } else if (!key && !s_is_group(self, below, strlen(below))) {
            code = s_no_such_key(self, node, below);
        } else if (!key && node->kind == SB_YAML_MAPPING) {
            code = s_read_mapping(self, node, below);
        } else if (!key && !node->null) {
            code = sb_fail(self->err, SB_EINVALID, "%s:%zu: %s: expected keys below it",
                           s_shown(self->name), node->line, below);
        }
        free(below);
        if (code) {
            return code;
        }
    }
    return SB_OK;
}

/* ---- The environment. */

static const char *s_env_get(const load_t *self, const char *name)
{
    const size_t len = strlen(name);
    for (char *const *it = self->env; it && *it; it++) {
        if (strncmp(*it, name, len) == 0 && (*it)[len] == '=') {
            return *it + len + 1;
        }
    }
    return NULL;
}

/* SECURITYBOT_LOG_LEVEL of log.level. */
static void s_env_name(const sb_key_t *key, char *out, size_t size)
{
    const int len = snprintf(out, size, "%s%s", ENV_PREFIX, key->key);
    assert(len > 0 && (size_t)len < size);
    for (char *c = out; *c; c++) {
        *c = *c == '.' || *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    }
}

/* A secret's value is what a file holds, less one newline at its end. */
static int s_read_secret(const sb_key_t *key, const char *path, void *slot, sb_err_t *err)
{
    FILE *file = fopen(path, "rbe");
    if (!file) {
        return sb_fail(err, SB_EINVALID, "%s: %s", s_shown(path), strerror(errno));
    }
    char *text = sb_alloc(SECRET_FILE_SIZE_MAX + 2); /* one more than allowed, and the NUL */
    size_t size = fread(text, 1, SECRET_FILE_SIZE_MAX + 1, file);
    int code;
    if (ferror(file)) {
        code = sb_fail(err, SB_EINVALID, "%s: %s", s_shown(path), strerror(errno));
    } else if (size > SECRET_FILE_SIZE_MAX) {
        code = sb_fail(err, SB_ETOOLARGE, "%s: larger than %d bytes", s_shown(path),
                       SECRET_FILE_SIZE_MAX);
    } else if (memchr(text, '\0', size)) {
        code = sb_fail(err, SB_EINVALID, "%s: a NUL character is not allowed", s_shown(path));
    } else {
        if (size > 0 && text[size - 1] == '\n') {
            text[--size] = '\0';
        }
        code = sb_value_parse(key, text, slot, err);
        code = code ? sb_fail_in(err, "%s", s_shown(path)) : SB_OK;
    }
    (void)fclose(file);
    sb_wipe(text, SECRET_FILE_SIZE_MAX + 2);
    free(text);
    return code;
}

static int s_read_env(load_t *self, const sb_key_t *key)
{
    char name[ENV_NAME_SIZE_MAX];
    s_env_name(key, name, sizeof name);
    void *slot = s_slot(self->out, key);
    const char *text = s_env_get(self, name);
    if (text) {
        self->given[key - self->keys] = true;
        const int code = sb_value_parse(key, text, slot, self->err);
        if (code) {
            return sb_fail_in(self->err, "%s", name);
        }
    }
    if (!(key->flags & SB_CONFIG_SECRET)) {
        return SB_OK;
    }
    const size_t len = strlen(name);
    (void)snprintf(name + len, sizeof name - len, "_FILE");
    const char *path = s_env_get(self, name);
    if (!path) {
        return SB_OK;
    }
    if (text) {
        return sb_fail(self->err, SB_EINVALID, "%s: %.*s is set too, give one of the two", name,
                       (int)len, name);
    }
    self->given[key - self->keys] = true;
    const int code = s_read_secret(key, path, slot, self->err);
    return code ? sb_fail_in(self->err, "%s", name) : SB_OK;
}

/* ---- All together. */

/* A default that its own row refuses is our bug. */
static void s_init(const sb_key_t *key, void *slot)
{
    assert(strlen(key->key) < KEY_SIZE_MAX);
    sb_value_init(key, slot);
    if (key->fallback) {
        sb_err_t err = {0};
        const int code = sb_value_parse(key, key->fallback, slot, &err);
        if (code) {
            (void)fprintf(stderr, "%s: the default is wrong: %s\n", key->key, err.text);
        }
        assert(code == SB_OK);
    }
}

static int s_load(load_t *self, const sb_yaml_t *root)
{
    if (root && root->kind != SB_YAML_MAPPING) {
        return sb_fail(self->err, SB_EINVALID, "%s:%zu: expected keys and values",
                       s_shown(self->name), root->line);
    }
    int code = root ? s_read_mapping(self, root, "") : SB_OK;
    for (size_t i = 0; i < self->keys_len && code == SB_OK; i++) {
        code = s_read_env(self, &self->keys[i]);
    }
    for (size_t i = 0; i < self->keys_len && code == SB_OK; i++) {
        if (self->keys[i].flags & SB_CONFIG_REQUIRED && !self->given[i]) {
            char name[ENV_NAME_SIZE_MAX];
            s_env_name(&self->keys[i], name, sizeof name);
            code = sb_fail(self->err, SB_EINVALID, "%s: is required: set it in %s or as %s",
                           self->keys[i].key, self->name ? s_shown(self->name) : "the file", name);
        }
    }
    return code;
}

int sb_config_apply(const sb_key_t *keys, size_t keys_len, const char *name, const sb_yaml_t *root,
                    char *const *env, void *out, sb_err_t *err)
{
    assert(keys || keys_len == 0);
    assert(name || !root);
    assert(out);
    assert(err);
    for (size_t i = 0; i < keys_len; i++) {
        s_init(&keys[i], s_slot(out, &keys[i]));
    }
    load_t load = {.keys = keys,
                   .keys_len = keys_len,
                   .name = name,
                   .env = env,
                   .out = out,
                   .given = sb_alloc_array(keys_len, sizeof(bool)),
                   .err = err};
    const int code = s_load(&load, root);
    free(load.given);
    if (code) {
        sb_config_free(keys, keys_len, out);
    }
    return code;
}

int sb_config_load(const sb_key_t *keys, size_t keys_len, const char *file, void *out,
                   sb_err_t *err)
{
    sb_yaml_t *root = NULL;
    if (file) {
        root = sb_yaml_load(file, err);
        if (!root) {
            return err->code;
        }
    }
    const int code = sb_config_apply(keys, keys_len, file, root, environ, out, err);
    sb_yaml_destroy(&root);
    return code;
}

/* The node of a dotted key, or NULL. */
static const sb_yaml_t *s_node(const sb_yaml_t *node, const char *key)
{
    while (node && node->kind == SB_YAML_MAPPING) {
        const size_t len = strcspn(key, ".");
        char *name = sb_strndup(key, len);
        node = sb_yaml_get(node, name);
        free(name);
        if (key[len] == '\0') {
            return node && !node->null ? node : NULL;
        }
        key += len + 1;
    }
    return NULL;
}

char *sb_config_where(const sb_key_t *key, const char *file)
{
    assert(key);
    char name[ENV_NAME_SIZE_MAX];
    s_env_name(key, name, sizeof name);
    if (getenv(name)) {
        return sb_strdup(name);
    }
    sb_err_t err;
    sb_yaml_t *root = file ? sb_yaml_load(file, &err) : NULL;
    const sb_yaml_t *node = s_node(root, key->key);
    char *where = node ? sb_format("%s:%zu", s_shown(file), node->line) : NULL;
    sb_yaml_destroy(&root);
    return where;
}

int sb_config_reload(const sb_key_t *keys, size_t keys_len, const char *file, void *out,
                     size_t *changed_r, sb_err_t *err)
{
    assert(changed_r);
    size_t size = 0;
    for (size_t i = 0; i < keys_len; i++) {
        const size_t end = keys[i].offset + sb_value_size(&keys[i]);
        size = end > size ? end : size;
    }
    void *fresh = sb_alloc(size);
    const int code = sb_config_load(keys, keys_len, file, fresh, err);
    *changed_r = 0;
    if (code == SB_OK) {
        for (size_t i = 0; i < keys_len; i++) {
            void *now = s_slot(out, &keys[i]);
            void *next = s_slot(fresh, &keys[i]);
            if (sb_value_equal(&keys[i], now, next)) {
                continue;
            }
            if (keys[i].flags & SB_CONFIG_RELOAD) {
                sb_value_swap(&keys[i], now, next);
                ++*changed_r;
            } else {
                sb_warn("a changed key needs a restart", "key", keys[i].key, NULL);
            }
        }
        sb_config_free(keys, keys_len, fresh);
    }
    free(fresh);
    return code;
}

void sb_config_free(const sb_key_t *keys, size_t keys_len, void *values)
{
    assert(values);
    for (size_t i = 0; i < keys_len; i++) {
        sb_value_clear(&keys[i], s_slot(values, &keys[i]));
    }
}
