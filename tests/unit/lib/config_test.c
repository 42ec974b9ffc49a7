/* config_test.c: the layers, the errors with file and line, the mask, and reloading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config.h"
#include "tests/support/temp_file.h"

typedef struct {
    char *name;
    char *path;
    int64_t port;
    bool open;
    int64_t wait_ms;
    int level;
    char **tags;
    char *token;
    char **tokens;
    char *must;
} conf_t;

/* clang-format off */
static const sb_key_t s_keys[] = {
    {"log.level", SB_CHOICE, offsetof(conf_t, level), "info", 0, 0, "debug|info|warn|error",
     SB_CONFIG_RELOAD, "least level that is logged"},
    {"name", SB_STRING, offsetof(conf_t, name), "bot", 1, 8, NULL, 0, "what it is called"},
    {"web.listen.port", SB_INTEGER, offsetof(conf_t, port), "8080", 1, 65535, NULL, 0, "port"},
    {"web.path", SB_PATH, offsetof(conf_t, path), NULL, 0, 0, NULL, 0, "folder"},
    {"web.open", SB_BOOLEAN, offsetof(conf_t, open), "false", 0, 0, NULL, SB_CONFIG_RELOAD, "all"},
    {"wait", SB_DURATION, offsetof(conf_t, wait_ms), "2h", 1000, 86400000, NULL, SB_CONFIG_RELOAD,
     "how long"},
    {"log.tags", SB_LIST, offsetof(conf_t, tags), "a, b", 0, 3, NULL, SB_CONFIG_RELOAD, "tags"},
    {"web.token", SB_STRING, offsetof(conf_t, token), NULL, 0, 32, NULL,
     SB_CONFIG_SECRET | SB_CONFIG_RELOAD, "password"},
    {"tokens", SB_LIST, offsetof(conf_t, tokens), NULL, 0, 0, NULL, SB_CONFIG_SECRET, "passwords"},
};
/* clang-format on */
#define KEYS_LEN (sizeof s_keys / sizeof s_keys[0])

static int apply(const char *yaml, const char *const *env, conf_t *conf, sb_err_t *err)
{
    sb_yaml_t *root = NULL;
    if (yaml) {
        root = sb_yaml_parse("bot.yaml", yaml, strlen(yaml), err);
        assert_non_null(root);
    }
    const int code =
        sb_config_apply(s_keys, KEYS_LEN, "bot.yaml", root, (char *const *)env, conf, err);
    sb_yaml_destroy(&root);
    return code;
}

static void test_defaults(void **state)
{
    (void)state;
    conf_t conf;
    sb_err_t err = {0};
    memset(&conf, 0xa5, sizeof conf);
    assert_int_equal(apply(NULL, NULL, &conf, &err), SB_OK);
    assert_int_equal(conf.level, 1);
    assert_string_equal(conf.name, "bot");
    assert_int_equal(conf.port, 8080);
    assert_string_equal(conf.path, "");
    assert_false(conf.open);
    assert_int_equal(conf.wait_ms, 7200000);
    assert_string_equal(conf.tags[0], "a");
    assert_string_equal(conf.tags[1], "b");
    assert_null(conf.tags[2]);
    assert_null(conf.tokens[0]);
    sb_config_free(s_keys, KEYS_LEN, &conf);
    assert_null(conf.name);
    assert_null(conf.tags);
}

static void test_file_then_environment(void **state)
{
    (void)state;
    static const char yaml[] = "name: file\n"
                               "log:\n"
                               "  level: debug\n"
                               "  tags: [x, 'y, z']\n"
                               "web:\n"
                               "  listen: {port: 1}\n"
                               "  open: true\n"
                               "  token: \"s p\"\n"
                               "wait: ~\n"
                               "tokens: []\n";
    static const char *const env[] = {
        "SECURITYBOT_LOG_LEVEL=error",
        "SECURITYBOT_WEB_LISTEN_PORT=65535",
        "SECURITYBOT_TOKENS= one,two ",
        "SECURITYBOT_OTHER=x",
        "SECURITYBOT_NAMES=x",
        "PATH=/bin",
        NULL,
    };
    conf_t conf;
    sb_err_t err = {0};
    assert_int_equal(apply(yaml, NULL, &conf, &err), SB_OK);
    assert_string_equal(conf.name, "file");
    assert_int_equal(conf.level, 0);
    assert_string_equal(conf.tags[1], "y, z");
    assert_int_equal(conf.port, 1);
    assert_true(conf.open);
    assert_string_equal(conf.token, "s p");
    assert_int_equal(conf.wait_ms, 7200000);
    sb_config_free(s_keys, KEYS_LEN, &conf);
    assert_int_equal(apply(yaml, env, &conf, &err), SB_OK);
    assert_string_equal(conf.name, "file");
    assert_int_equal(conf.level, 3);
    assert_int_equal(conf.port, 65535);
    assert_string_equal(conf.tokens[0], "one");
    assert_string_equal(conf.tokens[1], "two");
    assert_null(conf.tokens[2]);
    sb_config_free(s_keys, KEYS_LEN, &conf);
}

