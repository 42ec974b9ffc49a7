#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/msg.h"

#define NAME_47 "abcdefghijklmnopqrstuvwxyz0123456789._-aaaaaaaa"
#define ID_64 "0123456789012345678901234567890123456789012345678901234567890123"

typedef struct {
    const char *bytes;
    sb_kind_t kind;
    const char *name;
} good_head_t;

static const good_head_t s_good_heads[] = {
    {"SB1 REQ alert.create", SB_KIND_REQ,       "alert.create"},
    {"SB1 READY chatd",      SB_KIND_READY,     "chatd"       },
    {"SB1 ACCEPT",           SB_KIND_ACCEPT,    ""            },
    {"SB1 RESULT",           SB_KIND_RESULT,    ""            },
    {"SB1 NACK",             SB_KIND_NACK,      ""            },
    {"SB1 HEARTBEAT",        SB_KIND_HEARTBEAT, ""            },
    {"SB1 CREDIT",           SB_KIND_CREDIT,    ""            },
    {"SB1 BYE",              SB_KIND_BYE,       ""            },
    {"SB1 HINT tick",        SB_KIND_HINT,      "tick"        },
    {"SB1 REQ " NAME_47,     SB_KIND_REQ,       NAME_47       },
};

static void good_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_good_heads / sizeof s_good_heads[0]; i++) {
        const good_head_t *row = &s_good_heads[i];
        sb_head_t head;
        sb_err_t err = {0};
        const int got = sb_head_decode(row->bytes, strlen(row->bytes), &head, &err);
        if (got || head.kind != row->kind || strcmp(head.name, row->name) != 0) {
            fail_msg("%s: got %s, name '%s'", row->bytes, err.text, head.name);
        }
    }
}

typedef struct {
    const char *label;
    const char *bytes;
    size_t size; /* 0: strlen */
    int want;
} bad_head_t;

static const bad_head_t s_bad_heads[] = {
    {"name too long",     "SB1 REQ " NAME_47 "a",              0,  SB_EINVALID },
    {"over 64 bytes",     "SB1 REQ " NAME_47 "aaaaaaaaaaaaaa", 0,  SB_ETOOLARGE},
    {"empty",             "",                                  0,  SB_EINVALID },
    {"version only",      "SB1",                               0,  SB_EINVALID },
    {"version and space", "SB1 ",                              0,  SB_EINVALID },
    {"other version",     "SB2 REQ ping",                      0,  SB_EINVALID },
    {"version runs on",   "SB10 REQ ping",                     0,  SB_EINVALID },
    {"lower case",        "SB1 req ping",                      0,  SB_EINVALID },
    {"unknown kind",      "SB1 STEAL ping",                    0,  SB_EINVALID },
    {"kind runs on",      "SB1 REQUEST ping",                  0,  SB_EINVALID },
    {"request unnamed",   "SB1 REQ",                           0,  SB_EINVALID },
    {"name empty",        "SB1 REQ ",                          0,  SB_EINVALID },
    {"two spaces",        "SB1 REQ  ping",                     0,  SB_EINVALID },
    {"space after name",  "SB1 REQ ping ",                     0,  SB_EINVALID },
    {"two names",         "SB1 REQ ping pong",                 0,  SB_EINVALID },
    {"result named",      "SB1 RESULT ping",                   0,  SB_EINVALID },
    {"space after kind",  "SB1 RESULT ",                       0,  SB_EINVALID },
    {"upper case name",   "SB1 REQ Ping",                      0,  SB_EINVALID },
    {"slash in name",     "SB1 REQ a/b",                       0,  SB_EINVALID },
    {"line feed",         "SB1 REQ ping\n",                    0,  SB_EINVALID },
    {"not ASCII",         "SB1 REQ p\xc3\xaeng",               0,  SB_EINVALID },
    {"NUL at the end",    "SB1 REQ ping",                      13, SB_EINVALID },
    {"NUL in the name",   "SB1 REQ pi\0ng",                    13, SB_EINVALID },
    {"NUL in the kind",   "SB1 RESULT",                        11, SB_EINVALID },
};

