/* config_fuzz.c: a configuration file, and behind the first NUL a value for one variable of the
 * environment. What is accepted is dumped so that it loads the same again. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config.h"

typedef struct {
    char *name;
    char *path;
    int64_t port;
    bool open;
    int64_t wait_ms;
    int level;
    char **tags;
    char *token;
} conf_t;

/* clang-format off */
static const sb_key_t s_keys[] = {
    {"name", SB_STRING, offsetof(conf_t, name), "bot", 1, 8, NULL, 0, "text"},
    {"log.level", SB_CHOICE, offsetof(conf_t, level), "info", 0, 0, "debug|info|warn", 0, "choice"},
    {"log.tags", SB_LIST, offsetof(conf_t, tags), "a, b", 0, 8, NULL, 0, "list"},
    {"web.port", SB_INTEGER, offsetof(conf_t, port), "80", 1, 65535, NULL, 0, "number"},
    {"web.path", SB_PATH, offsetof(conf_t, path), NULL, 0, 0, NULL, 0, "path"},
    {"web.open", SB_BOOLEAN, offsetof(conf_t, open), "false", 0, 0, NULL, 0, "flag"},
    {"web.token", SB_STRING, offsetof(conf_t, token), NULL, 0, 32, NULL, SB_CONFIG_SECRET, "word"},
    {"wait", SB_DURATION, offsetof(conf_t, wait_ms), "2h", 0, 0, NULL, 0, "time"},
};
/* clang-format on */
#define KEYS_LEN (sizeof s_keys / sizeof s_keys[0])

static const char *const s_names[] = {"NAME",     "LOG_LEVEL", "LOG_TAGS", "WEB_PORT",
                                      "WEB_PATH", "WEB_OPEN",  "WAIT"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *s_dump(const conf_t *conf)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out);
    sb_config_dump(s_keys, KEYS_LEN, conf, out);
    (void)fclose(out);
    return text;
}

/* SECURITYBOT_NAME=VALUE from the bytes behind the NUL; the first of them chooses the name. */
static char *s_variable(const uint8_t *data, size_t size)
{
    char *text = NULL;
    const char *name = s_names[size ? data[0] % (sizeof s_names / sizeof s_names[0]) : 0];
    const int len = size ? (int)(size - 1) : 0;
    const int got =
        asprintf(&text, "SECURITYBOT_%s=%.*s", name, len, (const char *)data + (size > 0));
    assert(got > 0);
    return text;
}

static void s_load_again(const char *dump)
{
    sb_err_t err = {0};
    conf_t conf;
    sb_yaml_t *root = sb_yaml_parse("dump", dump, strlen(dump), &err);
    assert(root);
    const int code = sb_config_apply(s_keys, KEYS_LEN, "dump", root, NULL, &conf, &err);
    assert(code == SB_OK);
    char *again = s_dump(&conf);
    assert(strcmp(dump, again) == 0);
    free(again);
    sb_config_free(s_keys, KEYS_LEN, &conf);
    sb_yaml_destroy(&root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
    const size_t yaml_size = nul ? (size_t)(nul - data) : size;
    sb_err_t err = {0};
    sb_yaml_t *root = sb_yaml_parse("fuzz", data, yaml_size, &err);
    if (!root) {
        assert(err.code < 0 && err.text[0]);
        return 0;
    }
    char *env[2] = {nul ? s_variable(nul + 1, size - yaml_size - 1) : NULL, NULL};
    conf_t conf;
    if (sb_config_apply(s_keys, KEYS_LEN, "fuzz", root, env, &conf, &err) == SB_OK) {
        char *dump = s_dump(&conf);
        s_load_again(dump);
        free(dump);
        sb_config_free(s_keys, KEYS_LEN, &conf);
    } else {
        assert(err.code < 0 && err.text[0]);
    }
    free(env[0]);
    sb_yaml_destroy(&root);
    return 0;
}