/* clang-format off */
static const struct {
    const char *name;
    const char *yaml;
    const char *env;
    const char *want;
} s_wrong[] = {
    {"unknown in a group", "log:\n  levle: info\n", NULL,
     "bot.yaml:2: log.levle: no such key; known here: log.level, log.tags"},
    {"unknown at the top", "name: x\ncolour: red\n", NULL,
     "bot.yaml:2: colour: no such key; --help-config lists all"},
    {"unknown group", "colour:\n  sky: blue\n", NULL,
     "bot.yaml:1: colour: no such key; --help-config lists all"},
    {"dots in a key", "log.level: info\n", NULL,
     "bot.yaml:1: log.level: no such key; known here: log.level, log.tags"},
    {"start of a key", "web:\n  tok: x\n", NULL,
     "bot.yaml:2: web.tok: no such key; known here: web.listen.port, web.path, web.open, "
     "web.token"},
    {"group with a value", "log: info\n", NULL, "bot.yaml:1: log: expected keys below it"},
    {"group with a list", "log: [info]\n", NULL, "bot.yaml:1: log: expected keys below it"},
    {"no keys at all", "- a\n", NULL, "bot.yaml:1: expected keys and values"},
    {"choice", "\nlog:\n  level: loud\n", NULL,
     "bot.yaml:3: log.level: expected one of debug, info, warn, error, got \"loud\""},
    {"half a choice", "log:\n  level: inf\n", NULL,
     "bot.yaml:2: log.level: expected one of debug, info, warn, error, got \"inf\""},
    {"text too long", "name: 123456789\n", NULL,
     "bot.yaml:1: name: expected a text of 1 to 8 bytes, got \"123456789\""},
    {"text too short", "name: ''\n", NULL,
     "bot.yaml:1: name: expected a text of 1 to 8 bytes, got \"\""},
    {"text that is a mapping", "name: {a: b}\n", NULL,
     "bot.yaml:1: name: expected a text of 1 to 8 bytes"},
    {"number too great", "web: {listen: {port: 65536}}\n", NULL,
     "bot.yaml:1: web.listen.port: expected a whole number from 1 to 65535, got \"65536\""},
    {"number with more", "web: {listen: {port: 80x}}\n", NULL,
     "bot.yaml:1: web.listen.port: expected a whole number from 1 to 65535, got \"80x\""},
    {"number with space", "web: {listen: {port: ' 80'}}\n", NULL,
     "bot.yaml:1: web.listen.port: expected a whole number from 1 to 65535, got \" 80\""},
    {"huge number", "web: {listen: {port: 99999999999999999999}}\n", NULL,
     "bot.yaml:1: web.listen.port: expected a whole number from 1 to 65535, got "
     "\"99999999999999999999\""},
    {"boolean", "web:\n  open: yes\n", NULL,
     "bot.yaml:2: web.open: expected true or false, got \"yes\""},
    {"duration without unit", "wait: 60\n", NULL,
     "bot.yaml:1: wait: expected a duration from 1s to 1d, such as 90s or 1h30m, got \"60\""},
    {"duration too short", "wait: 999ms\n", NULL,
     "bot.yaml:1: wait: expected a duration from 1s to 1d, such as 90s or 1h30m, got \"999ms\""},
    {"list that is a text", "log:\n  tags: a\n", NULL,
     "bot.yaml:2: log.tags: expected a list of at most 3 texts"},
    {"list too long", "log:\n  tags: [a, b, c, d]\n", NULL,
     "bot.yaml:2: log.tags: expected a list of at most 3 texts"},
    {"list in a list", "log:\n  tags: [a, [b]]\n", NULL,
     "bot.yaml:2: log.tags: expected nothing but texts in the list"},
    {"nothing in a list", "log:\n  tags: [a, ~]\n", NULL,
     "bot.yaml:2: log.tags: expected nothing but texts in the list"},
    {"secrets are not shown", "web:\n  token: 12345678901234567890123456789012345\n", NULL,
     "bot.yaml:2: web.token: expected a text of 0 to 32 bytes"},
    {"environment", NULL, "SECURITYBOT_LOG_LEVEL=loud",
     "SECURITYBOT_LOG_LEVEL: expected one of debug, info, warn, error, got \"loud\""},
    {"empty environment", NULL, "SECURITYBOT_WAIT=",
     "SECURITYBOT_WAIT: expected a duration from 1s to 1d, such as 90s or 1h30m, got \"\""},
    {"environment that is no UTF-8", NULL, "SECURITYBOT_NAME=\xff",
     "SECURITYBOT_NAME: the value is not UTF-8"},
    {"hole in a list", NULL, "SECURITYBOT_LOG_TAGS=a,,b",
     "SECURITYBOT_LOG_TAGS: expected texts between all commas"},
    {"comma at the end", NULL, "SECURITYBOT_LOG_TAGS=a,",
     "SECURITYBOT_LOG_TAGS: expected texts between all commas"},
    {"secret file that is not there", NULL, "SECURITYBOT_WEB_TOKEN_FILE=/no/such",
     "SECURITYBOT_WEB_TOKEN_FILE: /no/such: No such file or directory"},
    {"secret file that is too large", NULL, "SECURITYBOT_WEB_TOKEN_FILE=/dev/zero",
     "SECURITYBOT_WEB_TOKEN_FILE: /dev/zero: larger than 65536 bytes"},
    {"secret file that is a folder", NULL, "SECURITYBOT_WEB_TOKEN_FILE=/",
     "SECURITYBOT_WEB_TOKEN_FILE: /: Is a directory"},
};
/* clang-format on */