static void bad_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_bad_heads / sizeof s_bad_heads[0]; i++) {
        const bad_head_t *row = &s_bad_heads[i];
        sb_head_t head;
        sb_err_t err = {0};
        const size_t size = row->size ? row->size : strlen(row->bytes);
        const int got = sb_head_decode(row->bytes, size, &head, &err);
        if (got != row->want || err.code != got || !strstr(err.text, "head") || head.name[0]) {
            fail_msg("%s: got %s '%s'", row->label, sb_code_name(got), err.text);
        }
    }
}

static void every_head_comes_back(void **state)
{
    (void)state;
    for (sb_kind_t kind = 0; kind < SB_KIND_LEN; kind++) {
        char bytes[SB_HEAD_SIZE_MAX];
        const bool named = kind == SB_KIND_READY || kind == SB_KIND_REQ || kind == SB_KIND_HINT;
        const size_t size = sb_head_encode(kind, named ? NAME_47 : NULL, bytes);
        assert_int_equal(size, strlen(bytes));
        sb_head_t head;
        sb_err_t err;
        assert_int_equal(sb_head_decode(bytes, size, &head, &err), SB_OK);
        assert_int_equal(head.kind, kind);
        assert_string_equal(head.name, named ? NAME_47 : "");
    }
}

/* Short, so that the tables fit. */
enum {
    REQ = SB_KIND_REQ,
    ACCEPT = SB_KIND_ACCEPT,
    RESULT = SB_KIND_RESULT,
    NACK = SB_KIND_NACK,
    BEAT = SB_KIND_HEARTBEAT,
    HINT = SB_KIND_HINT
};

/* JSON in the tables is written with ' for ". */
static size_t s_requote(const char *text, char out[256])
{
    const size_t len = strlen(text);
    assert_true(len < 256);
    for (size_t i = 0; i <= len; i++) {
        out[i] = text[i] == '\'' ? '"' : text[i];
    }
    return len;
}

typedef struct {
    const char *label;
    int kind;
    const char *json;
} good_body_t;

static const good_body_t s_good_bodies[] = {
    {"least request",     REQ,    "{'id':'a','timeout_ms':1}"             },
    {"longest id",        REQ,    "{'id':'" ID_64 "','timeout_ms':600000}"},
    {"every character",   REQ,    "{'id':'Az09._:-','timeout_ms':1}"      },
    {"unknown member",    REQ,    "{'id':'a','timeout_ms':1,'x':[1,{}]}"  },
    {"null body",         REQ,    "{'id':'a','timeout_ms':1,'body':null}" },
    {"bare heartbeat",    BEAT,   "{}"                                    },
    {"id of a heartbeat", BEAT,   "{'id':7}"                              },
    {"result",            RESULT, "{'id':'a','body':{}}"                  },
    {"nack for nobody",   NACK,   "{'id':'','body':{}}"                   },
    {"hint",              HINT,   "{'seq':'17','body':{}}"                },
};

static void good_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_good_bodies / sizeof s_good_bodies[0]; i++) {
        const good_body_t *row = &s_good_bodies[i];
        char json[256];
        const size_t size = s_requote(row->json, json);
        sb_msg_t msg;
        sb_err_t err = {0};
        if (sb_msg_decode((sb_kind_t)row->kind, json, size, &msg, &err) ||
            !cJSON_IsObject(msg.body)) {
            fail_msg("%s: '%s'", row->label, err.text);
        }
        sb_msg_clear(&msg);
    }
}

typedef struct {
    const char *label;
    int kind;
    const char *json;
    const char *text; /* must be in the error's */
} bad_body_t;