static void test_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_wrong / sizeof s_wrong[0]; i++) {
        const char *env[] = {s_wrong[i].env, NULL};
        conf_t conf;
        sb_err_t err = {0};
        const int code = apply(s_wrong[i].yaml, env, &conf, &err);
        const char *got = code ? err.text : "accepted";
        if (strcmp(got, s_wrong[i].want) != 0) {
            fail_msg("%s: want \"%s\", got \"%s\"", s_wrong[i].name, s_wrong[i].want, got);
        }
        assert_null(conf.name); /* nothing is left to free */
    }
}

static void test_required(void **state)
{
    (void)state;
    static const sb_key_t keys[] = {
        {"db.must", SB_STRING, offsetof(conf_t, must), NULL, 1, 9, NULL, SB_CONFIG_REQUIRED,
         "must"}
    };
    conf_t conf;
    sb_err_t err = {0};
    assert_int_equal(sb_config_apply(keys, 1, NULL, NULL, NULL, &conf, &err), SB_EINVALID);
    assert_string_equal(err.text,
                        "db.must: is required: set it in the file or as SECURITYBOT_DB_MUST");
    char *env[] = {"SECURITYBOT_DB_MUST=x", NULL};
    assert_int_equal(sb_config_apply(keys, 1, NULL, NULL, env, &conf, &err), SB_OK);
    assert_string_equal(conf.must, "x");
    sb_config_free(keys, 1, &conf);
}

static void test_secret_files(void **state)
{
    (void)state;
    static const struct {
        const char *content;
        size_t size;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"abc",     3, "abc"  },
        {"abc\n",   4, "abc"  },
        {"abc\n\n", 5, "abc\n"},
        {"",        0, ""     },
        {"\n",      1, ""     },
        {"a\0b",    3, NULL   },
        {"\xff",    1, NULL   },
    };
    char variable[600];
    (void)snprintf(variable, sizeof variable, "SECURITYBOT_WEB_TOKEN_FILE=%s", temp_file_path());
    const char *env[] = {variable, NULL, NULL};
    sb_err_t err = {0};
    conf_t conf;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        temp_file_write(rows[i].content, rows[i].size);
        assert_int_equal(apply(NULL, env, &conf, &err), rows[i].want ? SB_OK : SB_EINVALID);
        if (rows[i].want) {
            assert_string_equal(conf.token, rows[i].want);
            sb_config_free(s_keys, KEYS_LEN, &conf);
        }
    }
    env[1] = "SECURITYBOT_WEB_TOKEN=abc";
    assert_int_equal(apply(NULL, env, &conf, &err), SB_EINVALID);
    assert_string_equal(err.text, "SECURITYBOT_WEB_TOKEN_FILE: SECURITYBOT_WEB_TOKEN is set too, "
                                  "give one of the two");
    /* No secret, no file. */
    const char *other[] = {"SECURITYBOT_NAME_FILE=/no/such", NULL};
    assert_int_equal(apply(NULL, other, &conf, &err), SB_OK);
    sb_config_free(s_keys, KEYS_LEN, &conf);
}