static const bad_body_t s_bad_bodies[] = {
    {"empty",             BEAT,   "",                                               "body"   },
    {"no object",         BEAT,   "[]",                                             "body"   },
    {"cut short",         BEAT,   "{",                                              "body"   },
    {"junk behind",       BEAT,   "{}{}",                                           "body"   },
    {"duplicate key",     REQ,    "{'id':'a','id':'b','timeout_ms':1}",             "body"   },
    {"duplicate inside",  REQ,    "{'id':'a','timeout_ms':1,'body':{'x':1,'x':2}}", "body"   },
    {"invalid UTF-8",     REQ,    "{'id':'a','timeout_ms':1,'body':{'x':'\xff'}}",  "body"   },
    {"control character", REQ,    "{'id':'a','timeout_ms':1,'body':{'x':'\x01'}}",  "body"   },
    {"escaped NUL",       REQ,    "{'id':'a\\u0000b','timeout_ms':1}",              "body"   },
    {"fraction",          REQ,    "{'id':'a','timeout_ms':1.5}",                    ""       },
    {"no id",             REQ,    "{'timeout_ms':1}",                               "id"     },
    {"empty id",          REQ,    "{'id':'','timeout_ms':1}",                       "id"     },
    {"id too long",       REQ,    "{'id':'" ID_64 "x','timeout_ms':1}",             "id"     },
    {"id with a space",   REQ,    "{'id':'a b','timeout_ms':1}",                    "id"     },
    {"id no string",      REQ,    "{'id':7,'timeout_ms':1}",                        "id"     },
    {"result without id", RESULT, "{}",                                             "id"     },
    {"accept without id", ACCEPT, "{}",                                             "id"     },
    {"no time-out",       REQ,    "{'id':'a'}",                                     "timeout"},
    {"time-out 0",        REQ,    "{'id':'a','timeout_ms':0}",                      "timeout"},
    {"time-out too long", REQ,    "{'id':'a','timeout_ms':600001}",                 "timeout"},
    {"time-out as text",  REQ,    "{'id':'a','timeout_ms':'5'}",                    "timeout"},
    {"epoch as number",   REQ,    "{'id':'a','timeout_ms':1,'epoch':3}",            "epoch"  },
    {"epoch negative",    REQ,    "{'id':'a','timeout_ms':1,'epoch':'-3'}",         "epoch"  },
    {"seq as number",     HINT,   "{'seq':1}",                                      "seq"    },
    {"body no object",    RESULT, "{'id':'a','body':[]}",                           "body"   },
    {"body text",         BEAT,   "{'body':'x'}",                                   "body"   },
};

static void bad_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_bad_bodies / sizeof s_bad_bodies[0]; i++) {
        const bad_body_t *row = &s_bad_bodies[i];
        char json[256];
        const size_t size = s_requote(row->json, json);
        sb_msg_t msg;
        sb_err_t err = {0};
        const int got = sb_msg_decode((sb_kind_t)row->kind, json, size, &msg, &err);
        if (got != SB_EINVALID || err.code != got || !strstr(err.text, row->text) || msg.body) {
            fail_msg("%s: got %s '%s'", row->label, sb_code_name(got), err.text);
        }
    }
}

static void body_over_the_limit_is_not_read(void **state)
{
    (void)state;
    const size_t size = SB_BODY_SIZE_MAX + 1;
    char *data = sb_alloc(size);
    memset(data, 'x', size);
    sb_msg_t msg;
    sb_err_t err = {0};
    assert_int_equal(sb_msg_decode(SB_KIND_HEARTBEAT, data, size, &msg, &err), SB_ETOOLARGE);
    assert_null(msg.body);
    memset(data, ' ', size);
    data[0] = '{';
    data[1] = '}';
    assert_int_equal(sb_msg_decode(SB_KIND_HEARTBEAT, data, size - 1, &msg, &err), SB_OK);
    sb_msg_clear(&msg);
    free(data);
}

static void batch_of_many_values_is_read(void **state)
{
    (void)state;
    cJSON *body = sb_json_object();
    cJSON *items = sb_json_array();
    for (int i = 0; i < 100000; i++) {
        cJSON *item = cJSON_CreateNumber(i % 10);
        assert_non_null(item);
        sb_json_push(items, item);
    }
    sb_json_add(body, "items", items);
    char *text = sb_msg_encode("a", 0, 0, 0, body);
    cJSON_Delete(body);
    sb_msg_t msg;
    sb_err_t err = {0};
    assert_int_equal(sb_msg_decode(SB_KIND_RESULT, text, strlen(text), &msg, &err), SB_OK);
    sb_msg_clear(&msg);
    free(text);
}