static char *dump(const conf_t *conf)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    sb_config_dump(s_keys, KEYS_LEN, conf, out);
    (void)fclose(out);
    return text;
}

static void test_dump(void **state)
{
    (void)state;
    conf_t conf;
    sb_err_t err = {0};
    assert_int_equal(apply("name: \"a\\\"\\\\\\n\\x85\xc3\xa9\"\nwait: 5400500ms\n"
                           "web: {token: hunter2}\ntokens: [hunter3, hunter4]\n",
                           NULL, &conf, &err),
                     SB_OK);
    char *text = dump(&conf);
    assert_string_equal(text, "log:\n"
                              "  level: info\n"
                              "  tags:\n"
                              "    - \"a\"\n"
                              "    - \"b\"\n"
                              "name: \"a\\\"\\\\\\u000a\\u0085\xc3\xa9\"\n"
                              "web:\n"
                              "  listen:\n"
                              "    port: 8080\n"
                              "  path: \"\"\n"
                              "  open: false\n"
                              "  token: \"********\"\n"
                              "wait: 1h30m500ms\n"
                              "tokens:\n"
                              "  - \"********\"\n"
                              "  - \"********\"\n");
    conf_t again;
    assert_int_equal(apply(text, NULL, &again, &err), SB_OK);
    assert_string_equal(again.name, conf.name);
    assert_int_equal(again.wait_ms, conf.wait_ms);
    char *text2 = dump(&again);
    assert_string_equal(text, text2);
    free(text);
    free(text2);
    sb_config_free(s_keys, KEYS_LEN, &conf);
    sb_config_free(s_keys, KEYS_LEN, &again);

    assert_int_equal(apply("log: {tags: []}\n", NULL, &conf, &err), SB_OK);
    text = dump(&conf);
    assert_non_null(strstr(text, "  tags: []\n"));
    assert_non_null(strstr(text, "  token: \"\"\n")); /* nothing is no secret */
    free(text);
    sb_config_free(s_keys, KEYS_LEN, &conf);
}

static void test_help(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    sb_config_help(s_keys, KEYS_LEN, out);
    (void)fclose(out);
    for (size_t i = 0; i < KEYS_LEN; i++) {
        assert_non_null(strstr(text, s_keys[i].key));
    }
    assert_non_null(strstr(text, "log.level\n"
                                 "    least level that is logged\n"
                                 "    one of debug, info, warn, error; default info; may change on "
                                 "SIGHUP\n"));
    assert_non_null(strstr(text, "; secret"));
    free(text);
}

static void test_reload(void **state)
{
    (void)state;
    static const char first[] = "name: one\nwait: 5s\nlog: {tags: [x]}\n";
    static const char second[] = "name: two\nwait: 6s\nlog: {tags: [x, y]}\nweb: {token: t}\n";
    static const char broken[] = "wait: 7s\nlog: {level: loud}\n";
    const char *path = temp_file_path();
    conf_t conf;
    sb_err_t err = {0};
    size_t changed = 99;
    temp_file_write(first, sizeof first - 1);
    assert_int_equal(sb_config_load(s_keys, KEYS_LEN, path, &conf, &err), SB_OK);
    assert_int_equal(sb_config_reload(s_keys, KEYS_LEN, path, &conf, &changed, &err), SB_OK);
    assert_int_equal(changed, 0);

    temp_file_write(second, sizeof second - 1);
    assert_int_equal(sb_config_reload(s_keys, KEYS_LEN, path, &conf, &changed, &err), SB_OK);
    assert_int_equal(changed, 3);
    assert_string_equal(conf.name, "one"); /* needs a restart */
    assert_int_equal(conf.wait_ms, 6000);
    assert_string_equal(conf.tags[1], "y");
    assert_string_equal(conf.token, "t");

    temp_file_write(broken, sizeof broken - 1);
    assert_int_equal(sb_config_reload(s_keys, KEYS_LEN, path, &conf, &changed, &err), SB_EINVALID);
    assert_non_null(strstr(err.text, ":2: log.level: expected one of"));
    assert_int_equal(conf.wait_ms, 6000);
    (void)temp_file_remove(NULL);
    assert_int_equal(sb_config_reload(s_keys, KEYS_LEN, path, &conf, &changed, &err), SB_ENOTFOUND);
    assert_int_equal(conf.wait_ms, 6000);
    sb_config_free(s_keys, KEYS_LEN, &conf);
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t want; /* -1: refused */
    } rows[] = {
        {"0s",                    0            },
        {"1500ms",                1500         },
        {"5s",                    5000         },
        {"2h",                    7200000      },
        {"1h30m",                 5400000      },
        {"21h",                   75600000     },
        {"7d",                    604800000    },
        {"1d2h3m4s5ms",           93784005     },
        {"0h0m",                  0            },
        {"36500d",                3153600000000},
        {"36501d",                -1           },
        {"36500d1ms",             -1           },
        {"",                      -1           },
        {"5",                     -1           },
        {"h",                     -1           },
        {"-5s",                   -1           },
        {"5 s",                   -1           },
        {"5S",                    -1           },
        {"30m1h",                 -1           },
        {"1h1h",                  -1           },
        {"1.5h",                  -1           },
        {"5sec",                  -1           },
        {"99999999999999999999s", -1           },
        {"1h30",                  -1           },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sb_err_t err = {0};
        int64_t ms = -1;
        const int code = sb_duration_parse(rows[i].text, &ms, &err);
        if (ms != rows[i].want || code != (rows[i].want < 0 ? SB_EINVALID : SB_OK)) {
            fail_msg("%s: got %lld, code %d", rows[i].text, (long long)ms, code);
        }
    }
}

static void test_endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"tcp://127.0.0.1:7301",   true },
        {"tcp://127.0.0.1:*",      true },
        {"tcp://*:1",              true },
        {"tcp://[::1]:65535",      true },
        {"tcp://taskd.example:0",  true },
        {"ipc:///run/x.sock",      true },
        {"ipc://@name",            true },
        {"ipc://",                 false},
        {"ipc:/run/x.sock",        false},
        {"tcp://127.0.0.1:65536",  false},
        {"tcp://127.0.0.1:999999", false},
        {"tcp://127.0.0.1:-1",     false},
        {"tcp://127.0.0.1:+1",     false},
        {"tcp://127.0.0.1:",       false},
        {"tcp://127.0.0.1",        false},
        {"tcp://:7301",            false},
        {"tcp://::1:7301",         false},
        {"udp://127.0.0.1:7301",   false},
        {"127.0.0.1:7301",         false},
        {"nonsense",               false},
        {"",                       false},
    };
    static const sb_key_t key = {"bind", SB_STRING, offsetof(conf_t, name), "tcp://a:1", 1,
                                 512,    NULL,      SB_CONFIG_ENDPOINT,     "address"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        conf_t conf;
        sb_err_t err = {0};
        char *variable = NULL;
        assert_true(asprintf(&variable, "SECURITYBOT_BIND=%s", rows[i].text) > 0);
        char *env[] = {variable, NULL};
        const int code = sb_config_apply(&key, 1, NULL, NULL, env, &conf, &err);
        if ((code == SB_OK) != rows[i].good) {
            fail_msg("%s: code %d", rows[i].text, code);
        }
        if (code == SB_OK) {
            sb_config_free(&key, 1, &conf);
        } else {
            assert_non_null(strstr(err.text, "expected tcp://HOST:PORT or ipc://PATH"));
        }
        free(variable);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_file_then_environment),
        cmocka_unit_test(test_what_is_wrong),
        cmocka_unit_test(test_required),
        cmocka_unit_test_teardown(test_secret_files, temp_file_remove),
        cmocka_unit_test(test_dump),
        cmocka_unit_test(test_help),
        cmocka_unit_test_teardown(test_reload, temp_file_remove),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