static void message_comes_back(void **state)
{
    (void)state;
    cJSON *body = sb_json_object();
    sb_json_add_str(body, "text", "\"quoted\"\n\xe2\x9c\x93");
    sb_json_add_int(body, "n", 1730000000123);
    char *text = sb_msg_encode("b7-000012", INT64_MAX, 5000, 0, body);
    sb_msg_t msg;
    sb_err_t err;
    assert_int_equal(sb_msg_decode(SB_KIND_REQ, text, strlen(text), &msg, &err), SB_OK);
    assert_string_equal(msg.id, "b7-000012");
    assert_true(msg.epoch == INT64_MAX);
    assert_int_equal(msg.timeout_ms, 5000);
    assert_int_equal(msg.seq, 0);
    assert_true(cJSON_Compare(msg.body, body, true));
    sb_msg_clear(&msg);
    sb_msg_clear(&msg);
    free(text);
    cJSON_Delete(body);

    text = sb_msg_encode(NULL, 0, 0, 17, NULL);
    assert_string_equal(text, "{\"seq\":\"17\"}");
    assert_int_equal(sb_msg_decode(SB_KIND_HINT, text, strlen(text), &msg, &err), SB_OK);
    assert_int_equal(msg.seq, 17);
    assert_null(msg.body->child);
    sb_msg_clear(&msg);
    free(text);
}

static void nack_comes_back(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        const char *json;
        int want;
        const char *text;
    } rows[] = {
        {"known",        "{\"code\":\"STALE\",\"text\":\"epoch 3\"}", SB_ESTALE,    "epoch 3"  },
        {"no text",      "{\"code\":\"BUSY\"}",                       SB_EBUSY,     ""         },
        {"unknown code", "{\"code\":\"WRONG\",\"text\":\"x\"}",       SB_EINTERNAL, "x"        },
        {"OK is none",   "{\"code\":\"OK\",\"text\":\"x\"}",          SB_EINTERNAL, "x"        },
        {"no code",      "{\"text\":\"x\"}",                          SB_EINTERNAL, "nack.code"},
        {"code no text", "{\"code\":3}",                              SB_EINTERNAL, "nack.code"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cJSON *body = cJSON_Parse(rows[i].json);
        sb_err_t err = {0};
        sb_nack_read(body, &err);
        cJSON_Delete(body);
        if (err.code != rows[i].want || !strstr(err.text, rows[i].text)) {
            fail_msg("%s: got %s '%s'", rows[i].label, sb_code_name(err.code), err.text);
        }
    }
    sb_err_t sent;
    sb_err_t got;
    (void)sb_fail(&sent, SB_ENOTFOUND, "no alert \"%s\"", "9f86");
    cJSON *body = sb_nack_body(&sent);
    sb_nack_read(body, &got);
    cJSON_Delete(body);
    assert_int_equal(got.code, SB_ENOTFOUND);
    assert_string_equal(got.text, sent.text);
}

static void ids(void **state)
{
    (void)state;
    assert_true(sb_id_valid("a"));
    assert_true(sb_id_valid(ID_64));
    assert_false(sb_id_valid(""));
    assert_false(sb_id_valid(ID_64 "x"));
    assert_false(sb_id_valid("a/b"));
    assert_false(sb_id_valid("\xc3\xa9"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_heads),
        cmocka_unit_test(bad_heads),
        cmocka_unit_test(every_head_comes_back),
        cmocka_unit_test(good_bodies),
        cmocka_unit_test(bad_bodies),
        cmocka_unit_test(body_over_the_limit_is_not_read),
        cmocka_unit_test(batch_of_many_values_is_read),
        cmocka_unit_test(message_comes_back),
        cmocka_unit_test(nack_comes_back),
        cmocka_unit_test(ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
